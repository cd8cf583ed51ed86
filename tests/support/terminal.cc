#include "tests/support/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

constexpr int kLookMillis = 100;

// The program's side: it leads a session whose terminal is `name`.
[[noreturn]] void RunOn(const char* name, char* const* argv, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || setsid() < 0) _exit(127);
  const int fd = open(name, O_RDWR);
  if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0) _exit(127);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (dup2(fd, standard) < 0) _exit(127);
  }
  if (fd > STDERR_FILENO) close(fd);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Terminal>> Terminal::Start(const std::vector<std::string>& args, TerminalSize size) {
  std::vector<char*> argv;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  std::unique_ptr<Terminal> terminal(new Terminal());
  char name[128];
  terminal->fd_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal->fd_ < 0 || grantpt(terminal->fd_) != 0 || unlockpt(terminal->fd_) != 0 ||
      ptsname_r(terminal->fd_, name, sizeof(name)) != 0) {
    return absl::InternalError("there is no pseudo-terminal to be had");
  }
  const winsize window = {.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (ioctl(terminal->fd_, TIOCSWINSZ, &window) != 0) {
    return absl::InternalError("the pseudo-terminal takes no size");
  }
  const pid_t parent = getpid();
  terminal->pid_ = fork();
  if (terminal->pid_ == 0) RunOn(name, argv.data(), parent);
  if (terminal->pid_ < 0) return absl::InternalError("fork failed");
  return terminal;
}

Terminal::~Terminal() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (fd_ >= 0) close(fd_);
}

Terminal::Got Terminal::Read(absl::Time deadline) {
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (left <= 0) return Got::kNothing;
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  const int ready = poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, kLookMillis)));
  if (ready == 0 || (ready < 0 && errno == EINTR)) return Got::kSome;
  char buffer[4096];
  const ssize_t n = read(fd_, buffer, sizeof(buffer));
  // EIO: nobody holds the other side open any more.
  if (n <= 0) return errno == EINTR ? Got::kSome : Got::kEnd;
  seen_.append(buffer, static_cast<size_t>(n));
  return Got::kSome;
}

absl::Status Terminal::Await(std::string_view text, absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  while (true) {
    const size_t found = seen_.find(text, awaited_);
    if (found != std::string::npos) {
      awaited_ = found + text.size();
      return absl::OkStatus();
    }
    const std::string instead = StrCat("no \"", text, "\" in: ", seen_.substr(awaited_));
    const Got got = Read(deadline);
    if (got == Got::kNothing) return absl::DeadlineExceededError(instead);
    if (got == Got::kEnd) return absl::OutOfRangeError(StrCat("the program has ended; ", instead));
  }
}

absl::Status Terminal::Type(std::string_view keys) {
  while (!keys.empty()) {
    const ssize_t n = write(fd_, keys.data(), keys.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::FailedPreconditionError("nobody reads the terminal");
    keys.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Terminal::End(absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  for (Got got = Got::kSome; got != Got::kEnd;) {
    got = Read(deadline);
    if (got == Got::kNothing) return absl::DeadlineExceededError(StrCat("the program still runs: ", seen_));
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace cadenza::testing
