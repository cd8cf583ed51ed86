#include "clients/cli/backtest/progress_line.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "clients/cli/backtest/report_text.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

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
  // The bar's width depends on the terminal alone, so that it only grows.
  const std::string counted = StrCat(percent, "  ", Grouped(inputs), " inputs");
  const std::string timed = StrCat(counted, LeftText(done, took));
  struct Form {
    int columns_min;
    size_t width;
    const std::string* text;
  };
  for (const Form& form : {Form{80, 30, &timed}, Form{56, 16, &counted}, Form{30, 10, &percent}}) {
    if (columns < form.columns_min || name.size() + 4 + form.width + form.text->size() > room) continue;
    std::string bar(static_cast<size_t>(std::floor(done * static_cast<double>(form.width))), '#');
    bar.resize(form.width, '.');
    return StrCat(name, " [", bar, "] ", *form.text);
  }
  const std::string line = StrCat(name, " ", percent);
  return line.size() <= room ? line : percent.substr(0, room);
}

}  // namespace cadenza::cli
