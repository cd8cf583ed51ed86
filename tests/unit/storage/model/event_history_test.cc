#include "storage/model/event_history.h"

#include <algorithm>
#include <map>
#include <set>

#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

constexpr int64_t kStart = 1700000000;

absl::Time At(int64_t second) { return absl::FromUnixSeconds(second); }

// Every occurrence there ever was, and the rules of the header done the slow way.
class Reference {
 public:
  void Add(absl::Time time) { times_.insert(time); }
  void Add(const Reference& other) { times_.insert(other.times_.begin(), other.times_.end()); }

  int64_t CountWithin(absl::Duration window, absl::Time now) const {
    const int64_t begin = absl::ToUnixSeconds(now - window);
    const int64_t end = absl::ToUnixSeconds(now);
    std::vector<int64_t> seconds;
    for (absl::Time time : times_) seconds.push_back(absl::ToUnixSeconds(time));
    std::sort(seconds.rbegin(), seconds.rend());
    int64_t count = 0;
    for (size_t i = 0; i < seconds.size(); ++i) {
      int64_t second = seconds[i];
      if (i >= limits::kRecentOccurrences) {
        const int64_t last_of_hour = second - (second % 3600 + 3600) % 3600 + 3599;
        if (last_of_hour <= seconds.front() - int64_t{limits::kHistoryDays} * 86400) continue;
        second = std::min(last_of_hour, seconds[limits::kRecentOccurrences - 1]);
      }
      if (begin < second && second <= end) ++count;
    }
    return count;
  }

  void Check(const EventHistory& history) const {
    ASSERT_EQ(history.count(), static_cast<int64_t>(times_.size()));
    ASSERT_EQ(history.first_time(), *times_.begin());
    ASSERT_EQ(history.last_time(), *times_.rbegin());
    const std::vector<int64_t> recent = history.recent().ToVector();
    ASSERT_LE(recent.size(), limits::kRecentOccurrences);
    ASSERT_TRUE(std::is_sorted(recent.begin(), recent.end()));
    for (size_t i = 1; i < history.hours().size(); ++i) ASSERT_LT(history.hours()[i - 1].hour, history.hours()[i].hour);
    for (int64_t window : {1, 59, 3600, 7200, 86400, 7 * 86400, 30 * 86400, 400 * 86400, 500 * 86400}) {
      for (absl::Time now :
           {*times_.rbegin(), *times_.rbegin() + absl::Minutes(7), *times_.begin() + absl::Hours(30)}) {
        ASSERT_EQ(history.CountWithin(absl::Seconds(window), now), CountWithin(absl::Seconds(window), now))
            << "window " << window << " s, now " << now;
      }
    }
  }

 private:
  std::multiset<absl::Time> times_;
};

TEST(EventHistoryTest, EmptyHasNothing) {
  EXPECT_EQ(EventHistory().count(), 0);
  EXPECT_EQ(EventHistory().CountWithin(absl::InfiniteDuration(), At(kStart)), 0);
}

TEST(EventHistoryTest, WindowsAreHalfOpenToTheSecond) {
  EventHistory history;
  for (int i = 0; i < 10; ++i) history.Add(At(kStart + i));
  EXPECT_EQ(history.CountWithin(absl::Seconds(3), At(kStart + 9)), 3);
  EXPECT_EQ(history.CountWithin(absl::Seconds(3), At(kStart + 10)), 2);
  EXPECT_EQ(history.CountWithin(absl::Seconds(3), At(kStart + 12)), 0);
  EXPECT_EQ(history.CountWithin(absl::Seconds(100), At(kStart + 4)), 5) << "what is after now does not count";
  EXPECT_EQ(history.CountWithin(absl::ZeroDuration(), At(kStart + 4)), 0);
  EXPECT_EQ(history.CountWithin(absl::InfiniteDuration(), At(kStart + 9)), 10);
}

TEST(EventHistoryTest, TheLastThousandAreExactAndOlderOnesAreHours) {
  EventHistory history;
  for (int i = 0; i < 3000; ++i) history.Add(At(kStart + i * 60));
  EXPECT_EQ(history.recent().size(), 1000u);
  EXPECT_EQ(history.recent().front(), kStart + 2000 * 60);
  int64_t in_hours = 0;
  for (const auto& entry : history.hours()) in_hours += entry.count;
  EXPECT_EQ(in_hours, 2000);
  EXPECT_EQ(history.CountWithin(absl::Minutes(999), At(kStart + 2999 * 60)), 999);
  EXPECT_EQ(history.CountWithin(absl::Hours(24 * 30), At(kStart + 2999 * 60)), 3000);
}

TEST(EventHistoryTest, ABusyHourIsCountedWhileItLasts) {
  EventHistory history;
  for (int i = 0; i < 3000; ++i) history.Add(At(kStart + i / 10));
  EXPECT_EQ(history.CountWithin(absl::Hours(1), At(kStart + 300)), 3000);
}

