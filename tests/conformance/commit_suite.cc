// The fence, deduplication, and what a commit writes.
#include <gmock/gmock.h>

#include <thread>

#include "storage/base/text.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;

TEST_P(StoreSuite, UnknownUsersAndEventsAreAbsent) {
  auto result = store_->Load({{User("nobody"), User("none")}, {{User("nobody"), "e1"}}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->rows, ElementsAre(std::nullopt, std::nullopt));
  ASSERT_EQ(result->events.size(), 1u);
  EXPECT_FALSE(result->events[0].has_value());
}

TEST_P(StoreSuite, AnInsertAndAnUpdateAreReadBack) {
  CommitBatch batch = Batch();
  batch.profiles = {{User("ada"), 0, {3, "", "one"}}};
  EXPECT_THAT(CommitOk(batch), ElementsAre(false));
  EXPECT_EQ(LoadRow(User("ada")), (ProfileRow{3, "", "one"}));

  batch = Batch();
  batch.profiles = {{User("ada"), 3, {4, "u:eve", ""}}};
  EXPECT_THAT(CommitOk(batch), ElementsAre(false));
  EXPECT_EQ(LoadRow(User("ada")), (ProfileRow{4, "u:eve", ""}));
}

TEST_P(StoreSuite, AFenceFailsOnAnotherVersion) {
  Apply(User("ada"), 1, "e1");
  Apply(User("ada"), 2, "e2");
  for (int64_t stale : {0, 1, 3}) {
    CommitBatch batch = Batch();
    batch.profiles = {Write(User("ada"), stale, "stale")};
    EXPECT_THAT(CommitOk(batch), ElementsAre(true)) << stale;
  }
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("nobody"), 5)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(true));
  EXPECT_EQ(LoadRow(User("ada")), (ProfileRow{2, "", "state"}));
  EXPECT_EQ(LoadRow(User("nobody")), std::nullopt);
}

TEST_P(StoreSuite, AConflictLeavesOutOnlyItsOwner) {
  Apply(User("b"), 1, "b1");
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("a"), 0), Write(User("b"), 0, "stale"), Write(User("c"), 0)};
  batch.events = {Event(0, User("a"), "a1", 1), Event(1, User("b"), "b2", 1), Event(2, User("c"), "c1", 1),
                  Event(1, User("b"), "b3", 2)};
  batch.messages = {MessageFor(0, User("a"), 1), MessageFor(1, User("b"), 1), MessageFor(2, User("c"), 1)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(false, true, false));

  EXPECT_EQ(LoadRow(User("b")), (ProfileRow{1, "", "state"}));
  EXPECT_TRUE(FindEvent(User("a"), "a1").has_value());
  EXPECT_FALSE(FindEvent(User("b"), "b2").has_value());
  EXPECT_FALSE(FindEvent(User("b"), "b3").has_value());
  EXPECT_TRUE(FindEvent(User("c"), "c1").has_value());
  EXPECT_THAT(EventSeqs(User("b"), 0, false, 10), ElementsAre(1));
  EXPECT_THAT(MessageSeqs(User("a"), 0, 10, kStoreTime), ElementsAre(1));
  EXPECT_THAT(MessageSeqs(User("b"), 0, 10, kStoreTime), ElementsAre());
  EXPECT_THAT(MessageSeqs(User("c"), 0, 10, kStoreTime), ElementsAre(1));
}

TEST_P(StoreSuite, AllOrNothingCommitsNothingAfterOneConflict) {
  Apply(User("b"), 1, "b1");
  CommitBatch batch = Batch();
  batch.all_or_nothing = true;
  batch.profiles = {Write(User("a"), 0), Write(User("b"), 0)};
  batch.events = {Event(0, User("a"), "a1", 1)};
  batch.messages = {MessageFor(0, User("a"), 1)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(true, true));
  EXPECT_EQ(LoadRow(User("a")), std::nullopt);
  EXPECT_FALSE(FindEvent(User("a"), "a1").has_value());
  EXPECT_THAT(MessageSeqs(User("a"), 0, 10, kStoreTime), ElementsAre());

  batch.profiles[1] = Write(User("b"), 1);
  EXPECT_THAT(CommitOk(batch), ElementsAre(false, false));
  EXPECT_EQ(LoadRow(User("b"))->version, 2);
  EXPECT_TRUE(FindEvent(User("a"), "a1").has_value());
}

