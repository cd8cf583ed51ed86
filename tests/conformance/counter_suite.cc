// What a commit counts, and the CounterStore.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <thread>
#include <tuple>

#include "storage/base/text.h"
#include "tests/conformance/store_suite.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kHour = 472'000;

class Counted {
 public:
  explicit Counted(CommitBatch* batch) : batch_(batch) {}
  void Add(size_t owner, CounterKey key, int place, absl::int128 value) {
    auto& keys = batch_->counter_keys;
    auto found = std::find(keys.begin(), keys.end(), key);
    if (found == keys.end()) found = keys.insert(keys.end(), key);
    batch_->counters.push_back({owner, static_cast<size_t>(found - keys.begin()), place, value});
  }

 private:
  CommitBatch* const batch_;
};

CounterSum Sum(size_t stretch, std::string variant, int place, absl::int128 value, std::string conversion = "",
               std::string currency = "") {
  return {stretch, std::move(variant), std::move(conversion), std::move(currency), place, value};
}

std::vector<CounterSum> Read(Store& store, const std::string& workspace, const std::string& campaign_id,
                             const std::vector<int64_t>& starts, int64_t end) {
  auto sums = store.counters().ReadSums(workspace, campaign_id, starts, end);
  EXPECT_TRUE(sums.ok()) << sums.status();
  return sums.value_or(std::vector<CounterSum>());
}

TEST_P(StoreSuite, CountersGrowWithTheirOwners) {
  Apply(User("b"), 1, "b1");
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("a"), 0), Write(User("b"), 0, "stale"), Write(User("c"), 0)};
  Counted counted(&batch);
  const CounterKey key{workspace_, "knots", "v", "", "", kHour};
  for (const size_t owner : {0, 1, 2}) {
    counted.Add(owner, key, 1, 1);
    counted.Add(owner, {workspace_, "knots", "v", "again", "EUR", kHour}, 5, absl::int128(1) << 90);
  }
  counted.Add(1, {workspace_, "other", "", "", "", kHour}, 1, 1);
  counted.Add(2, key, kCampaignMetrics, 7);
  EXPECT_THAT(CommitOk(batch), ElementsAre(false, true, false));
  EXPECT_THAT(Read(*store_, workspace_, "knots", {kHour}, kHour + 1),
              UnorderedElementsAre(Sum(0, "v", 1, 2), Sum(0, "v", kCampaignMetrics, 7),
                                   Sum(0, "v", 5, absl::int128(1) << 91, "again", "EUR")));
  EXPECT_THAT(Read(*store_, workspace_, "other", {kHour}, kHour + 1), IsEmpty());
}

TEST_P(StoreSuite, CountersAreReadByStretchesOfHours) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("a"), 0)};
  Counted counted(&batch);
  for (int64_t hour = 0; hour < 10; ++hour)
    counted.Add(0, {workspace_, "knots", "", "", "", kHour + hour}, 2, 1 << hour);
  counted.Add(0, {workspace_, "knot", "", "", "", kHour}, 1, 1);
  EXPECT_THAT(CommitOk(batch), ElementsAre(false));
  EXPECT_EQ(*store_->counters().ReadExtent(workspace_, "knots"), (CounterExtent{kHour, kHour + 9}));
  EXPECT_EQ(*store_->counters().ReadExtent(workspace_, "none"), std::nullopt);
  EXPECT_THAT(Read(*store_, workspace_, "knots", {kHour + 1, kHour + 2, kHour + 7}, kHour + 9),
              UnorderedElementsAre(Sum(0, "", 2, 2), Sum(1, "", 2, 4 + 8 + 16 + 32 + 64), Sum(2, "", 2, 128 + 256)));
  // The first of two stretches that begin together is empty.
  EXPECT_THAT(Read(*store_, workspace_, "knots", {kHour, kHour}, kHour + 2), ElementsAre(Sum(1, "", 2, 3)));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->counters().ReadSums(workspace_, "knots", {}, kHour).status()));
}

