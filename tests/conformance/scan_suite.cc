// The scan of all stored inputs of a workspace.
#include <gmock/gmock.h>

#include <set>

#include "storage/base/text.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Read {
  std::string user_key;
  std::string owner_key;
  int64_t group = 0;
  int64_t user_seq = 0;
  std::string body;
};

// Everything, in order, and that it says how far it is.
std::vector<Read> ScanAll(Store& store, const ScanRequest& request) {
  std::vector<Read> read;
  auto scan = store.ScanEvents(request);
  EXPECT_TRUE(scan.ok()) << scan.status();
  double done = 0;
  while (true) {
    auto stretch = (*scan)->Next();
    EXPECT_TRUE(stretch.ok()) << stretch.status();
    if (!stretch.ok() || *stretch == nullptr) return read;
    EXPECT_FALSE((*stretch)->events.empty());
    EXPECT_GE((*stretch)->done, done);
    EXPECT_LE((*stretch)->done, 1);
    done = (*stretch)->done;
    for (const ScannedEvent& event : (*stretch)->events) {
      read.push_back({std::string(event.user_key), std::string(event.owner_key), event.group, event.user_seq,
                      std::string(event.body)});
    }
  }
}

std::vector<std::string> Places(const std::vector<Read>& read) {
  std::vector<std::string> places;
  for (const Read& one : read) places.push_back(StrCat(one.user_key, " ", one.user_seq));
  return places;
}

TEST_P(StoreSuite, AScanGivesWhatWasStored) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  EventWrite event = Event(0, User("ada"), "e1", 1, std::string("bo\0dy", 5));
  event.time = kStoreTime - absl::Hours(2);
  event.decisions = std::string("\x01\0decisions that are longer", 26);
  batch.events = {event};
  CommitOk(batch);
  auto scan = store_->ScanEvents({.workspace = workspace_});
  ASSERT_TRUE(scan.ok()) << scan.status();
  auto stretch = (*scan)->Next();
  ASSERT_TRUE(stretch.ok()) << stretch.status();
  ASSERT_EQ((*stretch)->events.size(), 1u);
  const ScannedEvent& read = (*stretch)->events[0];
  EXPECT_EQ(read.user_key, "u:ada");
  EXPECT_EQ(read.owner_key, "u:ada");
  EXPECT_EQ(read.user_seq, 1);
  EXPECT_EQ(read.time, event.time);
  EXPECT_EQ(read.receive_time, event.receive_time);
  EXPECT_EQ(read.body, event.body);
  EXPECT_EQ(read.decisions, event.decisions.substr(0, kScannedDecisionBytes));
  EXPECT_EQ((*scan)->Next()->get(), nullptr);
}

TEST_P(StoreSuite, AScanOfAWorkspaceWithoutInputsIsEmpty) {
  EXPECT_THAT(ScanAll(*store_, {.workspace = workspace_ + "-none"}), IsEmpty());
}

TEST_P(StoreSuite, AScanGivesTheInputsOfOneUserTogetherAndInOrder) {
  constexpr int kUsers = 1500;
  constexpr int kEach = 4;
  for (int seq = 1; seq <= kEach; ++seq) {
    CommitBatch batch = Batch();
    for (int u = 0; u < kUsers; ++u) {
      const UserKey user = User(StrCat("u", u));
      batch.profiles.push_back(Write(user, seq - 1));
      batch.events.push_back(Event(static_cast<size_t>(u), user, StrCat("e", seq), seq));
    }
    CommitOk(batch);
  }
  const std::vector<Read> read = ScanAll(*store_, {.workspace = workspace_});
  ASSERT_EQ(read.size(), static_cast<size_t>(kUsers * kEach));
  std::set<std::string> users;
  for (size_t i = 0; i < read.size(); i += kEach) {
    EXPECT_TRUE(users.insert(read[i].user_key).second) << read[i].user_key;
    for (size_t k = 0; k < kEach; ++k) {
      EXPECT_EQ(read[i + k].user_key, read[i].user_key);
      EXPECT_EQ(read[i + k].group, read[i].group);
      EXPECT_EQ(read[i + k].user_seq, static_cast<int64_t>(k) + 1);
    }
  }
}

TEST_P(StoreSuite, AScanGivesWhoWasMergedBeforeWhomHeLeadsTo) {
  const UserKey ada = User("ada");
  const UserKey phone = UserKey::Anonymous(workspace_, "phone");
  const UserKey zebra = UserKey::Anonymous(workspace_, "zebra");
  for (const UserKey& user : {ada, zebra, phone}) Apply(user, 1, StrCat("of ", user.key));
  CommitBatch batch = Batch();
  batch.all_or_nothing = true;
  batch.profiles = {Write(ada, 1), {phone, 1, {2, "u:ada", ""}}, {zebra, 1, {2, "u:ada", ""}}};
  batch.events = {Event(0, ada, "identify", 2)};
  CommitOk(batch);
  const std::vector<Read> read = ScanAll(*store_, {.workspace = workspace_});
  EXPECT_THAT(Places(read), ElementsAre("a:phone 1", "a:zebra 1", "u:ada 1", "u:ada 2"));
  for (const Read& one : read) {
    EXPECT_EQ(one.owner_key, "u:ada");
    EXPECT_EQ(one.group, read[0].group);
  }
}

TEST_P(StoreSuite, AScanLeavesOutWhatIsLater) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  batch.profiles[0].row.version = 3;
  for (int seq = 1; seq <= 3; ++seq) batch.events.push_back(Event(0, User("ada"), StrCat("e", seq), seq));
  batch.events[1].time = batch.events[1].receive_time = kStoreTime + absl::Hours(1);
  // Imported later, of before.
  batch.events[2].receive_time = kStoreTime + absl::Hours(1);
  CommitOk(batch);
  EXPECT_THAT(Places(ScanAll(*store_, {.workspace = workspace_, .to = kStoreTime + absl::Hours(1)})),
              ElementsAre("u:ada 1", "u:ada 3"));
}

TEST_P(StoreSuite, AScanSeesOneMoment) {
  constexpr int kUsers = 5000;  // more than one stretch
  CommitBatch batch = Batch();
  for (int u = 0; u < kUsers; ++u) {
    const UserKey user = User(StrCat("u", u));
    batch.profiles.push_back(Write(user, 0));
    batch.events.push_back(Event(static_cast<size_t>(u), user, "e1", 1));
  }
  CommitOk(batch);
  auto scan = store_->ScanEvents({.workspace = workspace_});
  ASSERT_TRUE(scan.ok()) << scan.status();
  auto stretch = (*scan)->Next();
  ASSERT_TRUE(stretch.ok()) << stretch.status();
  size_t events = (*stretch)->events.size();
  for (int u = 0; u < kUsers; u += 10) Apply(User(StrCat("u", u)), 2, "e2");
  while (*stretch != nullptr) {
    stretch = (*scan)->Next();
    ASSERT_TRUE(stretch.ok()) << stretch.status();
    if (*stretch != nullptr) events += (*stretch)->events.size();
  }
  EXPECT_EQ(events, static_cast<size_t>(kUsers));
}

}  // namespace
}  // namespace cadenza::testing
