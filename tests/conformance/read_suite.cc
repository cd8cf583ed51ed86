// Reading back: events, messages; operating.
#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "storage/base/text.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;

TEST_P(StoreSuite, EventsArePagedInBothDirections) {
  CommitBatch batch = Batch();
  batch.profiles = {{User("ada"), 0, {10, "", ""}}};
  for (int i = 1; i <= 10; ++i) batch.events.push_back(Event(0, User("ada"), StrCat("e", i), i));
  CommitOk(batch);
  EXPECT_THAT(EventSeqs(User("ada"), 0, false, 4), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(EventSeqs(User("ada"), 4, false, 4), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(EventSeqs(User("ada"), 8, false, 4), ElementsAre(9, 10));
  EXPECT_THAT(EventSeqs(User("ada"), 10, false, 4), ElementsAre());
  EXPECT_THAT(EventSeqs(User("ada"), 0, true, 4), ElementsAre(10, 9, 8, 7));
  EXPECT_THAT(EventSeqs(User("ada"), 7, true, 4), ElementsAre(6, 5, 4, 3));
  EXPECT_THAT(EventSeqs(User("ada"), 3, true, 4), ElementsAre(2, 1));
  EXPECT_THAT(EventSeqs(User("ada"), 1, true, 4), ElementsAre());
}

TEST_P(StoreSuite, AnEventIsReadBackWithItsDecisions) {
  CommitBatch batch = Batch();
  batch.profiles = {{User("ada"), 0, {2, "", ""}}};
  batch.events = {Event(0, User("ada"), "e1", 1, "first"), Event(0, User("ada"), "e2", 2, "second")};
  batch.events[1].decisions = std::string("gates\0and\xFF more", 15);
  CommitOk(batch);
  auto events = store_->ListEvents(User("ada"), 0, true, 10);
  ASSERT_TRUE(events.ok() && events->size() == 2) << events.status();
  EXPECT_EQ(events->at(0).body, "second");
  EXPECT_EQ(events->at(0).decisions, batch.events[1].decisions);
  EXPECT_EQ(events->at(1).body, "first");
  EXPECT_EQ(events->at(1).decisions, "");
}

TEST_P(StoreSuite, AMessageIsReadBackAsItWasWritten) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  batch.messages = {MessageFor(0, User("ada"), 1), MessageFor(0, User("ada"), 2)};
  batch.messages[1].message.variant_id = "b";
  CommitOk(batch);
  auto messages = store_->ListMessages(User("ada"), 0, 10, kStoreTime);
  ASSERT_TRUE(messages.ok() && messages->size() == 2) << messages.status();
  EXPECT_EQ(messages->at(0), batch.messages[0].message);
  EXPECT_EQ(messages->at(1), batch.messages[1].message);
}

TEST_P(StoreSuite, MessagesAreListedInOrderWithoutTheExpired) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  for (int i : {3, 1, 4, 2}) batch.messages.push_back(MessageFor(0, User("ada"), i));
  batch.messages[1].message.expire_time = kStoreTime + absl::Minutes(1);  // the first
  batch.messages[3].message.expire_time = kStoreTime + absl::Minutes(2);  // the second
  CommitOk(batch);
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 10, kStoreTime), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 2, kStoreTime), ElementsAre(1, 2));
  EXPECT_THAT(MessageSeqs(User("ada"), 2, 10, kStoreTime), ElementsAre(3, 4));
  EXPECT_THAT(MessageSeqs(User("ada"), 4, 10, kStoreTime), ElementsAre());
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 10, kStoreTime + absl::Minutes(1)), ElementsAre(2, 3, 4));
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 1, kStoreTime + absl::Minutes(2)), ElementsAre(3));
  EXPECT_THAT(MessageSeqs(User("eve"), 0, 10, kStoreTime), ElementsAre());
}

TEST_P(StoreSuite, TopSequencesCountTheExpiredToo) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0), Write(User("eve"), 0)};
  batch.messages = {MessageFor(0, User("ada"), 1), MessageFor(0, User("ada"), 2), MessageFor(1, User("eve"), 7)};
  batch.messages[1].message.expire_time = absl::UnixEpoch();
  CommitOk(batch);
  auto tops = store_->TopMessageSeqs({User("eve"), User("nobody"), User("ada")});
  ASSERT_TRUE(tops.ok()) << tops.status();
  EXPECT_THAT(*tops, ElementsAre(7, 0, 2));
  EXPECT_THAT(*store_->TopMessageSeqs({}), ElementsAre());
}

TEST_P(StoreSuite, MovedMessagesContinueTheOtherSequence) {
  const UserKey from = UserKey::Anonymous(workspace_, "phone");
  const UserKey to = User("ada");
  CommitBatch batch = Batch();
  batch.profiles = {Write(from, 0), Write(to, 0)};
  batch.messages = {MessageFor(0, from, 1), MessageFor(0, from, 2), MessageFor(1, to, 1)};
  batch.messages[0].message.variant_id = "a";
  CommitOk(batch);

  CommitBatch merge = Batch();
  merge.all_or_nothing = true;
  merge.profiles = {{from, 1, {2, to.key, ""}}, Write(to, 1)};
  merge.moves = {{from, to, 1}};
  merge.messages = {MessageFor(1, to, 4)};
  EXPECT_THAT(CommitOk(merge), ElementsAre(false, false));

  EXPECT_THAT(MessageSeqs(from, 0, 10, kStoreTime), ElementsAre());
  EXPECT_THAT(MessageSeqs(to, 0, 10, kStoreTime), ElementsAre(1, 2, 3, 4));
  auto messages = store_->ListMessages(to, 1, 1, kStoreTime);
  ASSERT_TRUE(messages.ok() && messages->size() == 1);
  EXPECT_EQ(messages->at(0).user, to);
  EXPECT_EQ(messages->at(0).body, "message 1");
  EXPECT_EQ(messages->at(0).variant_id, "a");
  EXPECT_THAT(*store_->TopMessageSeqs({from, to}), ElementsAre(0, 4));
}

TEST_P(StoreSuite, AMoveFailsWithItsFence) {
  const UserKey from = UserKey::Anonymous(workspace_, "phone");
  CommitBatch batch = Batch();
  batch.profiles = {Write(from, 0)};
  batch.messages = {MessageFor(0, from, 1)};
  CommitOk(batch);
  CommitBatch merge = Batch();
  merge.all_or_nothing = true;
  merge.profiles = {Write(from, 1), Write(User("ada"), 9)};
  merge.moves = {{from, User("ada"), 0}};
  EXPECT_THAT(CommitOk(merge), ElementsAre(true, true));
  EXPECT_THAT(MessageSeqs(from, 0, 10, kStoreTime), ElementsAre(1));
  EXPECT_EQ(LoadRow(from)->version, 1);
}

TEST_P(StoreSuite, JournalsAreNotSharedAndOperatingSucceeds) {
  auto first = store_->OpenJournal();
  auto second = store_->OpenJournal();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(*first, *second);
  EXPECT_GT(*first, 0);
  EXPECT_EQ(store_->CheckReady(), absl::OkStatus());
  EXPECT_EQ(store_->Probe(), absl::OkStatus());
  EXPECT_EQ(store_->Probe(), absl::OkStatus());
  EXPECT_EQ(store_->Maintain(), absl::OkStatus());
  EXPECT_EQ(store_->Maintain(), absl::OkStatus());
  EXPECT_FALSE(store_->Describe().empty());
}

}  // namespace
}  // namespace cadenza::testing