TEST_P(StoreSuite, ABatchThatConflictsAltogetherChangesNothing) {
  Apply(User("ada"), 1, "e1");
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(true));
  batch.profiles = {Write(User("ada"), 1)};  // the same journal_seq: it was not used
  EXPECT_THAT(CommitOk(batch), ElementsAre(false));
}

TEST_P(StoreSuite, AnEmptyBatchIsNoError) { EXPECT_THAT(CommitOk(Batch()), ElementsAre()); }

TEST_P(StoreSuite, SeenEventsHaveTheirFirstSequenceAndDigest) {
  CommitBatch batch = Batch();
  batch.profiles = {{User("ada"), 0, {2, "", ""}}};
  batch.events = {Event(0, User("ada"), "e1", 1, "first body"), Event(0, User("ada"), "e2", 2, "second body")};
  CommitOk(batch);
  auto first = FindEvent(User("ada"), "e1");
  auto second = FindEvent(User("ada"), "e2");
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->user_seq, 1);
  EXPECT_EQ(first->digest, DigestOf("first body"));
  EXPECT_EQ(second->user_seq, 2);
  EXPECT_EQ(second->digest, DigestOf("second body"));
}

TEST_P(StoreSuite, DeduplicationIsByTheNameThatTheProducerGave) {
  const UserKey anonymous = UserKey::Anonymous(workspace_, "phone");
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  batch.events = {Event(0, anonymous, "e1", 1)};
  CommitOk(batch);
  EXPECT_TRUE(FindEvent(anonymous, "e1").has_value());
  EXPECT_FALSE(FindEvent(User("ada"), "e1").has_value());
  EXPECT_FALSE(FindEvent(User("phone"), "e1").has_value());
  EXPECT_FALSE(FindEvent({workspace_ + "2", anonymous.key}, "e1").has_value());
  EXPECT_THAT(EventSeqs(User("ada"), 0, false, 10), ElementsAre(1));
  EXPECT_THAT(EventSeqs(anonymous, 0, false, 10), ElementsAre());
}

TEST_P(StoreSuite, LoadAnswersInTheOrderOfTheRequest) {
  CommitBatch batch = Batch();
  LoadRequest request;
  for (int i = 0; i < 300; ++i) {
    const UserKey user = User(StrCat("u", i));
    request.keys.push_back(user);
    request.events.push_back({user, StrCat("e", i)});
    if (i % 3 == 0) continue;
    batch.profiles.push_back({user, 0, {i + 1, "", StrCat("state ", i)}});
    batch.events.push_back(Event(batch.profiles.size() - 1, user, StrCat("e", i), i + 1));
  }
  CommitOk(batch);
  auto result = store_->Load(request);
  ASSERT_TRUE(result.ok()) << result.status();
  for (int i = 0; i < 300; ++i) {
    if (i % 3 == 0) {
      EXPECT_EQ(result->rows[i], std::nullopt);
      EXPECT_FALSE(result->events[i].has_value());
    } else {
      EXPECT_EQ(result->rows[i], (ProfileRow{i + 1, "", StrCat("state ", i)}));
      ASSERT_TRUE(result->events[i].has_value());
      EXPECT_EQ(result->events[i]->user_seq, i + 1);
    }
  }
}

TEST_P(StoreSuite, BytesAreKeptAsTheyAre) {
  std::string state;
  for (uint32_t i = 0; i < 1 << 20; ++i) state.push_back(static_cast<char>((i * 7919) >> 3));
  const std::string body("zero\0, \xff\xfe, quote ' \" \\ {},NULL"s);
  const UserKey user = User("l'é\"\\{},NULL\n💡");
  CommitBatch batch = Batch();
  batch.profiles = {{user, 0, {1, "", state}}};
  batch.events = {Event(0, user, "id ' \\ \" {", 1, body)};
  batch.messages = {MessageFor(0, user, 1)};
  batch.messages[0].message.body = body;
  CommitOk(batch);
  EXPECT_EQ(LoadRow(user)->state, state);
  EXPECT_TRUE(FindEvent(user, "id ' \\ \" {").has_value());
  auto events = store_->ListEvents(user, 0, false, 1);
  ASSERT_TRUE(events.ok() && events->size() == 1);
  EXPECT_EQ(events->at(0).body, body);
  EXPECT_EQ(events->at(0).receive_time, kStoreTime + absl::Microseconds(1));
  auto messages = store_->ListMessages(user, 0, 1, kStoreTime);
  ASSERT_TRUE(messages.ok() && messages->size() == 1);
  EXPECT_EQ(messages->at(0), batch.messages[0].message);
}

