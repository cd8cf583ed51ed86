#include "server/apply/session.h"

#include <algorithm>
#include <ostream>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza::apply {
namespace {

constexpr absl::Duration kGap = absl::Seconds(100);

// Seconds after some beginning keep the tables readable.
absl::Time At(int64_t second) { return absl::FromUnixSeconds(1700000000 + second); }

constexpr Activity kPlain = Activity::kPlain;
constexpr Activity kStart = Activity::kSessionStart;
constexpr Activity kEnd = Activity::kSessionEnd;

struct Step {
  Activity activity;
  int64_t t;
};

struct Expected {
  // Of the current session; start -1 = there is none.
  int64_t start;
  int64_t last_activity;
  int64_t event_count;
  int64_t count;
  int64_t total_seconds;
  bool started;  // by the last step
  bool ended;
};

struct Case {
  const char* what;
  std::vector<Step> steps;
  Expected expected;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.what; }

class FoldSessionTest : public ::testing::TestWithParam<Case> {};

TEST_P(FoldSessionTest, EndsAsTheRulesSay) {
  Sessions sessions;
  SessionChange change;
  int id = 0;
  for (const Step& step : GetParam().steps) {
    change = FoldSession(step.activity, At(step.t), kGap, std::to_string(id++), &sessions);
  }
  const Expected& expected = GetParam().expected;
  ASSERT_EQ(sessions.current.has_value(), expected.start >= 0);
  if (sessions.current.has_value()) {
    EXPECT_EQ(sessions.current->start, At(expected.start));
    EXPECT_EQ(sessions.current->last_activity, At(expected.last_activity));
    EXPECT_EQ(sessions.current->event_count, expected.event_count);
  }
  EXPECT_EQ(sessions.count, expected.count);
  EXPECT_EQ(sessions.total_time, absl::Seconds(expected.total_seconds));
  EXPECT_EQ(change.started, expected.started);
  EXPECT_EQ(change.ended, expected.ended);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, FoldSessionTest,
    ::testing::Values(
        Case{"the first activity starts", {{kPlain, 1000}}, {1000, 1000, 1, 1, 0, true, false}},
        Case{"activity extends", {{kPlain, 1000}, {kPlain, 1050}}, {1000, 1050, 2, 1, 0, false, false}},
        Case{"exactly the gap extends", {{kPlain, 1000}, {kPlain, 1100}}, {1000, 1100, 2, 1, 0, false, false}},
        Case{"more than the gap ends and starts",
             {{kPlain, 1000}, {kPlain, 1040}, {kPlain, 1141}},
             {1141, 1141, 1, 2, 40, true, true}},
        Case{"late activity moves the start back", {{kPlain, 1000}, {kPlain, 900}}, {900, 1000, 2, 1, 0, false, false}},
        Case{"late activity inside only counts",
             {{kPlain, 1000}, {kPlain, 1090}, {kPlain, 1050}},
             {1000, 1090, 3, 1, 0, false, false}},
        Case{"activity too late has no session", {{kPlain, 1000}, {kPlain, 899}}, {1000, 1000, 1, 1, 0, false, false}},
        Case{"the start never moves over a counted session",
             {{kStart, 1000}, {kEnd, 1010}, {kStart, 1020}, {kPlain, 1005}},
             {1020, 1020, 2, 2, 10, false, false}},
        Case{"it may move up to it",
             {{kStart, 1000}, {kEnd, 1010}, {kStart, 1020}, {kPlain, 1012}},
             {1012, 1020, 2, 2, 10, false, false}},
        Case{"session start ends what is current",
             {{kPlain, 1000}, {kPlain, 1030}, {kStart, 1040}},
             {1040, 1040, 1, 2, 30, true, true}},
        Case{"session start in the middle cuts it",
             {{kPlain, 1000}, {kPlain, 1090}, {kStart, 1040}},
             {1040, 1040, 1, 2, 40, true, true}},
        Case{"session start after silence",
             {{kPlain, 1000}, {kPlain, 1030}, {kStart, 1500}},
             {1500, 1500, 1, 2, 30, true, true}},
        Case{"session start before the current start is late",
             {{kPlain, 1000}, {kStart, 950}},
             {950, 1000, 2, 1, 0, false, false}},
        Case{"session start before the counted end is late",
             {{kStart, 1000}, {kEnd, 1050}, {kStart, 1050}},
             {-1, 0, 0, 1, 50, false, false}},
        Case{"session start needs no silence",
             {{kStart, 1000}, {kEnd, 1050}, {kStart, 1051}},
             {1051, 1051, 1, 2, 50, true, false}},
        Case{"session end ends at its time", {{kStart, 1000}, {kEnd, 1080}}, {-1, 0, 0, 1, 80, false, true}},
        Case{"session end after silence ends at the last activity",
             {{kStart, 1000}, {kPlain, 1020}, {kEnd, 1500}},
             {-1, 0, 0, 1, 20, false, true}},
        Case{"session end inside ends at the last activity",
             {{kStart, 1000}, {kPlain, 1080}, {kEnd, 1040}},
             {-1, 0, 0, 1, 80, false, true}},
        Case{"session end before the start changes nothing",
             {{kStart, 1000}, {kEnd, 990}},
             {1000, 1000, 1, 1, 0, false, false}},
        Case{"session end alone changes nothing", {{kEnd, 1000}}, {-1, 0, 0, 0, 0, false, false}},
        Case{"session end alone leaves the next activity its session",
             {{kEnd, 1000}, {kPlain, 1010}},
             {1010, 1010, 1, 1, 0, true, false}},
        Case{"activity soon after an end has no session",
             {{kStart, 1000}, {kEnd, 1010}, {kPlain, 1110}},
             {-1, 0, 0, 1, 10, false, false}},
        Case{"and keeps the silence from being one",
             {{kStart, 1000}, {kEnd, 1010}, {kPlain, 1110}, {kPlain, 1200}},
             {-1, 0, 0, 1, 10, false, false}},
        Case{"activity after silence after an end starts",
             {{kStart, 1000}, {kEnd, 1010}, {kPlain, 1111}},
             {1111, 1111, 1, 2, 10, true, false}}));

TEST(FoldSessionTest, FirstAndLastStartFollow) {
  Sessions sessions;
  FoldSession(kPlain, At(1000), kGap, "a", &sessions);
  FoldSession(kPlain, At(950), kGap, "b", &sessions);
  EXPECT_EQ(sessions.first_start, At(950));
  EXPECT_EQ(sessions.last_start, At(950));
  EXPECT_EQ(sessions.current->id, "a");
  FoldSession(kPlain, At(2000), kGap, "c", &sessions);
  FoldSession(kPlain, At(1950), kGap, "d", &sessions);
  EXPECT_EQ(sessions.first_start, At(950));
  EXPECT_EQ(sessions.last_start, At(1950));
  EXPECT_EQ(sessions.last_end, At(1000));
  EXPECT_EQ(sessions.last_seen, At(2000));
  EXPECT_EQ(sessions.current->id, "c");
}

// Any activities in any order: what must hold after every step.
TEST(FoldSessionPropertyTest, TotalsAddUpAndCountedSessionsNeverChange) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int run = 0; run < 300; ++run) {
    Sessions sessions;
    int64_t ended_sessions = 0;
    absl::Duration ended_time;
    int64_t clock = 0;
    for (int i = 0; i < 200; ++i) {
      clock += random.OneIn(6) ? random.Between(0, 400) : random.Between(0, 60);
      const int64_t t = random.OneIn(4) ? clock - random.Between(0, 500) : clock;
      const Activity activity = random.OneIn(6) ? kStart : random.OneIn(6) ? kEnd : kPlain;
      const Sessions before = sessions;
      const SessionChange change = FoldSession(activity, At(t), kGap, std::to_string(i), &sessions);
      if (change.ended) {
        ASSERT_TRUE(before.current.has_value());
        ++ended_sessions;
        const absl::Duration counted = sessions.total_time - before.total_time;
        ASSERT_GE(counted, absl::ZeroDuration());
        ASSERT_LE(counted, before.current->duration() + kGap);
        ended_time += counted;
        ASSERT_GE(sessions.last_end, before.current->start);
      } else {
        ASSERT_EQ(sessions.total_time, before.total_time) << "what was counted stays";
        ASSERT_EQ(sessions.last_end, before.last_end);
      }
      ASSERT_EQ(sessions.total_time, ended_time);
      ASSERT_EQ(sessions.count, ended_sessions + (sessions.current.has_value() ? 1 : 0));
      ASSERT_EQ(sessions.count - before.count, change.started ? 1 : 0);
      ASSERT_GE(sessions.last_seen, before.last_seen);
      ASSERT_GE(sessions.last_end, before.last_end);
      if (!sessions.current.has_value()) continue;
      const Session& current = *sessions.current;
      ASSERT_LE(current.start, current.last_activity);
      ASSERT_GE(current.start, sessions.last_end) << "sessions never overlap";
      ASSERT_LE(current.last_activity, sessions.last_seen);
      ASSERT_GE(sessions.last_start, sessions.first_start);
      if (change.started) {
        ASSERT_EQ(current.id, std::to_string(i));
        ASSERT_EQ(current.event_count, 1);
      } else {
        ASSERT_EQ(current.id, before.current->id);
      }
    }
  }
}

