// What the parts of a run burn of the processors.
//
// How exact: server, Redis and generator are read from their process clocks (clock_getcpuclockid(3)): nanoseconds, all
// threads, ended ones too. PostgreSQL is the sum of the clocks of its postmaster and of the postmaster's living
// children, plus the time of children that have ended (cutime and cstime of proc(5), in ticks of 10 ms for their sum,
// not for each): over a measurement of seconds the error is below 10 ms once. What the kernel does for nobody in
// particular (write-back, network interrupts) is in none of them; it is in `machine`, which the kernel counts in ticks
// of 10 ms.
#ifndef CADENZA_CLIENTS_LOAD_CPU_METER_H_
#define CADENZA_CLIENTS_LOAD_CPU_METER_H_

#include <sys/types.h>

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza::load {

// Processor time since some moment, or between two samples.
struct CpuTimes {
  absl::Duration server;
  absl::Duration postgres;
  absl::Duration redis;
  absl::Duration generator;  // this process
  absl::Duration machine;    // busy time of all processors, whoever used it
  absl::Duration stolen;     // that a hypervisor gave to others: a run with much of it is worth little

  friend CpuTimes operator-(const CpuTimes& a, const CpuTimes& b) {
    return {.server = a.server - b.server,
            .postgres = a.postgres - b.postgres,
            .redis = a.redis - b.redis,
            .generator = a.generator - b.generator,
            .machine = a.machine - b.machine,
            .stolen = a.stolen - b.stolen};
  }
};

// Thread-safe: it has no state but whom to ask.
class CpuMeter {
 public:
  // Process ids; 0 or less = that part is not there, and stays zero.
  struct Parts {
    pid_t server = 0;
    pid_t postmaster = 0;
    pid_t redis = 0;
  };
  explicit CpuMeter(const Parts& parts) : parts_(parts) {}

  // Since each process began. NOT_FOUND if a part is gone.
  absl::StatusOr<CpuTimes> Sample() const;

 private:
  const Parts parts_;
};

// The first line of /proc/stat, of `text`: busy (user, nice, system, irq, softirq) and stolen time. For tests.
absl::StatusOr<CpuTimes> ParseMachineTimes(std::string_view text, int ticks_per_second);

// Of a /proc/PID/stat: its parent, and the time of its ended children that it has waited for. For tests.
struct ProcessStat {
  pid_t parent = 0;
  absl::Duration ended_children;
};
absl::StatusOr<ProcessStat> ParseProcessStat(std::string_view text, int ticks_per_second);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_CPU_METER_H_