TEST(EventHistoryTest, HoursOlderThanFourHundredDaysAreDroppedButStayInTheCount) {
  EventHistory history;
  for (int i = 0; i < 10; ++i) history.Add(At(kStart));
  const absl::Time later = At(kStart) + absl::Hours(24 * 401);
  for (int i = 0; i < 1000; ++i) history.Add(later);
  EXPECT_EQ(history.count(), 1010);
  EXPECT_TRUE(history.hours().empty());
  EXPECT_EQ(history.first_time(), At(kStart));
  EXPECT_EQ(history.CountWithin(absl::InfiniteDuration(), later), 1000);
}

TEST(EventHistoryTest, TimesBeforeTheEpochFallIntoTheRightHours) {
  EventHistory history;
  Reference reference;
  for (int i = 0; i < 1500; ++i) {
    history.Add(At(-5000 + i * 7));
    reference.Add(At(-5000 + i * 7));
  }
  reference.Check(history);
}

struct Shape {
  const char* name;
  int count;
  int64_t span_seconds;
};

class EventHistoryPropertyTest : public ::testing::TestWithParam<Shape> {};

TEST_P(EventHistoryPropertyTest, AgreesWithTheReferenceInAnyOrderAndMerged) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  const Shape shape = GetParam();
  EventHistory whole, left, right;
  Reference all;
  std::vector<absl::Time> times;
  for (int i = 0; i < shape.count; ++i) {
    times.push_back(At(kStart) + absl::Microseconds(random.Between(0, shape.span_seconds * 1000000)));
    (random.OneIn(3) ? left : right).Add(times.back());
    whole.Add(times.back());
    all.Add(times.back());
  }
  all.Check(whole);
  left.Merge(right);
  EXPECT_EQ(left, whole) << "a merge is as if each occurrence had been added";
  std::sort(times.begin(), times.end());
  EventHistory ascending;
  for (absl::Time time : times) ascending.Add(time);
  EXPECT_EQ(ascending, whole) << "the order does not matter";
  EXPECT_EQ(EventHistory::Restore(whole.count(), whole.first_time(), whole.last_time(), whole.recent(), whole.hours()),
            whole);
}

TEST_P(EventHistoryPropertyTest, NoCountChangesBeforeNextChange) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  const Shape shape = GetParam();
  EventHistory history;
  for (int i = 0; i < shape.count; ++i) history.Add(At(kStart) + absl::Seconds(random.Between(0, shape.span_seconds)));
  for (int i = 0; i < 50; ++i) {
    const absl::Duration window = absl::Milliseconds(random.Between(1, shape.span_seconds * 1500));
    const absl::Time now = At(kStart) + absl::Milliseconds(random.Between(-10'000, shape.span_seconds * 2000));
    const int64_t count = history.CountWithin(window, now);
    const absl::Time next = history.NextChange(window, now);
    ASSERT_GT(next, now);
    const absl::Time end = std::min(next, now + absl::Seconds(shape.span_seconds * 4));
    for (int j = 0; j < 20; ++j) {
      const absl::Time at = now + (end - now) / 20 * j;
      ASSERT_EQ(history.CountWithin(window, at), count) << "at " << at << ", from " << now << " until " << next;
    }
    ASSERT_EQ(history.CountWithin(window, end - absl::Nanoseconds(1)), count) << "from " << now << " until " << next;
  }
}

TEST(EventHistoryTest, NextChangeIsWhenTheWindowLetsGoOrReachesOneAhead) {
  EventHistory history;
  EXPECT_EQ(history.NextChange(absl::Hours(1), At(kStart)), absl::InfiniteFuture());
  history.Add(At(kStart));
  history.Add(At(kStart + 100));
  EXPECT_EQ(history.NextChange(absl::Seconds(1000), At(kStart + 200)), At(kStart + 1000));
  EXPECT_EQ(history.NextChange(absl::Seconds(1000), At(kStart + 1000)), At(kStart + 1100));
  EXPECT_EQ(history.NextChange(absl::Seconds(1000), At(kStart + 1100)), absl::InfiniteFuture());
  EXPECT_EQ(history.NextChange(absl::Seconds(1000), At(kStart + 50)), At(kStart + 100));
  EXPECT_EQ(history.NextChange(absl::ZeroDuration(), At(kStart + 50)), absl::InfiniteFuture());
  EXPECT_EQ(history.NextChange(absl::InfiniteDuration(), At(kStart + 200)), absl::InfiniteFuture());
}

INSTANTIATE_TEST_SUITE_P(Shapes, EventHistoryPropertyTest,
                         ::testing::Values(Shape{"one", 1, 10}, Shape{"few", 50, 86400 * 500},
                                           Shape{"thousand", 1000, 86400}, Shape{"one_more", 1001, 86400 * 450},
                                           Shape{"busy_minute", 2500, 60}, Shape{"year", 3000, 86400 * 365},
                                           Shape{"two_years", 4000, 86400 * 730}),
                         [](const auto& info) { return info.param.name; });

TEST(EventHistoryTest, MergingNothingChangesNothing) {
  EventHistory history;
  history.Add(At(kStart));
  const EventHistory before = history;
  history.Merge(EventHistory());
  EXPECT_EQ(history, before);
  EventHistory empty;
  empty.Merge(before);
  EXPECT_EQ(empty, before);
}

}  // namespace
}  // namespace cadenza