TEST(FoldSessionPropertyTest, WithinOneGapTheOrderDoesNotMatter) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int run = 0; run < 200; ++run) {
    std::vector<int64_t> times;
    for (int64_t i = random.Between(1, 20); i > 0; --i) times.push_back(1000 + random.Between(0, 100));
    std::mt19937_64 shuffle(seed + run);
    Sessions first;
    for (int order = 0; order < 4; ++order) {
      Sessions sessions;
      for (int64_t t : times) FoldSession(kPlain, At(t), kGap, "id", &sessions);
      if (order == 0) first = sessions;
      ASSERT_EQ(sessions, first);
      ASSERT_EQ(sessions.current->event_count, static_cast<int64_t>(times.size()));
      std::shuffle(times.begin(), times.end(), shuffle);
    }
  }
}

Sessions With(int64_t start, int64_t last_activity, const char* id) {
  Sessions sessions;
  sessions.current = Session{id, At(start), At(last_activity), 2};
  sessions.count = 3;
  sessions.first_start = At(start - 500);
  sessions.last_start = At(start);
  sessions.total_time = absl::Seconds(40);
  sessions.last_end = At(start - 300);
  sessions.last_seen = At(last_activity);
  return sessions;
}

TEST(MergeSessionsTest, CurrentSessionsThatTouchBecomeOne) {
  for (const auto& [known_start, anonymous_start] : {std::pair<int64_t, int64_t>{1000, 1150}, {1150, 1000}}) {
    Sessions known = With(known_start, known_start + 50, "known");
    MergeSessions(With(anonymous_start, anonymous_start + 50, "anonymous"), kGap, &known);
    ASSERT_TRUE(known.current.has_value());
    EXPECT_EQ(*known.current, (Session{"known", At(1000), At(1200), 4}));
    EXPECT_EQ(known.count, 5) << "the joined one counts once";
    EXPECT_EQ(known.total_time, absl::Seconds(80));
    EXPECT_EQ(known.first_start, At(500));
    EXPECT_EQ(known.last_start, At(1000));
    EXPECT_EQ(known.last_seen, At(1200));
  }
}

