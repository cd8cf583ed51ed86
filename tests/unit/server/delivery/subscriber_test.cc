#include "server/delivery/subscriber.h"

#include "tests/unit/server/delivery/mailbox.h"

namespace cadenza {
namespace {

using testing::kNow;

Message At(int64_t seq) {
  Message message;
  message.user = UserKey::User("w", "ada");
  message.message_seq = seq;
  message.expire_time = kNow + absl::Hours(1);
  return message;
}

class SubscriberTest : public ::testing::Test {
 protected:
  Subscriber subscriber_{UserKey::User("w", "ada"), 10, {4, 1 << 20}, [] {}};
};

TEST_F(SubscriberTest, QueuesTheNextOneOnly) {
  EXPECT_EQ(subscriber_.Offer(At(10)), Subscriber::Offered::kKnown);
  EXPECT_EQ(subscriber_.Offer(At(12)), Subscriber::Offered::kBehind);
  EXPECT_EQ(subscriber_.Offer(At(11)), Subscriber::Offered::kQueued);
  std::optional<Subscriber::Gap> gap = subscriber_.Missing(0);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->after, 11);
  EXPECT_EQ(gap->top, 12);
  EXPECT_EQ(gap->limit, 3);
}

TEST_F(SubscriberTest, WhatAPageLacksHasExpiredAndIsNotAskedForAgain) {
  std::optional<Subscriber::Gap> gap = subscriber_.Missing(15);
  ASSERT_TRUE(gap);
  Subscriber::Filled filled = subscriber_.Fill(*gap, {At(12)});
  EXPECT_TRUE(filled.queued);
  EXPECT_FALSE(filled.again);
  EXPECT_FALSE(subscriber_.Missing(15));
  EXPECT_EQ(subscriber_.Offer(At(16)), Subscriber::Offered::kQueued);
}

TEST_F(SubscriberTest, AFullPageMayNotBeTheLast) {
  std::optional<Subscriber::Gap> gap = subscriber_.Missing(20);
  ASSERT_TRUE(gap);
  EXPECT_FALSE(subscriber_.Fill(*gap, {At(11), At(12), At(13), At(14)}).again) << "no room";
  EXPECT_FALSE(subscriber_.Missing(20));
  EXPECT_FALSE(subscriber_.Take(1, kNow).again);
  EXPECT_TRUE(subscriber_.Take(1, kNow).again);
  gap = subscriber_.Missing(20);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->after, 14);
  EXPECT_EQ(gap->limit, 2);
}

TEST_F(SubscriberTest, AnOfferDuringTheReadIsNotDoubled) {
  std::optional<Subscriber::Gap> gap = subscriber_.Missing(12);
  ASSERT_TRUE(gap);
  EXPECT_EQ(subscriber_.Offer(At(11)), Subscriber::Offered::kQueued);
  subscriber_.Fill(*gap, {At(11), At(12)});
  EXPECT_EQ(subscriber_.Take(10, kNow).messages.size(), 2u);
}

TEST_F(SubscriberTest, AnEndedOneTakesNothingMore) {
  subscriber_.Offer(At(11));
  subscriber_.End(absl::AbortedError("first"));
  subscriber_.End(absl::InternalError("second"));
  EXPECT_EQ(subscriber_.status(), absl::AbortedError("first"));
  EXPECT_EQ(subscriber_.Offer(At(12)), Subscriber::Offered::kKnown);
  EXPECT_FALSE(subscriber_.Missing(20));
  EXPECT_TRUE(subscriber_.Take(10, kNow).messages.empty());
}

TEST(SubscriberNotifyTest, ACallDuringReadyIsNotLost) {
  int calls = 0;
  Subscriber* self = nullptr;
  Subscriber subscriber(UserKey::User("w", "ada"), 0, {4, 1 << 20}, [&] {
    if (++calls == 1) self->Notify();
  });
  self = &subscriber;
  subscriber.Notify();
  EXPECT_EQ(calls, 2);
  subscriber.Close();
  subscriber.Notify();
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace cadenza
