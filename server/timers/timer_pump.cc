#include "server/timers/timer_pump.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "server/timers/ledger.h"
#include "storage/base/log.h"
#include "storage/codec/timer_codec.h"

namespace cadenza {

constexpr int kCountMost = 10'000;

TimerPump::TimerPump(const Options& options, TimerStore* store, Clock* clock, Metrics* metrics, Push push)
    : options_(options),
      store_(store),
      clock_(clock),
      metrics_(metrics),
      push_(std::move(push)),
      ledger_(std::make_shared<Ledger>(options, clock, metrics)) {}

TimerPump::~TimerPump() { Stop(); }

void TimerPump::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "timers");
    Run();
  });
}

void TimerPump::Stop() {
  ledger_->Stop();
  if (!thread_.joinable()) return;
  thread_.join();
  if (absl::Status left = store_->Leave(); !left.ok()) {
    log::Warn("the others find out by themselves that this process fires no timers", {{"status", left}});
  }
}

void TimerPump::Notify(absl::Time due) { ledger_->Notify(due); }

void TimerPump::Run() {
  while (ledger_->AwaitWork(options_.poll_interval)) Step();
}

void TimerPump::Step() {
  const absl::Time now = clock_->Now();
  RecordFailures(now);
  if (ledger_->MayLook(now)) {
    // Before the look, so that nothing that is notified meanwhile is forgotten.
    ledger_->LookAt(now + options_.poll_interval);
    ledger_->Notify(std::max(Look(now), now + options_.spacing));
  }
  if (now >= next_count_) CountNow(now);
}

void TimerPump::RecordFailures(absl::Time now) {
  auto failed = ledger_->TakeFailures(now);
  if (failed.empty()) return;
  std::vector<TimerFailure> failures;
  for (const auto& [position, failure] : failed) failures.push_back(failure);
  if (absl::Status recorded = store_->RecordFailures(failures); !recorded.ok()) {
    log::Warn("failures of timers could not be recorded; they are kept", {{"status", recorded}});
    ledger_->GiveBack(std::move(failed), now + options_.poll_interval);
    return;
  }
  for (const TimerFailure& failure : failures) {
    // Without the text, which may hold what is known of the user.
    if (failure.parked) log::Error("a timer is parked: it failed too often", {{"attempts", failure.attempts}});
  }
  ledger_->Recorded(failed);
}

absl::Time TimerPump::Look(absl::Time now) {
  absl::StatusOr<DueTimers> due =
      store_->FindDue({.now = now, .limit = options_.in_flight_max, .bytes_max = options_.look_bytes});
  if (!due.ok()) {
    log::Warn("due timers could not be looked for; they wait", {{"status", due.status()}});
    return now + options_.poll_interval;
  }
  const absl::Time next = due->more ? now : due->next_due;
  PushDue(std::move(due->timers), clock_->Now());
  return next;
}

void TimerPump::PushDue(std::vector<Timer> timers, absl::Time now) {
  std::vector<WorkItem> items;
  for (const Timer& timer : timers) {
    int64_t position = 0;
    if (!ledger_->Open(timer, &position)) continue;
    absl::StatusOr<Input> input = FiredInput(timer, now);
    if (!input.ok()) {
      ledger_->Fail(position, input.status());
      continue;
    }
    if (input->import) ledger_->Untimed(position);
    WorkItem& item = items.emplace_back();
    item.input = *std::move(input);
    item.target = timer.user;
    item.settlement = ledger_;
    item.position = position;
  }
  if (!items.empty()) push_(std::move(items));
}

void TimerPump::CountNow(absl::Time now) {
  next_count_ = now + options_.count_interval;
  const absl::StatusOr<TimerCounts> counts = store_->Count(now, kCountMost);
  if (!counts.ok()) return;
  metrics_->timers_due.Set(static_cast<double>(counts->due));
  metrics_->timers_parked.Set(static_cast<double>(counts->parked));
}

}  // namespace cadenza
