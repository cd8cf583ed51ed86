#include "clients/cli/pump.h"

#include <atomic>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "clients/cpp/builders.h"
#include "clients/cpp/producer.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr int64_t kToldOneByOne = 20;
constexpr absl::Duration kProgressPeriod = absl::Milliseconds(200);
constexpr absl::Duration kInterruptPatience = absl::Seconds(5);

void Tell(int64_t count, const std::string& what) {
  if (count > kToldOneByOne) return;
  std::fprintf(stderr, "%s%s\n", what.c_str(), count == kToldOneByOne ? " (further ones are only counted)" : "");
}

// One run; used by one thread, but for OnResult, which the producer calls.
class Run {
 public:
  Run(const Globals& globals, const client::ChannelOptions& channel, Mapping& mapping, const PumpOptions& options)
      : options_(options), mapping_(mapping), producer_(Producing(globals, channel)) {}

  PumpSummary Go() {
    std::string line;
    while (!Interrupted() && summary_.status.ok()) {
      const absl::StatusOr<bool> more = options_.next_line(&line);
      if (!more.ok()) summary_.status = more.status();
      if (!more.ok() || !*more) break;
      ++line_number_;
      if (line.find_first_not_of(" \t\r") != std::string::npos) Take(line);
    }
    Finish();
    return std::move(summary_);
  }

 private:
  client::ProducerOptions Producing(const Globals& globals, const client::ChannelOptions& channel) {
    client::ProducerOptions producing;
    producing.channel = channel;
    producing.workspace = globals.workspace;
    producing.mode = options_.mode;
    producing.on_result = [this](const v1::Input& input, const v1::InputResult& result) { OnResult(input, result); };
    return producing;
  }

  void Take(const std::string& line) {
    std::vector<v1::Input> inputs;
    if (const absl::Status bad = mapping_.Convert(line, &inputs); !bad.ok()) {
      Tell(++summary_.bad_lines, StrCat("line ", line_number_, ": ", Std(bad.message())));
      return;
    }
    for (v1::Input& input : inputs) {
      Pace();
      if (!SendOne(std::move(input))) return;
    }
  }

  // Whether to go on.
  bool SendOne(v1::Input input) {
    while (true) {
      ShowProgress();
      const absl::StatusOr<int64_t> seq = producer_.Send(input, absl::Now() + kProgressPeriod);
      if (seq.ok()) {
        ++sent_;
        return true;
      }
      if (absl::IsDeadlineExceeded(seq.status())) {
        if (Interrupted()) return false;
        continue;
      }
      if (absl::IsInvalidArgument(seq.status()) && producer_.status().ok()) {
        Tell(++summary_.bad_lines, StrCat("line ", line_number_, ": ", Std(seq.status().message())));
        return true;
      }
      summary_.status = seq.status();
      return false;
    }
  }

  void Pace() {
    if (options_.rate <= 0) return;
    const absl::Time due = begin_ + absl::Seconds(static_cast<double>(sent_) / options_.rate);
    while (!Interrupted() && absl::Now() < due) {
      ShowProgress();
      absl::SleepFor(std::min(due - absl::Now(), kProgressPeriod));
    }
  }

  void Finish() {
    summary_.interrupted = Interrupted();
    const absl::Time deadline = absl::Now() + (summary_.interrupted ? kInterruptPatience : options_.close_timeout);
    absl::Status flushed;
    do {
      ShowProgress();
      flushed = producer_.Flush(std::min(deadline, absl::Now() + kProgressPeriod));
    } while (absl::IsDeadlineExceeded(flushed) && absl::Now() < deadline);
    const absl::Status closed = producer_.Close(std::max(deadline, absl::Now() + absl::Seconds(1)));
    if (summary_.status.ok()) summary_.status = closed;
    const client::ProducerStats stats = producer_.stats();
    summary_.elapsed = absl::Now() - begin_;
    summary_.mapping = mapping_.counts();
    summary_.acked = stats.acked;
    summary_.duplicates = stats.duplicates;
    summary_.rejected = stats.rejected;
    summary_.reconnects = stats.reconnects;
    if (options_.on_progress) options_.on_progress(stats.acked, summary_.elapsed);
  }

  void ShowProgress() {
    if (!options_.on_progress || absl::Now() < next_progress_) return;
    next_progress_ = absl::Now() + kProgressPeriod;
    options_.on_progress(producer_.stats().acked, absl::Now() - begin_);
  }

  void OnResult(const v1::Input& input, const v1::InputResult& result) {
    if (!result.has_rejection()) return;
    const v1::Rejection& rejection = result.rejection();
    Tell(++told_rejections_,
         StrCat("event ", input.event_id(), " of ", client::Describe(input.user()),
                " was rejected: ", rejection.reason(), " ", rejection.field(), ": ", rejection.message()));
  }

  const PumpOptions& options_;
  Mapping& mapping_;
  PumpSummary summary_;
  const absl::Time begin_ = absl::Now();
  absl::Time next_progress_ = begin_;
  int64_t line_number_ = 0;
  int64_t sent_ = 0;
  int64_t told_rejections_ = 0;
  client::Producer producer_;
};

}  // namespace

PumpSummary Pump(const Globals& globals, const client::ChannelOptions& channel, Mapping& mapping,
                 const PumpOptions& options) {
  return Run(globals, channel, mapping, options).Go();
}

int Report(const Globals& globals, const PumpSummary& summary) {
  const double seconds = absl::ToDoubleSeconds(summary.elapsed);
  const double rate = seconds > 0 ? static_cast<double>(summary.acked) / seconds : 0;
  const MappingCounts& counts = summary.mapping;
  if (globals.json) {
    const nlohmann::ordered_json report = {
        {"lines", counts.lines},
        {"inputs", counts.inputs},
        {"acked", summary.acked},
        {"applied", summary.applied()},
        {"duplicates", summary.duplicates},
        {"rejected", summary.rejected},
        {"bad_lines", summary.bad_lines},
        {"lines_without_user", counts.without_user},
        {"lines_of_other_events", counts.other_events},
        {"negative_prices", counts.negative_prices},
        {"reconnects", summary.reconnects},
        {"seconds", seconds},
        {"inputs_per_second", rate},
    };
    std::printf("%s\n", report.dump().c_str());
  } else {
    std::printf("%lld lines, %lld inputs: %lld applied, %lld duplicates, %lld rejected, in %.2f s (%.0f inputs/s)\n",
                static_cast<long long>(counts.lines), static_cast<long long>(counts.inputs),
                static_cast<long long>(summary.applied()), static_cast<long long>(summary.duplicates),
                static_cast<long long>(summary.rejected), seconds, rate);
    const std::pair<int64_t, const char*> rest[] = {
        {counts.without_user, "lines skipped: no user"},
        {counts.other_events, "lines skipped: an event that the mapping does not name"},
        {counts.negative_prices, "purchases left out: a negative price"},
        {summary.bad_lines, "bad lines"},
        {summary.reconnects, "times connected again"},
    };
    for (const auto& [count, what] : rest) {
      if (count > 0) std::printf("  %lld %s\n", static_cast<long long>(count), what);
    }
  }
  std::fflush(stdout);
  if (summary.interrupted) return kInterrupted;
  if (!summary.status.ok()) return Fail(globals, summary.status);
  return summary.rejected + summary.bad_lines > 0 ? kRefused : kOk;
}

}  // namespace cadenza::cli
