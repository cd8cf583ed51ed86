#include "storage/base/text.h"
#include "storage/memory/memory_store.h"
#include "tests/conformance/launch_suite.h"
#include "tests/conformance/segment_suite.h"
#include "tests/conformance/timer_suite.h"

namespace cadenza::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, StoreSuite,
                         ::testing::Values(StoreFactory{"memory", [] { return std::make_unique<MemoryStore>(); }}),
                         StoreName);
INSTANTIATE_TEST_SUITE_P(Memory, LaunchSuite,
                         ::testing::Values(StoreFactory{"memory", [] { return std::make_unique<MemoryStore>(); }}),
                         StoreName);
INSTANTIATE_TEST_SUITE_P(Memory, SegmentSuite,
                         ::testing::Values(StoreFactory{"memory", [] { return std::make_unique<MemoryStore>(); }}),
                         StoreName);
INSTANTIATE_TEST_SUITE_P(Memory, TimerSuite,
                         ::testing::Values(StoreFactory{"memory", [] { return std::make_unique<MemoryStore>(); }}),
                         StoreName);

EventWrite EventAt(const UserKey& user, std::string id, int64_t seq) {
  EventWrite write;
  write.named = user;
  write.event_id = std::move(id);
  write.user_seq = seq;
  return write;
}

CommitBatch OneEvent(const UserKey& user, int64_t version, std::string id) {
  CommitBatch batch;
  batch.profiles = {{user, version - 1, {version, "", ""}}};
  batch.events = {EventAt(user, std::move(id), version)};
  return batch;
}

bool IsSeen(MemoryStore& store, const UserKey& user, const std::string& id) {
  return store.Load({{}, {{user, id}}}).value().events[0].has_value();
}

TEST(MemoryStoreTest, RemembersAnEventForTheWindowAndNotLonger) {
  ManualClock clock(absl::UnixEpoch());
  MemoryStore::Options options;
  options.clock = &clock;
  MemoryStore store(options);
  const UserKey ada = UserKey::User("w", "ada");
  ASSERT_TRUE(store.Commit(OneEvent(ada, 1, "e1")).ok());
  clock.Advance(absl::Hours(24));
  EXPECT_TRUE(IsSeen(store, ada, "e1"));
  clock.Advance(absl::Microseconds(1));
  EXPECT_FALSE(IsSeen(store, ada, "e1"));
}

TEST(MemoryStoreTest, AnIdThatIsUsedAgainStartsItsWindowAnew) {
  ManualClock clock(absl::UnixEpoch());
  MemoryStore::Options options;
  options.clock = &clock;
  MemoryStore store(options);
  const UserKey ada = UserKey::User("w", "ada");
  ASSERT_TRUE(store.Commit(OneEvent(ada, 1, "e1")).ok());
  clock.Advance(absl::Hours(25));
  ASSERT_TRUE(store.Commit(OneEvent(ada, 2, "e1")).ok());
  EXPECT_EQ(store.Load({{}, {{ada, "e1"}}}).value().events[0]->user_seq, 2);
}

TEST(MemoryStoreTest, KeepsABoundedLogOfAUser) {
  MemoryStore::Options options;
  options.events_per_user = 3;
  options.messages_per_user = 2;
  MemoryStore store(options);
  const UserKey ada = UserKey::User("w", "ada");
  CommitBatch batch;
  batch.profiles = {{ada, 0, {5, "", ""}}};
  for (int i = 1; i <= 5; ++i) {
    batch.events.push_back(EventAt(ada, StrCat("e", i), i));
    MessageWrite& write = batch.messages.emplace_back();
    write.message.user = ada;
    write.message.message_seq = i;
    write.message.expire_time = absl::InfiniteFuture();
  }
  ASSERT_TRUE(store.Commit(batch).ok());
  EXPECT_EQ(store.ListEvents(ada, 0, false, 10).value().front().user_seq, 3);
  EXPECT_EQ(store.ListMessages(ada, 0, 10, absl::UnixEpoch()).value().front().message_seq, 4);
  EXPECT_TRUE(IsSeen(store, ada, "e1"));
}

}  // namespace
}  // namespace cadenza::testing
