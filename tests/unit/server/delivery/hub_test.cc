#include "server/delivery/hub.h"

#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"
#include "tests/unit/server/delivery/mailbox.h"

namespace cadenza {
namespace {

using testing::Away;
using testing::kNow;
using testing::kPatience;
using testing::Mailbox;
using testing::Sender;
using testing::Seqs;

class HubTest : public ::testing::Test {
 protected:
  HubTest() {
    // Only what a test does makes the hub look into the store.
    options_.poll_interval = absl::Hours(1);
    options_.merge_check_interval = absl::Hours(1);
  }
  void StartHub() { hub_ = Hub::Create(options_, &store_, &clock_); }

  Hub::Options options_;
  ManualClock clock_{kNow};
  MemoryStore memory_{testing::MemoryOptions(&clock_)};
  FaultStore store_{&memory_};
  Sender ada_{&memory_, UserKey::User("w", "ada")};
  std::unique_ptr<Hub> hub_;
};

TEST_F(HubTest, CatchesUpThroughASmallQueue) {
  options_.queue_messages = 16;
  StartHub();
  ada_.Commit(300);
  Mailbox all(hub_.get(), ada_.user(), 0);
  EXPECT_EQ(all.Read(300), Seqs(1, 300));
  Mailbox rest(hub_.get(), ada_.user(), 290);
  EXPECT_EQ(rest.Read(10), Seqs(291, 300));
}

TEST_F(HubTest, OffersGoStraightToThoseWhoHaveCaughtUp) {
  StartHub();
  ada_.Commit(1);
  Mailbox phone(hub_.get(), ada_.user(), 0);
  Mailbox tablet(hub_.get(), ada_.user(), 0);
  EXPECT_EQ(phone.Read(1), Seqs(1, 1));
  EXPECT_EQ(tablet.Read(1), Seqs(1, 1));
  store_.InjectAlways(FaultStore::Call::kRead, Away());
  hub_->Offer(ada_.Commit(2));
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(3), Seqs(2, 4));
  EXPECT_EQ(tablet.Read(3), Seqs(2, 4));
}

TEST_F(HubTest, AnOfferTwiceIsDeliveredOnce) {
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  std::vector<Message> first = ada_.Commit(2);
  hub_->Offer(first);
  hub_->Offer(first);
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(3), Seqs(1, 3));
  EXPECT_TRUE(phone.subscription().Take(10).empty());
}

TEST_F(HubTest, AGapIsFilledFromTheStore) {
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(1), Seqs(1, 1));
  ada_.Commit(5);  // by another process
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(6), Seqs(2, 7));
}

TEST_F(HubTest, AnOverflowedQueueIsRefilled) {
  options_.queue_messages = 4;
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  for (int i = 0; i < 100; ++i) hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(100), Seqs(1, 100));
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(1), Seqs(101, 101));
}