TEST_P(StoreSuite, WorkspacesDoNotSeeEachOther) {
  Apply(User("ada"), 1, "e1");
  const UserKey other = UserKey::User(workspace_ + "x", "ada");
  EXPECT_EQ(LoadRow(other), std::nullopt);
  EXPECT_FALSE(FindEvent(other, "e1").has_value());
  EXPECT_THAT(EventSeqs(other, 0, false, 10), ElementsAre());
}

TEST_P(StoreSuite, ABatchAgainstTheContractIsRefused) {
  CommitBatch twice = Batch();
  twice.profiles = {Write(User("a"), 0), Write(User("a"), 0)};
  EXPECT_EQ(store_->Commit(twice).status().code(), absl::StatusCode::kInvalidArgument);
  CommitBatch shrinking = Batch();
  shrinking.profiles = {{User("a"), 5, {5, "", ""}}};
  EXPECT_EQ(store_->Commit(shrinking).status().code(), absl::StatusCode::kInvalidArgument);
  CommitBatch ownerless = Batch();
  ownerless.profiles = {Write(User("a"), 0)};
  ownerless.events = {Event(1, User("a"), "e1", 1)};
  EXPECT_EQ(store_->Commit(ownerless).status().code(), absl::StatusCode::kInvalidArgument);
  CommitBatch moving = Batch();
  moving.profiles = {Write(User("a"), 0)};
  moving.moves = {{User("a"), User("b"), 0}};
  EXPECT_EQ(store_->Commit(moving).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadRow(User("a")), std::nullopt);
}

TEST_P(StoreSuite, ACheckedCommitOfAnEventThatIsStoredChangesNothing) {
  for (const std::string& id : {std::string("order 7"), NewUuidV7(absl::Now())}) {
    const UserKey ada = User(StrCat("ada ", id)), bob = User(StrCat("bob ", id)), eve = User(StrCat("eve ", id));
    Apply(ada, 1, id);
    Apply(bob, 1, "another");
    CommitBatch batch = Batch();
    batch.check_events = true;
    batch.profiles = {Write(bob, 1), Write(ada, 1), Write(eve, 0)};
    batch.events = {Event(0, bob, "new", 2), Event(1, ada, id, 2), Event(2, eve, "first", 1)};
    batch.messages = {MessageFor(0, bob, 1)};
    EXPECT_TRUE(absl::IsAlreadyExists(store_->Commit(batch).status()));
    EXPECT_EQ(LoadRow(bob)->version, 1);
    EXPECT_EQ(LoadRow(ada)->version, 1);
    EXPECT_EQ(LoadRow(eve), std::nullopt);
    EXPECT_EQ(FindEvent(bob, "new"), std::nullopt);
    EXPECT_TRUE(MessageSeqs(bob, 0, 10, kStoreTime).empty());
    // The same id of another user is another event.
    batch.events[1] = Event(1, ada, "newer", 2);
    batch.events[0] = Event(0, bob, id, 2);
    EXPECT_EQ(CommitOk(batch), std::vector<bool>(3, false));
    EXPECT_TRUE(FindEvent(bob, id).has_value());
    // All or nothing is checked too, and without new users.
    CommitBatch merge = Batch();
    merge.check_events = true;
    merge.all_or_nothing = true;
    merge.profiles = {Write(ada, 2), Write(bob, 2)};
    merge.events = {Event(0, bob, id, 3)};
    EXPECT_TRUE(absl::IsAlreadyExists(store_->Commit(merge).status()));
    merge.events = {Event(0, bob, "third", 3)};
    EXPECT_EQ(CommitOk(merge), std::vector<bool>(2, false));
  }
}