TEST(MergeSessionsTest, OfTwoApartTheEarlierEndsAndIsCounted) {
  for (const auto& [known_start, anonymous_start] : {std::pair<int64_t, int64_t>{1000, 1151}, {1151, 1000}}) {
    Sessions known = With(known_start, known_start + 50, "known");
    MergeSessions(With(anonymous_start, anonymous_start + 50, "anonymous"), kGap, &known);
    ASSERT_TRUE(known.current.has_value());
    EXPECT_EQ(known.current->id, known_start > anonymous_start ? "known" : "anonymous");
    EXPECT_EQ(known.current->start, At(1151));
    EXPECT_EQ(known.count, 6);
    EXPECT_EQ(known.total_time, absl::Seconds(40 + 40 + 50));
    EXPECT_EQ(known.last_end, At(1050));
    EXPECT_EQ(known.last_start, At(1151));
  }
}

TEST(MergeSessionsTest, OneCurrentSessionStays) {
  Sessions ended = With(1000, 1050, "ended");
  ended.current.reset();
  Sessions known = ended;
  MergeSessions(With(2000, 2050, "anonymous"), kGap, &known);
  EXPECT_EQ(known.current->id, "anonymous");
  EXPECT_EQ(known.count, 6);
  known = With(2000, 2050, "known");
  MergeSessions(ended, kGap, &known);
  EXPECT_EQ(known.current->id, "known");
}

TEST(MergeSessionsTest, NothingIsNeutral) {
  const Sessions some = With(1000, 1050, "s");
  Sessions known = some;
  MergeSessions(Sessions(), kGap, &known);
  EXPECT_EQ(known, some);
  Sessions empty;
  MergeSessions(some, kGap, &empty);
  EXPECT_EQ(empty, some);
}

}  // namespace
}  // namespace cadenza::apply
