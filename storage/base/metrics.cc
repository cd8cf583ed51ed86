#include "storage/base/metrics.h"

#include <string>

namespace cadenza {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using Boundaries = prometheus::Histogram::BucketBoundaries;

prometheus::Counter& CounterOf(prometheus::Registry& registry, const std::string& name, const std::string& help,
                               const std::map<std::string, std::string>& labels = {}) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Gauge& GaugeOf(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram& HistogramOf(prometheus::Registry& registry, const std::string& name, const std::string& help,
                                   const Boundaries& boundaries) {
  return BuildHistogram().Name(name).Help(help).Register(registry).Add({}, boundaries);
}

Boundaries Seconds() { return {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}; }

constexpr char kInputs[] = "cadenza_inputs_total";
constexpr char kInputsHelp[] = "Settled inputs by result.";
constexpr char kCommits[] = "cadenza_commits_total";
constexpr char kCommitsHelp[] = "Commits by result.";
constexpr char kTimers[] = "cadenza_timers_total";
constexpr char kTimersHelp[] = "Attempts to fire a timer by result.";
constexpr char kLoads[] = "cadenza_profile_loads_total";
constexpr char kLoadsHelp[] = "Where the profiles of batches were found.";

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)),
      inputs_applied(CounterOf(*registry_, kInputs, kInputsHelp, {{"result", "applied"}})),
      inputs_duplicate(CounterOf(*registry_, kInputs, kInputsHelp, {{"result", "duplicate"}})),
      inputs_rejected(CounterOf(*registry_, kInputs, kInputsHelp, {{"result", "rejected"}})),
      batch_inputs(HistogramOf(*registry_, "cadenza_batch_inputs", "Inputs in a commit.",
                               {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
      commit_seconds(HistogramOf(*registry_, "cadenza_commit_seconds", "Duration of a commit.", Seconds())),
      commits_ok(CounterOf(*registry_, kCommits, kCommitsHelp, {{"result", "ok"}})),
      commits_unavailable(CounterOf(*registry_, kCommits, kCommitsHelp, {{"result", "unavailable"}})),
      commits_aborted(CounterOf(*registry_, kCommits, kCommitsHelp, {{"result", "aborted"}})),
      commits_unknown(CounterOf(*registry_, kCommits, kCommitsHelp, {{"result", "unknown"}})),
      commits_refused(CounterOf(*registry_, kCommits, kCommitsHelp, {{"result", "refused"}})),
      fence_conflicts(
          CounterOf(*registry_, "cadenza_fence_conflicts_total", "Users of a batch changed by another process.")),
      queue_inputs(GaugeOf(*registry_, "cadenza_queue_inputs", "Inputs admitted and not settled yet.")),
      queue_bytes(GaugeOf(*registry_, "cadenza_queue_bytes", "Bytes of inputs admitted and not settled yet.")),
      lag_seconds(HistogramOf(*registry_, "cadenza_lag_seconds", "From arrival to settlement of an input.", Seconds())),
      loads_hot(CounterOf(*registry_, kLoads, kLoadsHelp, {{"level", "hot"}})),
      loads_redis(CounterOf(*registry_, kLoads, kLoadsHelp, {{"level", "redis"}})),
      loads_store(CounterOf(*registry_, kLoads, kLoadsHelp, {{"level", "store"}})),
      messages(CounterOf(*registry_, "cadenza_messages_total", "Messages committed.")),
      rule_errors(CounterOf(*registry_, "cadenza_rule_errors_total", "Campaigns stopped by an error of their own.")),
      timers_due(GaugeOf(*registry_, "cadenza_timers_due", "Timers that are due and have not fired, up to 10,000.")),
      timers_parked(GaugeOf(*registry_, "cadenza_timers_parked", "Timers that failed too often, up to 10,000.")),
      timers_fired(CounterOf(*registry_, kTimers, kTimersHelp, {{"result", "fired"}})),
      timers_gone(CounterOf(*registry_, kTimers, kTimersHelp, {{"result", "gone"}})),
      timers_failed(CounterOf(*registry_, kTimers, kTimersHelp, {{"result", "failed"}})),
      timer_late_seconds(HistogramOf(*registry_, "cadenza_timer_late_seconds",
                                     "From when a timer was due to the commit of its effect.", Seconds())),
      launches(CounterOf(*registry_, "cadenza_launches_total", "Launches by schedules that were begun.")),
      launched_users(CounterOf(*registry_, "cadenza_launched_users_total", "Users launched by schedules.")),
      event_streams(GaugeOf(*registry_, "cadenza_event_streams", "Open event streams.")),
      subscribers(GaugeOf(*registry_, "cadenza_subscribers", "Open message streams.")),
      rule_set_revision(GaugeOf(*registry_, "cadenza_rule_set_revision", "Revision of the rule set in force.")),
      active_campaigns(GaugeOf(*registry_, "cadenza_active_campaigns", "Active campaigns, all workspaces.")),
      rules_left_out(GaugeOf(*registry_, "cadenza_rules_left_out", "Active rules that cannot be read or compiled.")),
      serving(GaugeOf(*registry_, "cadenza_serving", "1 while health says SERVING.")) {}

}  // namespace cadenza