TEST_P(StoreSuite, CountersMayShrinkToNothing) {
  for (const int value : {3, -3}) {
    CommitBatch batch = Batch();
    batch.profiles = {Write(User("a"), value > 0 ? 0 : 1)};
    Counted(&batch).Add(0, {workspace_, "knots", "", "", "", kHour}, 2, value);
    EXPECT_THAT(CommitOk(batch), ElementsAre(false));
  }
  EXPECT_THAT(Read(*store_, workspace_, "knots", {kHour}, kHour + 1), IsEmpty());
}

TEST_P(StoreSuite, CountersOfARefusedBatchStayAsTheyAre) {
  Apply(User("a"), 1, "e1");
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("a"), 1)};
  batch.events = {Event(0, User("a"), "e1", 2)};
  batch.check_events = true;
  Counted(&batch).Add(0, {workspace_, "knots", "", "", "", kHour}, 2, 1);
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Commit(batch).status()));
  EXPECT_THAT(Read(*store_, workspace_, "knots", {kHour}, kHour + 1), IsEmpty());
  batch.check_events = false;
  batch.all_or_nothing = true;
  batch.profiles.push_back(Write(User("b"), 5));
  batch.events.clear();
  EXPECT_THAT(CommitOk(batch), ElementsAre(true, true));
  EXPECT_THAT(Read(*store_, workspace_, "knots", {kHour}, kHour + 1), IsEmpty());
  batch.counters[0].place = kCampaignMetrics + 1;
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Commit(batch).status()));
  batch.counters[0].key = 1;
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Commit(batch).status()));
}

// Writers with journals of their own, over the same campaign and hours, in any order.
TEST_P(StoreSuite, CountersAddUpOverWriters) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  constexpr int kWriters = 4, kBatches = 25, kUsers = 8;
  std::vector<std::thread> writers;
  std::vector<std::map<std::tuple<std::string, int, int>, absl::int128>> sums(kWriters);  // by variant, hour, place
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      RandomModel random(seed + writer);
      const int64_t journal = store_->OpenJournal().value();
      for (int i = 0; i < kBatches; ++i) {
        CommitBatch batch;
        batch.journal = journal;
        batch.journal_seq = i + 1;
        Counted counted(&batch);
        for (int user = 0; user < kUsers; ++user) {
          batch.profiles.push_back(Write(User(StrCat("w", writer, "-", user)), i));
          // One is behind in every batch but the first.
          const bool behind = user == 0 && i > 0;
          if (behind) batch.profiles.back().expected_version = batch.profiles.back().row.version = 100;
          if (behind) batch.profiles.back().row.version = 101;
          for (int64_t n = random.Between(0, 4); n > 0; --n) {
            const std::string variant = StrCat("v", random.Between(0, 2));
            const int hour = static_cast<int>(random.Between(0, 3)), place = static_cast<int>(random.Between(1, 6));
            counted.Add(batch.profiles.size() - 1, {workspace_, "knots", variant, "", "", kHour + hour}, place, n);
            if (!behind) sums[writer][{variant, hour, place}] += n;
          }
        }
        const auto committed = store_->Commit(batch);
        ASSERT_TRUE(committed.ok()) << committed.status();
        EXPECT_EQ(std::count(committed->conflicted.begin(), committed->conflicted.end(), true), i > 0 ? 1 : 0);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::map<std::tuple<std::string, int, int>, absl::int128> expected, found;
  for (const auto& of_writer : sums) {
    for (const auto& [key, value] : of_writer) expected[key] += value;
  }
  for (const CounterSum& sum :
       Read(*store_, workspace_, "knots", {kHour, kHour + 1, kHour + 2, kHour + 3}, kHour + 4)) {
    found[{sum.variant_id, static_cast<int>(sum.stretch), sum.place}] = sum.value;
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace cadenza::testing