TEST_P(StoreSuite, ACheckedCommitStillMindsItsFences) {
  Apply(User("ada"), 1, "e1");
  CommitBatch batch = Batch();
  batch.check_events = true;
  batch.profiles = {Write(User("ada"), 5), Write(User("bob"), 0)};
  batch.events = {Event(0, User("ada"), "e2", 6), Event(1, User("bob"), "e2", 1)};
  EXPECT_EQ(CommitOk(batch), (std::vector<bool>{true, false}));
  EXPECT_FALSE(FindEvent(User("ada"), "e2").has_value());
  EXPECT_TRUE(FindEvent(User("bob"), "e2").has_value());
}

TEST_P(StoreSuite, AMessageSequenceIsGivenOnce) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("a"), 0)};
  batch.messages = {MessageFor(0, User("a"), 1)};
  CommitOk(batch);
  CommitBatch again = Batch();
  again.profiles = {Write(User("a"), 1), Write(User("b"), 0)};
  again.messages = {MessageFor(0, User("a"), 1)};
  EXPECT_EQ(store_->Commit(again).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadRow(User("a"))->version, 1);
  EXPECT_EQ(LoadRow(User("b")), std::nullopt);
}

// Several writers of the same users, each from what it has loaded: every write that went through is there, and none was
// lost.
TEST_P(StoreSuite, ConcurrentWritersLoseNothing) {
  constexpr int kThreads = 4, kUsers = 5, kRounds = 60;
  std::vector<std::thread> threads;
  std::vector<std::vector<int>> passed(kThreads, std::vector<int>(kUsers, 0));
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      auto journal = store_->OpenJournal();
      ASSERT_TRUE(journal.ok()) << journal.status();
      int64_t journal_seq = 0;
      for (int round = 0; round < kRounds; ++round) {
        LoadRequest request;
        for (int u = 0; u < kUsers; ++u) request.keys.push_back(User(StrCat("u", (u + t) % kUsers)));
        auto loaded = store_->Load(request);
        ASSERT_TRUE(loaded.ok()) << loaded.status();
        CommitBatch batch;
        batch.journal = *journal;
        batch.journal_seq = journal_seq + 1;
        for (int u = 0; u < kUsers; ++u) {
          const int64_t version = loaded->rows[u].has_value() ? loaded->rows[u]->version : 0;
          batch.profiles.push_back(Write(request.keys[u], version));
          batch.events.push_back(Event(u, request.keys[u], StrCat("e", t, "-", round), version + 1));
        }
        auto result = store_->Commit(batch);
        if (absl::IsAborted(result.status())) continue;
        ASSERT_TRUE(result.ok()) << result.status();
        bool any = false;
        for (int u = 0; u < kUsers; ++u) {
          if (result->conflicted[u]) continue;
          any = true;
          ++passed[t][(u + t) % kUsers];
        }
        if (any) ++journal_seq;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  for (int u = 0; u < kUsers; ++u) {
    int64_t total = 0;
    for (int t = 0; t < kThreads; ++t) total += passed[t][u];
    const UserKey user = User(StrCat("u", u));
    EXPECT_GT(total, 0);
    EXPECT_EQ(LoadRow(user)->version, total);
    std::vector<int64_t> gapless(total);
    for (int64_t i = 0; i < total; ++i) gapless[i] = i + 1;
    EXPECT_EQ(EventSeqs(user, 0, false, 1000), gapless);
  }
}

// The promise that makes "not seen" safe: whoever reads a row's version and then does not see an event cannot commit
// over it.
TEST_P(StoreSuite, AnEventIsSeenByWhoeverSeesItsVersion) {
  constexpr int kEvents = 150;
  std::thread writer([&] {
    for (int i = 1; i <= kEvents; ++i) Apply(User("ada"), i, StrCat("e", i));
  });
  int64_t version = 0;
  while (version < kEvents && !HasFailure()) {
    LoadRequest request{{User("ada")}, {}, false};
    for (int i = 1; i <= kEvents; ++i) request.events.push_back({User("ada"), StrCat("e", i)});
    auto result = store_->Load(request);
    ASSERT_TRUE(result.ok()) << result.status();
    version = result->rows[0].has_value() ? result->rows[0]->version : 0;
    for (int64_t i = 1; i <= version; ++i) ASSERT_TRUE(result->events[i - 1].has_value()) << i << " of " << version;
  }
  writer.join();
}

}  // namespace
}  // namespace cadenza::testing
