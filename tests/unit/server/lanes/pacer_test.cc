#include "server/lanes/pacer.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "storage/memory/memory_workspaces.h"
#include "tests/support/seed.h"
#include "tests/support/sent_times.h"

namespace cadenza::lanes {
namespace {

using testing::Fullest;

const absl::Time kNow = absl::FromUnixSeconds(1'700'049'600);

TEST(StorePacerTest, OneMessageAfterTheOther) {
  MemoryWorkspaces store;
  StorePacer pacer(&store);
  const DeliveryRate rate{2, absl::Seconds(10), true};
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time, kNow);
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time, kNow + absl::Seconds(5));
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow + absl::Seconds(1)).time,
            kNow + absl::Seconds(10));
  // Another campaign's rate, and another workspace's, is another.
  EXPECT_EQ(pacer.Reserve("pizza", "other", nullptr, &rate, false, kNow).time, kNow);
  EXPECT_EQ(pacer.Reserve("pasta", "knots", nullptr, &rate, false, kNow).time, kNow);
  // After a pause at once, with the spacing from there.
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow + absl::Minutes(1)).time,
            kNow + absl::Minutes(1));
  EXPECT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow + absl::Minutes(1)).time,
            kNow + absl::Minutes(1) + absl::Seconds(5));
}

TEST(StorePacerTest, ABurstGoesAtOnce) {
  MemoryWorkspaces store;
  StorePacer pacer(&store);
  const DeliveryRate rate{3, absl::Seconds(30), false};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pacer.Reserve("pizza", "", &rate, nullptr, false, kNow).time, kNow) << i;
  EXPECT_EQ(pacer.Reserve("pizza", "", &rate, nullptr, false, kNow).time, kNow + absl::Seconds(10));
}

class CountingStore : public MemoryWorkspaces {
 public:
  absl::StatusOr<bool> PutRate(std::string_view workspace, std::string_view campaign_id, const RateRow& row) override {
    ++puts;
    return MemoryWorkspaces::PutRate(workspace, campaign_id, row);
  }
  std::atomic<int> puts = 0;
};

TEST(StorePacerTest, FewMessagesCostARoundTrip) {
  CountingStore store;
  StorePacer pacer(&store);
  const DeliveryRate rate{1000, absl::Seconds(1), true};
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time, kNow + absl::Milliseconds(i));
  }
  EXPECT_EQ(store.puts, 14) << "1, 2, 4, … 512: 1,023 places; and 4 times 1,000";
  // Few that come take no more than they need.
  const absl::Time later = kNow + absl::Hours(1);
  ASSERT_EQ(pacer.Reserve("pizza", "knots", nullptr, &rate, false, later).time, later);
  const RateRow row = *store.ReadRate("pizza", "knots");
  EXPECT_EQ(row.bounds.back(), later + absl::Milliseconds(1));
}

// The messages of a campaign that wait for their places, each asking when it was told to.
class Waiting {
 public:
  Waiting(std::string campaign_id, const DeliveryRate* all, const DeliveryRate* one)
      : campaign_id_(std::move(campaign_id)), all_(all), one_(one) {}
  void Add(absl::Time now) { asks_.emplace(now, false); }
  // Until when the first of them waits; InfiniteFuture: there is none.
  absl::Time next() const { return asks_.empty() ? absl::InfiniteFuture() : asks_.begin()->first; }
  // It asks, up to `late` after its time.
  void Ask(StorePacer& pacer, absl::Duration late = absl::ZeroDuration()) {
    const auto [time, entered] = *asks_.begin();
    asks_.erase(asks_.begin());
    const auto place = pacer.Reserve("pizza", campaign_id_, all_, one_, entered, time + late);
    ASSERT_GE(place.time, time + late);
    ++asked;
    if (place.taken) {
      places.push_back(place.time);
    } else {
      ASSERT_GT(place.time, time + late);
      asks_.emplace(place.time, place.entered);
    }
  }
  std::vector<absl::Time> places;
  int asked = 0;