TEST_F(HubTest, TheQueueIsBoundedInBytesButOneMessageAlwaysFits) {
  options_.queue_bytes = 4096;
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  for (int i = 0; i < 20; ++i) hub_->Offer(ada_.Commit(1, kNow + absl::Hours(1), 1500));
  hub_->Offer(ada_.Commit(1, kNow + absl::Hours(1), 10'000));
  ASSERT_TRUE(phone.AwaitReady());
  EXPECT_LE(phone.subscription().Take(100).size(), 2u);
  Mailbox again(hub_.get(), ada_.user(), 0);
  EXPECT_EQ(again.Read(21), Seqs(1, 21));
}

TEST_F(HubTest, AHintIsEnough) {
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  ada_.Commit(3);
  hub_->Hint({UserKey::User("w", "nobody"), ada_.user()});
  EXPECT_EQ(phone.Read(3), Seqs(1, 3));
}

TEST_F(HubTest, ThePollNeedsNeitherOfferNorHint) {
  options_.poll_interval = absl::Milliseconds(2);
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  for (int i = 1; i <= 5; ++i) {
    ada_.Commit(1);
    EXPECT_EQ(phone.Read(1), Seqs(i, i));
  }
}

TEST_F(HubTest, ExpiredMessagesAreLeftOutAndLeaveNoHole) {
  StartHub();
  ada_.Commit(2);
  ada_.Commit(1, kNow);  // 3 has expired
  ada_.Commit(1);
  ada_.Commit(2, kNow);  // 5 and 6, too: the end of the sequence is not deliverable
  Mailbox phone(hub_.get(), ada_.user(), 0);
  EXPECT_EQ(phone.Read(3), (std::vector<int64_t>{1, 2, 4}));
  // 7 is the next one all the same: it needs no store.
  store_.InjectAlways(FaultStore::Call::kRead, Away());
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(1), Seqs(7, 7));
}

TEST_F(HubTest, WhatExpiresInTheQueueIsNotDelivered) {
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  hub_->Offer(ada_.Commit(1, kNow + absl::Seconds(5)));
  hub_->Offer(ada_.Commit(1, kNow + absl::Hours(5)));
  ASSERT_TRUE(phone.AwaitReady());
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(phone.Read(1), Seqs(2, 2));
}

TEST_F(HubTest, NothingIsLostWhileTheStoreIsAway) {
  StartHub();
  absl::Mutex mu;
  int calls = 0;
  store_.InjectAlways(FaultStore::Call::kRead, Away([&] {
                        absl::MutexLock lock(&mu);
                        ++calls;
                      }));
  Mailbox phone(hub_.get(), ada_.user(), 0);
  ada_.Commit(3);
  hub_->Hint({ada_.user()});
  {
    absl::MutexLock lock(&mu);
    auto thrice = [&calls] { return calls >= 3; };
    ASSERT_TRUE(mu.AwaitWithTimeout(absl::Condition(&thrice), kPatience));
  }
  store_.Heal();
  EXPECT_EQ(phone.Read(3), Seqs(1, 3));
}

TEST_F(HubTest, AMergedUsersSubscriptionsEnd) {
  StartHub();
  Sender visitor(&memory_, UserKey::Anonymous("w", "visitor"));
  Mailbox phone(hub_.get(), visitor.user(), 0);
  Mailbox other(hub_.get(), ada_.user(), 0);
  hub_->Merged(visitor.user());
  EXPECT_EQ(phone.AwaitEnd().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(RejectionReason(phone.subscription().status()), kUserMerged);
  EXPECT_TRUE(other.subscription().status().ok());
  EXPECT_EQ(hub_->subscription_count(), 1u);
}

TEST_F(HubTest, AMergeByAnotherProcessIsSeenAfterAHint) {
  StartHub();
  Sender visitor(&memory_, UserKey::Anonymous("w", "visitor"));
  Mailbox phone(hub_.get(), visitor.user(), 0);
  hub_->Offer(visitor.Commit(1));
  EXPECT_EQ(phone.Read(1), Seqs(1, 1));
  visitor.MergeInto(ada_.user());
  hub_->Hint({visitor.user()});
  EXPECT_EQ(RejectionReason(phone.AwaitEnd()), kUserMerged);
}

TEST_F(HubTest, AMergeByAnotherProcessIsSeenByThePoll) {
  options_.poll_interval = absl::Milliseconds(2);
  options_.merge_check_interval = absl::Milliseconds(2);
  StartHub();
  Sender visitor(&memory_, UserKey::Anonymous("w", "visitor"));
  visitor.Commit(1);
  Mailbox phone(hub_.get(), visitor.user(), 0);
  EXPECT_EQ(phone.Read(1), Seqs(1, 1));
  visitor.MergeInto(ada_.user());
  EXPECT_EQ(RejectionReason(phone.AwaitEnd()), kUserMerged);
}

TEST_F(HubTest, SubscriptionsAreBounded) {
  options_.subscriptions_per_user = 2;
  options_.subscriptions = 3;
  StartHub();
  auto ignore = [] {};
  auto a = hub_->Subscribe(ada_.user(), 0, ignore);
  auto b = hub_->Subscribe(ada_.user(), 0, ignore);
  EXPECT_EQ(hub_->Subscribe(ada_.user(), 0, ignore).status().code(), absl::StatusCode::kResourceExhausted);
  auto c = hub_->Subscribe(UserKey::User("w", "bob"), 0, ignore);
  EXPECT_TRUE(c.ok());
  EXPECT_EQ(hub_->Subscribe(UserKey::User("w", "eve"), 0, ignore).status().code(),
            absl::StatusCode::kResourceExhausted);
  (*a)->Close();
  EXPECT_EQ(hub_->subscription_count(), 2u);
  EXPECT_TRUE(hub_->Subscribe(ada_.user(), 0, ignore).ok());
}

TEST_F(HubTest, CloseWaitsForReady) {
  StartHub();
  absl::Notification inside, go;
  std::atomic<bool> closed{false}, closed_too_early{false};
  auto subscription = hub_->Subscribe(ada_.user(), 0, [&] {
    if (!inside.HasBeenNotified()) inside.Notify();
    go.WaitForNotification();
    closed_too_early = closed_too_early || closed;
  });
  ASSERT_TRUE(subscription.ok());
  std::thread lane([&] { hub_->Offer(ada_.Commit(1)); });
  ASSERT_TRUE(inside.WaitForNotificationWithTimeout(kPatience));
  std::thread closer([&] {
    (*subscription)->Close();
    closed = true;
  });
  go.Notify();
  lane.join();
  closer.join();
  EXPECT_FALSE(closed_too_early);
}

TEST_F(HubTest, CloseMayBeCalledFromReady) {
  StartHub();
  std::unique_ptr<Subscription> subscription;
  absl::Notification subscribed, done;
  int calls = 0;
  auto opened = hub_->Subscribe(ada_.user(), 0, [&] {
    subscribed.WaitForNotification();
    ++calls;
    subscription->Close();
    done.Notify();
  });
  ASSERT_TRUE(opened.ok());
  subscription = *std::move(opened);
  subscribed.Notify();
  hub_->Offer(ada_.Commit(1));
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(kPatience));
  hub_->Offer(ada_.Commit(1));
  hub_->Stop();
  EXPECT_EQ(calls, 1);
}

TEST_F(HubTest, AfterStopNothingNewComes) {
  StartHub();
  Mailbox phone(hub_.get(), ada_.user(), 0);
  hub_->Offer(ada_.Commit(1));
  EXPECT_EQ(phone.Read(1), Seqs(1, 1));
  hub_->Stop();
  hub_->Offer(ada_.Commit(1));
  EXPECT_TRUE(phone.subscription().Take(10).empty());
  EXPECT_EQ(hub_->Subscribe(ada_.user(), 0, [] {}).status().code(), absl::StatusCode::kUnavailable);
  hub_.reset();
  EXPECT_TRUE(phone.subscription().Take(10).empty());  // a subscription may outlive its hub
}

}  // namespace
}  // namespace cadenza
