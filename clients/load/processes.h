// The programs of ours that the benchmark starts: cadenza-server, and itself as `cadenza-bench ack-server`.
#ifndef CADENZA_CLIENTS_LOAD_PROCESSES_H_
#define CADENZA_CLIENTS_LOAD_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza::load {

// A program's path: beside the running program (/proc/self/exe), whatever the working directory is.
std::string ProgramPath(std::string_view name);

// A port of 127.0.0.1 that was free a moment ago.
int FreePort();

// What a server says once it serves: "… listening on HOST:PORT[, metrics on HOST:PORT][, …]". Nothing for any other
// line.
struct Banner {
  std::string target;
  std::string metrics_target;  // empty if it names none
};
std::optional<Banner> ParseBanner(std::string_view line);

// One running program. Use from one thread, which must outlive it: the program is killed when that thread ends
// (PR_SET_PDEATHSIG), and when this is destroyed.
class Process {
 public:
  // Starts program `name` (see ProgramPath) and returns once it has printed its banner on standard output. What it
  // writes to standard error is appended to the file `log_path` (empty: goes to our own). FAILED_PRECONDITION if it
  // ends before, DEADLINE_EXCEEDED if `limit` passes; both say where its log is.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const std::string& name, const std::vector<std::string>& args,
                                                        const std::string& log_path = "",
                                                        absl::Duration limit = absl::Seconds(60));
  // cadenza-server on free ports of 127.0.0.1, with metrics, and `flags` beside.
  static absl::StatusOr<std::unique_ptr<Process>> StartServer(const std::vector<std::string>& flags,
                                                              const std::string& log_path = "",
                                                              absl::Duration limit = absl::Seconds(60));
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // "127.0.0.1:PORT"
  const std::string& target() const { return banner_.target; }
  const std::string& metrics_target() const { return banner_.metrics_target; }
  // -1 once it has ended.
  pid_t pid() const { return pid_; }
  // From its start to its banner.
  absl::Duration start_time() const { return start_time_; }

  // SIGTERM, and waits. INTERNAL if it ended with another code than 0; DEADLINE_EXCEEDED (and it was killed) after
  // `limit`.
  absl::Status Stop(absl::Duration limit = absl::Seconds(30));
  // SIGKILL, and waits. Does nothing if it has ended.
  void Kill();

 private:
  Process() = default;
  absl::Status Launch(const std::vector<std::string>& argv, const std::string& log_path, absl::Duration limit);
  absl::Status AwaitBanner(absl::Time deadline);

  Banner banner_;
  absl::Duration start_time_;
  pid_t pid_ = -1;
  int out_ = -1;  // its standard output; stays open, or a later line would kill it
};

// Resident memory of a process (VmRSS of proc(5)). NOT_FOUND if there is none.
absl::StatusOr<int64_t> ResidentBytes(pid_t pid);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_PROCESSES_H_
