#include "clients/load/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

constexpr char kProgramOfServer[] = "cadenza-server";

// The "HOST:PORT" that follows `words`; empty if they are not there.
std::string TargetAfter(std::string_view line, std::string_view words) {
  const size_t at = line.find(words);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = line.substr(at + words.size());
  return std::string(rest.substr(0, rest.find_first_of(", \r\n")));
}

std::string WhereLogged(const std::string& log_path) { return log_path.empty() ? "" : StrCat("; see ", log_path); }

// In the child, between fork and exec: only what signal-safety(7) allows. SIGTERM and SIGINT may be blocked in us.
[[noreturn]] void BecomeProgram(pid_t parent, int out, int log, char* const* argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(out, STDOUT_FILENO);
  if (log >= 0) dup2(log, STDERR_FILENO);
  // A Ctrl-C at the terminal is for us; we end our children.
  setpgid(0, 0);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

std::string ProgramPath(std::string_view name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / std::string(name)).string();
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

std::optional<Banner> ParseBanner(std::string_view line) {
  // "listening on" first: "metrics on" alone is no banner.
  Banner banner{.target = TargetAfter(line, "listening on "), .metrics_target = TargetAfter(line, ", metrics on ")};
  if (banner.target.find(':') == std::string::npos) return std::nullopt;
  return banner;
}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const std::string& name, const std::vector<std::string>& args,
                                                        const std::string& log_path, absl::Duration limit) {
  std::unique_ptr<Process> process(new Process());
  std::vector<std::string> argv = {ProgramPath(name)};
  argv.insert(argv.end(), args.begin(), args.end());
  CADENZA_RETURN_IF_ERROR(process->Launch(argv, log_path, limit));
  return process;
}

absl::StatusOr<std::unique_ptr<Process>> Process::StartServer(const std::vector<std::string>& flags,
                                                              const std::string& log_path, absl::Duration limit) {
  std::vector<std::string> args = {"--listen", "127.0.0.1:0", "--metrics-listen", StrCat("127.0.0.1:", FreePort())};
  args.insert(args.end(), flags.begin(), flags.end());
  return Start(kProgramOfServer, args, log_path, limit);
}

Process::~Process() {
  Kill();
  if (out_ >= 0) close(out_);
}

absl::Status Process::Launch(const std::vector<std::string>& argv, const std::string& log_path, absl::Duration limit) {
  std::vector<char*> pointers;
  for (const std::string& arg : argv) pointers.push_back(const_cast<char*>(arg.c_str()));
  pointers.push_back(nullptr);
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  int log = -1;
  if (!log_path.empty()) log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const absl::Time started = absl::Now();
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) BecomeProgram(parent, pipe_ends[1], log, pointers.data());
  const int fork_error = errno;
  close(pipe_ends[1]);
  if (log >= 0) close(log);
  out_ = pipe_ends[0];
  if (pid_ < 0) return absl::ErrnoToStatus(fork_error, "fork");
  const absl::Status status = AwaitBanner(started + limit);
  start_time_ = absl::Now() - started;
  if (status.ok()) return status;
  Kill();
  return absl::Status(status.code(), Sv(StrCat(argv[0], ": ", Std(status.message()), WhereLogged(log_path))));
}

absl::Status Process::AwaitBanner(absl::Time deadline) {
  std::string line;
  while (absl::Now() < deadline) {
    pollfd waiting{.fd = out_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    char c = 0;
    if (read(out_, &c, 1) <= 0) return absl::FailedPreconditionError("it ended before it served");
    if (c != '\n') {
      line += c;
      continue;
    }
    if (const std::optional<Banner> banner = ParseBanner(line); banner.has_value()) {
      banner_ = *banner;
      return absl::OkStatus();
    }
    line.clear();
  }
  return absl::DeadlineExceededError("it does not serve in time");
}

absl::Status Process::Stop(absl::Duration limit) {
  if (pid_ <= 0) return absl::OkStatus();
  kill(pid_, SIGTERM);
  const absl::Time deadline = absl::Now() + limit;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (absl::Now() > deadline) {
      Kill();
      return absl::DeadlineExceededError("the program did not end when asked, and was killed");
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(WIFSIGNALED(status) ? StrCat("the program ended by signal ", WTERMSIG(status))
                                                 : StrCat("the program ended with code ", WEXITSTATUS(status)));
}

void Process::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

absl::StatusOr<int64_t> ResidentBytes(pid_t pid) {
  std::ifstream status(StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmRSS:")) continue;
    const size_t first = std::min(line.find_first_of("0123456789"), line.size());
    const size_t last = std::min(line.find_first_not_of("0123456789", first), line.size());
    int64_t kibibytes = 0;
    if (absl::SimpleAtoi(line.substr(first, last - first), &kibibytes)) return kibibytes * 1024;
  }
  return absl::NotFoundError(StrCat("there is no process ", pid));
}

}  // namespace cadenza::load
