// The metrics of one server process, for Prometheus. Every metric is named here, so this page is also their list.
//
// Thread-safe: all members may be used from any thread. One object for the life of the process (or of a test).
#ifndef CADENZA_STORAGE_BASE_METRICS_H_
#define CADENZA_STORAGE_BASE_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>

namespace cadenza {

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // What an exposer scrapes.
  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;

 public:
  // cadenza_inputs_total{result="applied|duplicate|rejected"}: settled inputs.
  prometheus::Counter& inputs_applied;
  prometheus::Counter& inputs_duplicate;
  prometheus::Counter& inputs_rejected;
  // cadenza_batch_inputs: inputs in a commit.
  prometheus::Histogram& batch_inputs;
  // cadenza_commit_seconds: one commit, as the lane sees it.
  prometheus::Histogram& commit_seconds;
  // cadenza_commits_total{result="ok|unavailable|aborted|unknown|refused"}.
  prometheus::Counter& commits_ok;
  prometheus::Counter& commits_unavailable;
  prometheus::Counter& commits_aborted;
  prometheus::Counter& commits_unknown;
  prometheus::Counter& commits_refused;
  // cadenza_fence_conflicts_total: users of a batch who had been changed by another process.
  prometheus::Counter& fence_conflicts;
  // cadenza_queue_inputs, cadenza_queue_bytes: admitted and not settled yet.
  prometheus::Gauge& queue_inputs;
  prometheus::Gauge& queue_bytes;
  // cadenza_lag_seconds: from an input's arrival to its settlement.
  prometheus::Histogram& lag_seconds;
  // cadenza_profile_loads_total{level="hot|redis|store"}: where the profile of a batch's user was found.
  prometheus::Counter& loads_hot;
  prometheus::Counter& loads_redis;
  prometheus::Counter& loads_store;
  // cadenza_messages_total: messages committed.
  prometheus::Counter& messages;
  // cadenza_rule_errors_total: campaigns stopped by an error of their condition or template.
  prometheus::Counter& rule_errors;
  // cadenza_timers_due, cadenza_timers_parked: in the store, of all workspaces, each up to 10,000; looked at every few
  // seconds.
  prometheus::Gauge& timers_due;
  prometheus::Gauge& timers_parked;
  // cadenza_timers_total{result="fired|gone|failed"}: attempts by this process, those included that an input found due
  // and put before itself. Gone: cancelled, replaced or fired by another process meanwhile.
  prometheus::Counter& timers_fired;
  prometheus::Counter& timers_gone;
  prometheus::Counter& timers_failed;
  // cadenza_timer_late_seconds: from the time at which a timer was due to the commit of its effect.
  prometheus::Histogram& timer_late_seconds;
  // cadenza_launches_total, cadenza_launched_users_total: launches by schedules begun by this process, and the users
  // that it launched (one that was launched already counts again).
  prometheus::Counter& launches;
  prometheus::Counter& launched_users;
  // cadenza_event_streams, cadenza_subscribers: open streams.
  prometheus::Gauge& event_streams;
  prometheus::Gauge& subscribers;
  // cadenza_rule_set_revision, cadenza_active_campaigns.
  prometheus::Gauge& rule_set_revision;
  prometheus::Gauge& active_campaigns;
  // cadenza_rules_left_out: active rules that are stored damaged or do not compile, and so are not in force.
  prometheus::Gauge& rules_left_out;
  // cadenza_serving: 1 while health says SERVING.
  prometheus::Gauge& serving;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_METRICS_H_
