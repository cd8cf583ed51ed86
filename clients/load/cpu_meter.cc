#include "clients/load/cpu_meter.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

int TicksPerSecond() {
  static const int ticks = static_cast<int>(sysconf(_SC_CLK_TCK));
  return ticks;
}

absl::Duration Ticks(int64_t count, int ticks_per_second) { return absl::Seconds(1) * count / ticks_per_second; }

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<int64_t> Numbers(std::string_view text) {
  std::vector<int64_t> numbers;
  std::istringstream in{std::string(text)};
  for (int64_t number; in >> number;) numbers.push_back(number);
  return numbers;
}

absl::StatusOr<absl::Duration> ClockOf(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return absl::NotFoundError(StrCat("there is no process ", pid));
  return absl::DurationFromTimespec(time);
}

absl::StatusOr<absl::Duration> ClockOfPart(pid_t pid) {
  if (pid <= 0) return absl::ZeroDuration();
  return ClockOf(pid);
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), &closedir);
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder.get())) {
    int pid = 0;
    if (absl::SimpleAtoi(entry->d_name, &pid)) found.push_back(pid);
  }
  return found;
}

absl::StatusOr<absl::Duration> EndedChildrenOf(pid_t pid) {
  const std::string text = ReadAll(StrCat("/proc/", pid, "/stat"));
  if (text.empty()) return absl::NotFoundError(StrCat("there is no process ", pid));
  CADENZA_ASSIGN_OR_RETURN(const ProcessStat stat, ParseProcessStat(text, TicksPerSecond()));
  return stat.ended_children;
}

// A process and its children. A child that ends while this looks would be counted twice or never, so it looks again.
absl::StatusOr<absl::Duration> FamilyTime(pid_t postmaster) {
  if (postmaster <= 0) return absl::ZeroDuration();
  constexpr int kTries = 5;
  absl::Duration total;
  for (int i = 0; i < kTries; ++i) {
    CADENZA_ASSIGN_OR_RETURN(const absl::Duration ended, EndedChildrenOf(postmaster));
    CADENZA_ASSIGN_OR_RETURN(total, ClockOf(postmaster));
    total += ended;
    for (const pid_t pid : AllProcesses()) {
      const auto stat = ParseProcessStat(ReadAll(StrCat("/proc/", pid, "/stat")), TicksPerSecond());
      if (stat.ok() && stat->parent == postmaster) total += ClockOf(pid).value_or(absl::ZeroDuration());
    }
    CADENZA_ASSIGN_OR_RETURN(const absl::Duration ended_since, EndedChildrenOf(postmaster));
    if (ended_since == ended) break;
  }
  return total;
}

}  // namespace

absl::StatusOr<CpuTimes> ParseMachineTimes(std::string_view text, int ticks_per_second) {
  // user nice system idle iowait irq softirq steal guest guest_nice; the guests are in user and nice already (proc(5)).
  constexpr std::string_view kName = "cpu ";
  if (!text.starts_with(kName)) return absl::InvalidArgumentError("this is no /proc/stat");
  const std::vector<int64_t> ticks = Numbers(text.substr(kName.size(), text.find('\n') - kName.size()));
  if (ticks.size() < 8) return absl::InvalidArgumentError("this /proc/stat is too short");
  CpuTimes times;
  times.machine = Ticks(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6], ticks_per_second);
  times.stolen = Ticks(ticks[7], ticks_per_second);
  return times;
}

absl::StatusOr<ProcessStat> ParseProcessStat(std::string_view text, int ticks_per_second) {
  // "pid (name) state ppid …": a name may hold anything, so the fields are counted from its last ')'. The numbers from
  // ppid, field 4, on: cutime is field 16, cstime 17.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || text.size() < name_end + 4)
    return absl::InvalidArgumentError("this is no /proc/PID/stat");
  const std::vector<int64_t> fields = Numbers(text.substr(name_end + 4));
  if (fields.size() < 14) return absl::InvalidArgumentError("this /proc/PID/stat is too short");
  return ProcessStat{.parent = static_cast<pid_t>(fields[0]),
                     .ended_children = Ticks(fields[12] + fields[13], ticks_per_second)};
}

absl::StatusOr<CpuTimes> CpuMeter::Sample() const {
  CADENZA_ASSIGN_OR_RETURN(CpuTimes times, ParseMachineTimes(ReadAll("/proc/stat"), TicksPerSecond()));
  CADENZA_ASSIGN_OR_RETURN(times.server, ClockOfPart(parts_.server));
  CADENZA_ASSIGN_OR_RETURN(times.redis, ClockOfPart(parts_.redis));
  CADENZA_ASSIGN_OR_RETURN(times.generator, ClockOf(getpid()));
  CADENZA_ASSIGN_OR_RETURN(times.postgres, FamilyTime(parts_.postmaster));
  return times;
}

}  // namespace cadenza::load
