#include "storage/base/clock.h"

#include "absl/time/clock.h"

namespace cadenza {
namespace {

class SystemClock final : public Clock {
 public:
  absl::Time Now() override { return absl::FromUnixMicros(absl::GetCurrentTimeNanos() / 1000); }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock* const clock = new SystemClock;
  return *clock;
}

}  // namespace cadenza