 private:
  const std::string campaign_id_;
  const DeliveryRate* const all_;
  const DeliveryRate* const one_;
  std::multimap<absl::Time, bool> asks_;
};

TEST(StorePacerTest, TheSlowRateOfACampaignLeavesTheWorkspacesToOthers) {
  MemoryWorkspaces store;
  StorePacer here(&store), there(&store);
  const DeliveryRate all{10, absl::Seconds(1), true};
  const DeliveryRate slow{1, absl::Minutes(1), true};
  Waiting waiting("slow", &all, &slow);
  for (int i = 0; i < 100; ++i) waiting.Add(kNow);
  for (int i = 0; i < 100; ++i) waiting.Ask(here);
  ASSERT_EQ(waiting.places, std::vector<absl::Time>{kNow});
  // Of ten places a second one is taken each minute.
  EXPECT_EQ(here.Reserve("pizza", "other", &all, nullptr, false, kNow).time, kNow + absl::Milliseconds(100));
  EXPECT_LE(there.Reserve("pizza", "other", &all, nullptr, false, kNow).time, kNow + absl::Milliseconds(300));
  while (waiting.next() < absl::InfiniteFuture()) waiting.Ask(there);
  ASSERT_EQ(waiting.places.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(waiting.places[i], kNow + absl::Minutes(i));
  EXPECT_EQ(waiting.asked, 199) << "each waits for its turn once, and then there is its place";
}

// Campaigns with rates and floods of their own in one workspace, on several processes whose timers are late: all have
// their places, no window holds too many, and the workspace's rate is nearly used while anything waits for it.
TEST(StorePacerTest, FloodsOfSeveralCampaignsShareTheWorkspacesRate) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  const auto below = [&random](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  for (int round = 0; round < 10; ++round) {
    CountingStore store;
    StorePacer processes[] = {StorePacer(&store), StorePacer(&store)};
    const DeliveryRate all{100, absl::Seconds(1), below(2) == 0};
    const DeliveryRate fast{80, absl::Seconds(1), true}, middling{40, absl::Seconds(1), true},
        slow{3, absl::Seconds(1), below(2) == 0};
    Waiting waiting[] = {
        {"none", &all, nullptr}, {"fast", &all, &fast}, {"middling", &all, &middling}, {"slow", &all, &slow}};
    const DeliveryRate* const rates[] = {nullptr, &fast, &middling, &slow};
    const int counts[] = {2000, 1000, 500, 30};
    for (int i = 0; i < 4; ++i) {
      for (int n = 0; n < counts[i]; ++n) waiting[i].Add(kNow + absl::Milliseconds(below(500)));
    }
    while (true) {
      Waiting& next = *std::min_element(std::begin(waiting), std::end(waiting),
                                        [](const Waiting& a, const Waiting& b) { return a.next() < b.next(); });
      if (next.next() == absl::InfiniteFuture()) break;
      next.Ask(processes[below(2)], absl::Milliseconds(below(20)));
      if (below(200) == 0) processes[below(2)].GiveBack(next.next());
    }
    std::vector<absl::Time> of_all;
    int asked = 0;
    for (int i = 0; i < 4; ++i) {
      std::vector<absl::Time>& places = waiting[i].places;
      ASSERT_EQ(places.size(), static_cast<size_t>(counts[i]));
      std::sort(places.begin(), places.end());
      if (rates[i] != nullptr) {
        const DeliveryRate& rate = *rates[i];
        ASSERT_LE(Fullest(places, rate.per), rate.smooth ? rate.most : 2 * rate.most - 1) << i;
      }
      of_all.insert(of_all.end(), places.begin(), places.end());
      asked += waiting[i].asked;
    }
    std::sort(of_all.begin(), of_all.end());
    ASSERT_LE(Fullest(of_all, all.per), all.smooth ? all.most : 2 * all.most - 1);
    // 3,530 messages at 100 a second take 35 s; leases of two processes that only one of them uses take some of it.
    EXPECT_LE(of_all.back() - kNow, absl::Seconds(50)) << "round " << round;
    RecordProperty(StrCat("round_", round),
                   StrCat(absl::FormatDuration(of_all.back() - kNow), ", asked ", asked, ", puts ", store.puts.load()));
    EXPECT_LE(asked, 4 * 3530) << "round " << round;
  }
}

TEST(StorePacerTest, WhatIsNotUsedIsGivenBack) {
  MemoryWorkspaces store;
  StorePacer here(&store), there(&store);
  const DeliveryRate rate{100, absl::Seconds(1), true};
  // A flood, a second's worth of which is leased; the other process waits behind it.
  absl::Time last;
  for (int i = 0; i < 300; ++i) last = here.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time;
  EXPECT_EQ(last, kNow + absl::Milliseconds(2990));
  const absl::Time leased = there.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time;
  EXPECT_GT(leased, last + absl::Milliseconds(10));
  here.GiveBack(kNow + StorePacer::kIdle / 2);
  EXPECT_GT(there.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time, leased) << "it is not idle yet";
  here.GiveBack(kNow + StorePacer::kIdle);
  // All of it is used, and nothing twice.
  std::set<absl::Time> places;
  while (true) {
    const absl::Time place = there.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time;
    ASSERT_TRUE(places.insert(place).second);
    if (place > leased + absl::Seconds(1)) break;
  }
  EXPECT_EQ(*places.begin(), last + absl::Milliseconds(10));
  EXPECT_EQ(static_cast<int>(places.size()), (*places.rbegin() - *places.begin()) / absl::Milliseconds(10) + 1 - 2);
}

TEST(StorePacerTest, AtTheEndEverythingIsGivenBack) {
  MemoryWorkspaces store;
  const DeliveryRate rate{100, absl::Seconds(1), true};
  absl::Time last;
  for (int process = 0; process < 20; ++process) {
    StorePacer pacer(&store);
    for (int i = 0; i < 7; ++i) last = pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time;
    EXPECT_EQ(last, kNow + absl::Milliseconds(10) * (7 * process + 6));
    pacer.GiveBack(absl::InfiniteFuture());
  }
}

TEST(StorePacerTest, AProcessThatWasKilledTakesOneLeaseWithIt) {
  MemoryWorkspaces store;
  const DeliveryRate rate{100, absl::Seconds(1), true};
  absl::Time last;
  {
    StorePacer killed(&store);
    for (int i = 0; i < 1000; ++i) last = killed.Reserve("pizza", "knots", nullptr, &rate, false, kNow).time;
  }
  StorePacer other(&store);
  const auto place = other.Reserve("pizza", "knots", nullptr, &rate, false, kNow);
  EXPECT_TRUE(place.taken);
  EXPECT_GT(place.time, last);
  EXPECT_LE(place.time, last + absl::Seconds(1));
}

// Load that goes from one process to the next every 300 ms, as much as the rate allows: what was sent after a minute.
TEST(StorePacerTest, TheRateIsNearlyUsedWhenLoadMoves) {
  MemoryWorkspaces store;
  std::vector<std::unique_ptr<StorePacer>> processes;
  for (int i = 0; i < 3; ++i) processes.push_back(std::make_unique<StorePacer>(&store));
  const DeliveryRate rate{50, absl::Seconds(1), true};
  const absl::Time end = kNow + absl::Minutes(1);
  int sent = 0;
  std::vector<absl::Time> places;
  for (absl::Time now = kNow; now < end; now += absl::Milliseconds(20)) {
    const auto turn = static_cast<size_t>((now - kNow) / absl::Milliseconds(300));
    const auto place = processes[turn % 3]->Reserve("pizza", "knots", nullptr, &rate, false, now);
    ASSERT_TRUE(place.taken);
    places.push_back(place.time);
    if (place.time < end) ++sent;
    for (auto& process : processes) process->GiveBack(now);
  }
  EXPECT_GE(sent, 60 * 50 * 95 / 100);
  std::sort(places.begin(), places.end());
  EXPECT_LE(Fullest(places, rate.per), rate.most);
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
      const auto place =
          processes[between(0, 2)].Reserve("pizza", "knots", &all, both ? &one : nullptr, between(0, 1) == 1, now);
      ASSERT_GE(place.time, now);
      ASSERT_TRUE(place.taken || both);
      if (between(0, 9) == 0) processes[between(0, 2)].GiveBack(now);
      if (!place.taken) continue;
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
  absl::StatusOr<bool> PutRate(std::string_view, std::string_view, const RateRow&) override {
    return absl::UnavailableError("away");
  }
};

TEST(StorePacerTest, WithoutTheStoreThereIsNoPlace) {
  UnreachableStore store;
  StorePacer pacer(&store);
  const DeliveryRate rate{1, absl::Seconds(1), true};
  const auto place = pacer.Reserve("pizza", "knots", nullptr, &rate, false, kNow);
  EXPECT_FALSE(place.taken);
  EXPECT_EQ(place.time, kNow + StorePacer::kRetry);
}

// Answers for the campaign "slow" only once it is let.
class SlowStore : public MemoryWorkspaces {
 public:
  absl::StatusOr<RateRow> ReadRate(std::string_view workspace, std::string_view campaign_id) override {
    if (campaign_id == "slow") {
      asked.Notify();
      let.WaitForNotification();
    }
    return MemoryWorkspaces::ReadRate(workspace, campaign_id);
  }
  absl::Notification asked, let;
};

TEST(StorePacerTest, ASlowStoreHoldsUpOnlyWhoNeedsIt) {
  SlowStore store;
  StorePacer pacer(&store);
  const DeliveryRate rate{1000, absl::Seconds(1), true};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pacer.Reserve("pizza", "quick", nullptr, &rate, false, kNow).taken);
  rules::Pacer::Place slow{kNow, false};
  std::thread waits([&] { slow = pacer.Reserve("pizza", "slow", nullptr, &rate, false, kNow); });
  store.asked.WaitForNotification();
  for (int i = 3; i < 10; ++i) {
    EXPECT_EQ(pacer.Reserve("pizza", "quick", nullptr, &rate, false, kNow).time, kNow + absl::Milliseconds(i));
  }
  pacer.GiveBack(kNow);
  store.let.Notify();
  waits.join();
  EXPECT_TRUE(slow.taken);
}

TEST(StorePacerTest, ThreadsOfSeveralProcessesShareExactly) {
  constexpr int kThreads = 4, kEach = 400;
  CountingStore store;
  StorePacer processes[] = {StorePacer(&store), StorePacer(&store)};
  const DeliveryRate all{100, absl::Seconds(1), true};
  const DeliveryRate one{70, absl::Seconds(1), true};
  std::vector<absl::Time> places[kThreads];
  std::atomic<bool> done = false;
  std::thread returns([&] {
    while (!done) {
      for (StorePacer& process : processes) process.GiveBack(kNow + absl::Minutes(1));
    }
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Waiting waiting("knots", &all, &one);
      for (int n = 0; n < kEach; ++n) waiting.Add(kNow);
      while (waiting.next() < absl::InfiniteFuture()) waiting.Ask(processes[i % 2]);
      places[i] = std::move(waiting.places);
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  returns.join();
  std::vector<absl::Time> together;
  for (const auto& some : places) together.insert(together.end(), some.begin(), some.end());
  std::sort(together.begin(), together.end());
  EXPECT_EQ(together.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_LE(Fullest(together, one.per), one.most);
}

}  // namespace
}  // namespace cadenza::lanes
