#include "server/rules/gates/delivery_rate.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/seed.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

TEST(DeliveryRateTest, ASmoothRateSpreads) {
  const DeliveryRate rate{60, absl::Minutes(1), true};
  RateState state;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Reserve(rate, 1, kStart, &state), kStart + absl::Seconds(i));
  // A pause is not made up.
  const absl::Time later = kStart + absl::Hours(1);
  EXPECT_EQ(Reserve(rate, 1, later, &state), later);
  EXPECT_EQ(Reserve(rate, 1, later, &state), later + absl::Seconds(1));
}

TEST(DeliveryRateTest, OneThatIsNotSmoothSendsAtOnceWhatItMay) {
  const DeliveryRate rate{60, absl::Minutes(1), false};
  RateState state;
  for (int i = 0; i < 60; ++i) EXPECT_EQ(Reserve(rate, 1, kStart, &state), kStart) << i;
  EXPECT_EQ(Reserve(rate, 1, kStart, &state), kStart + absl::Seconds(1));
  EXPECT_EQ(Reserve(rate, 1, kStart, &state), kStart + absl::Seconds(2));
  const absl::Time later = kStart + absl::Hours(1);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(Reserve(rate, 1, later, &state), later) << i;
}

TEST(DeliveryRateTest, AskingTakesNothing) {
  const DeliveryRate rate{1, absl::Minutes(1), true};
  RateState state;
  EXPECT_EQ(EarliestSend(rate, state, kStart), kStart);
  EXPECT_EQ(state, RateState());
  Reserve(rate, 1, kStart, &state);
  EXPECT_EQ(EarliestSend(rate, state, kStart), kStart + absl::Minutes(1));
  EXPECT_EQ(EarliestSend(rate, state, kStart + absl::Hours(1)), kStart + absl::Hours(1));
}

TEST(DeliveryRateTest, ManyPlacesAtOnceAreThoseOfOneByOne) {
  for (const bool smooth : {true, false}) {
    const DeliveryRate rate{7, absl::Seconds(1), smooth};
    RateState at_once;
    RateState one_by_one;
    const absl::Time first = Reserve(rate, 50, kStart, &at_once);
    EXPECT_EQ(first, Reserve(rate, 1, kStart, &one_by_one));
    for (int i = 1; i < 50; ++i) Reserve(rate, 1, kStart, &one_by_one);
    EXPECT_EQ(at_once, one_by_one);
  }
}

TEST(DeliveryRateTest, BothRatesAreKept) {
  const DeliveryRate campaign{1, absl::Seconds(10), true};
  const DeliveryRate workspace{1, absl::Seconds(4), true};
  RateState campaign_state;
  RateState workspace_state;
  EXPECT_EQ(ReserveBoth(campaign, workspace, kStart, &campaign_state, &workspace_state), kStart);
  EXPECT_EQ(Reserve(workspace, 1, kStart, &workspace_state), kStart + absl::Seconds(4));
  EXPECT_EQ(ReserveBoth(campaign, workspace, kStart, &campaign_state, &workspace_state), kStart + absl::Seconds(10));
  EXPECT_EQ(EarliestSend(workspace, workspace_state, kStart), kStart + absl::Seconds(14));
}

TEST(DeliveryRateTest, RefusesWhatMakesNoSense) {
  const std::pair<DeliveryRate, const char*> cases[] = {
      {{0, absl::Minutes(1)}, "delivery_rate.most: is 0; it must be from 1 to 1000000000"},
      {{-1, absl::Minutes(1)}, "delivery_rate.most: is -1"},
      {{1, absl::Milliseconds(1)}, "delivery_rate.per: is 1ms; it must be from 1s to 24h"},
      {{1, absl::InfiniteDuration()}, "delivery_rate.per: is inf"},
  };
  for (const auto& [rate, message] : cases) {
    const absl::Status status = CheckDeliveryRate("delivery_rate", rate);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  EXPECT_TRUE(CheckDeliveryRate("delivery_rate", {kMaxRateMessages, absl::Seconds(1)}).ok());
}

TEST(DeliveryRateTest, NoWindowEverHoldsMore) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  auto between = [&random](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int round = 0; round < 500; ++round) {
    const DeliveryRate rate{between(1, 40), absl::Seconds(between(1, 100)), between(0, 1) == 0};
    RateState state;
    std::vector<absl::Time> sent;
    absl::Time now = kStart;
    for (int i = 0; i < 200; ++i) {
      if (between(0, 9) == 0) now += absl::Milliseconds(between(0, 20'000));
      const absl::Time expected = EarliestSend(rate, state, now);
      sent.push_back(Reserve(rate, 1, now, &state));
      ASSERT_EQ(sent.back(), expected);
      ASSERT_GE(sent.back(), now);
    }
    const int64_t allowed = rate.smooth ? rate.most : 2 * rate.most - 1;
    for (size_t i = 0; i + allowed < sent.size(); ++i) ASSERT_GE(sent[i + allowed] - sent[i], rate.per) << i;
  }
}

}  // namespace
}  // namespace cadenza::rules
