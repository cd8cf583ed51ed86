#include "clients/cli/backtest/progress_line.h"

#include "gtest/gtest.h"

namespace cadenza::cli {
namespace {

using backtest::Phase;

TEST(ProgressLineTest, SaysHowFarItIs) {
  struct Case {
    Phase phase;
    double done;
    int64_t inputs;
    absl::Duration took;
    int columns;
    const char* line;
  };
  const Case cases[] = {
      {Phase::kReading, 0, 0, absl::ZeroDuration(), 80, "reading [..............................]   0 %  0 inputs"},
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 80,
       "reading [###############...............]  50 %  1,234,567 inputs, 30 s left"},
      {Phase::kReplaying, 0.999, 99, absl::Milliseconds(500), 80,
       "replaying [#############################.]  99 %  99 inputs"},
      {Phase::kReplaying, 1, 100, absl::Seconds(9), 80, "replaying [##############################] 100 %  100 inputs"},
      // What fits less and less.
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 60, "reading [########........]  50 %  1,234,567 inputs"},
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 40, "reading [#####.....]  50 %"},
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 20, "reading  50 %"},
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 10, " 50 %"},
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 3, " 5"},
      {Phase::kReading, 0.5, 1234567, absl::Seconds(30), 0, ""},
      // Whatever it is told.
      {Phase::kReading, -1, 0, absl::ZeroDuration(), 40, "reading [..........]   0 %"},
      {Phase::kReading, 2, 0, absl::ZeroDuration(), 40, "reading [##########] 100 %"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(ProgressLine(one.phase, one.done, one.inputs, one.took, one.columns), one.line) << one.columns;
  }
}

TEST(ProgressLineTest, NeverWrapsItsLine) {
  for (int columns = 0; columns < 120; ++columns) {
    for (const double done : {0.0, 0.3, 1.0}) {
      for (const int64_t inputs : {int64_t{0}, int64_t{100'000'000'000}}) {
        const std::string line = ProgressLine(Phase::kReplaying, done, inputs, absl::Hours(3), columns);
        EXPECT_LE(line.size(), static_cast<size_t>(std::max(columns - 1, 0))) << line;
      }
    }
  }
}

}  // namespace
}  // namespace cadenza::cli
