// A cadenza-server as a process of its own, on free ports: what integration and fault tests talk to.
#ifndef CADENZA_TESTS_SUPPORT_SERVER_PROCESS_H_
#define CADENZA_TESTS_SUPPORT_SERVER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza::testing {

// Use from one thread, which must live as long as the process (it dies with that thread). The program is
// $CADENZA_BIN/cadenza-server.
class ServerProcess {
 public:
  // Started with `flags`; returns once it has printed its line. Its log goes to this test's standard error.
  // `environment`: "NAME=value", besides this program's own.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(std::vector<std::string> flags,
                                                              std::vector<std::string> environment = {});
  ~ServerProcess();  // kill -9, if it still runs

  // "127.0.0.1:PORT", the same after Restart.
  const std::string& target() const { return target_; }
  const std::string& metrics_target() const { return metrics_target_; }
  // For /proc; -1 if it does not run.
  pid_t pid() const { return pid_; }
  // The line that it printed when it was ready.
  const std::string& banner() const { return banner_; }

  void Kill();  // kill -9; returns when it is gone
  // SIGTERM; the exit code, or DEADLINE_EXCEEDED.
  absl::StatusOr<int> Terminate(absl::Duration limit);
  // After Kill or Terminate: again, on the same ports.
  absl::Status Restart();

 private:
  ServerProcess() = default;
  absl::Status Run();

  std::vector<std::string> flags_;
  std::vector<std::string> environment_;
  std::string target_;
  std::string metrics_target_;
  std::string banner_;
  pid_t pid_ = -1;
};

// Runs a program to its end: its exit code (128 + signal, if one killed it) and what it printed.
struct Finished {
  int exit_code = 0;
  std::string out;
  std::string err;
};
Finished RunProgram(const std::vector<std::string>& argv, const std::string& input = "");

// The path of one of our programs.
std::string ProgramPath(const std::string& name);

// A port of 127.0.0.1 that was free a moment ago.
int FreePort();

// A text over HTTP/1.0 from host:port, without the headers; empty if there is no answer.
std::string HttpGet(const std::string& host_and_port, const std::string& path);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_SERVER_PROCESS_H_
