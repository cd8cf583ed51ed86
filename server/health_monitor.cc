#include "server/health_monitor.h"

#include <utility>

#include "storage/base/clock.h"
#include "storage/base/log.h"

namespace cadenza {

constexpr absl::Duration kProbeInterval = absl::Seconds(1);
constexpr absl::Duration kMaintainInterval = absl::Minutes(10);

HealthMonitor::HealthMonitor(Store* store, Metrics* metrics, std::function<void(bool)> set_serving,
                             std::function<void()> tick)
    : store_(store), metrics_(metrics), set_serving_(std::move(set_serving)), tick_(std::move(tick)), thread_([this] {
        Run();
      }) {}

void HealthMonitor::Stop() {
  if (!stop_.HasBeenNotified()) stop_.Notify();
  if (thread_.joinable()) thread_.join();
}

void HealthMonitor::Run() {
  bool was_serving = false;
  absl::Time maintained = Clock::System().Now();  // the app did it at start
  do {
    const absl::Status probed = store_->Probe();
    if (probed.ok() != was_serving) {
      was_serving = probed.ok();
      if (was_serving) {
        log::Info("serving: commits succeed");
      } else {
        log::Error("not serving: no commit succeeds", {{"status", probed}});
      }
    }
    set_serving_(was_serving);
    metrics_->serving.Set(was_serving ? 1 : 0);
    tick_();
    if (was_serving && Clock::System().Now() - maintained > kMaintainInterval) {
      maintained = Clock::System().Now();
      if (absl::Status status = store_->Maintain(); !status.ok()) {
        log::Warn("the store's upkeep failed; it is tried again", {{"status", status}});
      }
    }
  } while (!stop_.WaitForNotificationWithTimeout(kProbeInterval));
}

}  // namespace cadenza
