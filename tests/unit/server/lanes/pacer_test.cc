#include "server/lanes/pacer.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_workspaces.h"
#include "tests/support/seed.h"

namespace cadenza::lanes {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'049'600);

// How many of the moments (ascending) the fullest window of this length holds.
int64_t Fullest(const std::vector<absl::Time>& moments, absl::Duration window) {
  int64_t most = 0;
  for (auto last = moments.begin(); last != moments.end(); ++last) {
    const auto first = std::upper_bound(moments.begin(), moments.end(), *last - window);
    most = std::max<int64_t>(most, last - first + 1);
  }
  return most;
}

TEST(StorePacerTest, OneMessageAfterTheOther) {
  MemoryWorkspaces store;
  StorePacer pacer(&store);
  const DeliveryRate rate{2, absl::Seconds(10), true};
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow).time, kNow);
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow).time, kNow + absl::Seconds(5));
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow + absl::Seconds(1)).time, kNow + absl::Seconds(10));
  // Another campaign's rate, and another workspace's, is another.
  EXPECT_EQ(pacer.Reserve("pizza", "other", nullptr, &rate, kNow).time, kNow);
  EXPECT_EQ(pacer.Reserve("pasta", "knots", nullptr, &rate, kNow).time, kNow);
  // After a pause at once, with the spacing from there.
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow + absl::Minutes(1)).time, kNow + absl::Minutes(1));
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow + absl::Minutes(1)).time,
            kNow + absl::Minutes(1) + absl::Seconds(5));
}

TEST(StorePacerTest, ABurstGoesAtOnce) {
  MemoryWorkspaces store;
  StorePacer pacer(&store);
  const DeliveryRate rate{3, absl::Seconds(30), false};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pacer.Reserve("pizza", "", &rate, nullptr, kNow).time, kNow) << i;
  EXPECT_EQ(pacer.Reserve("pizza", "", &rate, nullptr, kNow).time, kNow + absl::Seconds(10));
}

TEST(StorePacerTest, FewMessagesCostARoundTrip) {
  MemoryWorkspaces store;
  StorePacer pacer(&store);
  const DeliveryRate rate{1000, absl::Seconds(1), true};
  ASSERT_TRUE(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow).taken);
  const auto leased = *store.ReadRate("pizza", "knots");
  EXPECT_EQ(leased, kNow + absl::Seconds(1));
  for (int i = 1; i < 1000; ++i) {
    EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, kNow).time, kNow + absl::Milliseconds(i));
  }
  EXPECT_EQ(*store.ReadRate("pizza", "knots"), leased);
}

TEST(StorePacerTest, AllProcessesTogetherKeepTheRates) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  const auto between = [&random](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int round = 0; round < 200; ++round) {
    MemoryWorkspaces store;
    StorePacer processes[] = {StorePacer(&store), StorePacer(&store), StorePacer(&store)};
    const DeliveryRate all{between(1, 60), absl::Seconds(between(1, 60)), between(0, 1) == 1};
    const DeliveryRate one{between(1, 60), absl::Seconds(between(1, 60)), between(0, 1) == 1};
    std::vector<absl::Time> of_all, of_one;
    absl::Time now = kNow;
    for (int i = 0; i < 300; ++i) {
      if (between(0, 2) == 0) now += absl::Milliseconds(between(0, between(0, 9) == 0 ? 20'000 : 300));
      const bool both = between(0, 1) == 1;
      const auto place = processes[between(0, 2)].Reserve("pizza", "knots", &all, both ? &one : nullptr, now);
      ASSERT_TRUE(place.taken);
      ASSERT_GE(place.time, now);
      of_all.push_back(place.time);
      if (both) of_one.push_back(place.time);
    }
    std::sort(of_all.begin(), of_all.end());
    std::sort(of_one.begin(), of_one.end());
    ASSERT_LE(Fullest(of_all, all.per), all.smooth ? all.most : 2 * all.most - 1) << "round " << round;
    ASSERT_LE(Fullest(of_one, one.per), one.smooth ? one.most : 2 * one.most - 1) << "round " << round;
  }
}

class UnreachableStore : public MemoryWorkspaces {
 public:
  absl::StatusOr<bool> MoveRate(std::string_view, std::string_view, std::optional<absl::Time>, absl::Time) override {
    return absl::UnavailableError("away");
  }
};

TEST(StorePacerTest, WithoutTheStoreThereIsNoPlace) {
  UnreachableStore store;
  StorePacer pacer(&store);
  const DeliveryRate rate{1, absl::Seconds(1), true};
  const auto place = pacer.Reserve("pizza", "knots", nullptr, &rate, kNow);
  EXPECT_FALSE(place.taken);
  EXPECT_EQ(place.time, kNow + StorePacer::kRetry);
}

}  // namespace
}  // namespace cadenza::lanes
