// Health that tells the truth: a thread commits a heartbeat every second, and health says SERVING only while that
// succeeds. It also keeps the store's house: partitions ahead, retention.
#ifndef CADENZA_SERVER_HEALTH_MONITOR_H_
#define CADENZA_SERVER_HEALTH_MONITOR_H_

#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "storage/base/metrics.h"
#include "storage/store.h"

namespace cadenza {

// Owned by the app. `store`, `metrics` and what `tick` uses must outlive it.
class HealthMonitor {
 public:
  // `set_serving` and `tick` (gauges, and what else is done now and then) are called on the monitor's thread, once a
  // second.
  HealthMonitor(Store* store, Metrics* metrics, std::function<void(bool)> set_serving, std::function<void()> tick);
  ~HealthMonitor() { Stop(); }
  // Idempotent.
  void Stop();

 private:
  void Run();

  Store* const store_;
  Metrics* const metrics_;
  const std::function<void(bool)> set_serving_;
  const std::function<void()> tick_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_HEALTH_MONITOR_H_
