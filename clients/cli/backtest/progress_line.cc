#include "clients/cli/backtest/progress_line.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "clients/cli/backtest/report_text.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr size_t kBarMin = 10;
constexpr size_t kBarMax = 30;

std::string LeftText(double done, absl::Duration took) {
  if (done <= 0 || done >= 1 || took < absl::Seconds(1)) return "";
  return StrCat(", ", std::llround(absl::ToDoubleSeconds(took) * (1 - done) / done), " s left");
}

}  // namespace

std::string ProgressLine(backtest::Phase phase, double done, int64_t inputs, absl::Duration took, int columns) {
  done = std::clamp(done, 0.0, 1.0);
  const auto room = static_cast<size_t>(std::max(columns - 1, 0));
  const std::string name = phase == backtest::Phase::kReading ? "reading" : "replaying";
  const std::string percent = absl::StrFormat("%3d %%", static_cast<int>(std::floor(done * 100)));
  const std::string counted = StrCat(percent, "  ", Grouped(inputs), " inputs");
  for (const std::string& text : {StrCat(counted, LeftText(done, took)), counted, percent}) {
    const size_t beside = name.size() + 4 + text.size();
    if (beside + kBarMin > room) continue;
    const size_t width = std::min(kBarMax, room - beside);
    std::string bar(static_cast<size_t>(std::floor(done * static_cast<double>(width))), '#');
    bar.resize(width, '.');
    return StrCat(name, " [", bar, "] ", text);
  }
  const std::string line = StrCat(name, " ", percent);
  return line.size() <= room ? line : percent.substr(0, room);
}

}  // namespace cadenza::cli
