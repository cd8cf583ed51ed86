#include "tests/support/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(60);

std::vector<char*> Argv(const std::vector<std::string>& args) {
  std::vector<char*> argv;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  return argv;
}

// One line from `fd`, or what came until it was closed or `limit` passed.
std::string ReadLine(int fd, absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  std::string line;
  char c = 0;
  while (absl::Now() < deadline) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    if (read(fd, &c, 1) <= 0 || c == '\n') break;
    line += c;
  }
  return line;
}

int ExitCode(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

std::string ProgramPath(const std::string& name) {
  const char* bin = std::getenv("CADENZA_BIN");
  return StrCat(bin == nullptr ? "build/bin" : bin, "/", name);
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

std::string HttpGet(const std::string& host_and_port, const std::string& path) {
  const size_t colon = host_and_port.rfind(':');
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, host_and_port.substr(0, colon).c_str(), &address.sin_addr);
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(host_and_port.c_str() + colon + 1)));
  std::string text;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = StrCat("GET ", path, " HTTP/1.0\r\n\r\n");
    if (write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
      char buffer[4096];
      for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
    }
  }
  close(fd);
  const size_t body = text.find("\r\n\r\n");
  return body == std::string::npos ? "" : text.substr(body + 4);
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(std::vector<std::string> flags,
                                                                    std::vector<std::string> environment) {
  std::unique_ptr<ServerProcess> server(new ServerProcess());
  server->flags_ = std::move(flags);
  server->environment_ = std::move(environment);
  server->target_ = StrCat("127.0.0.1:", FreePort());
  server->metrics_target_ = StrCat("127.0.0.1:", FreePort());
  CADENZA_RETURN_IF_ERROR(server->Run());
  return server;
}

ServerProcess::~ServerProcess() { Kill(); }

absl::Status ServerProcess::Run() {
  std::vector<std::string> args = {ProgramPath("cadenza-server"), "--listen", target_, "--metrics-listen",
                                   metrics_target_};
  args.insert(args.end(), flags_.begin(), flags_.end());
  std::vector<char*> argv = Argv(args);
  std::vector<std::string> variables = environment_;  // of one name, the first counts
  for (char** own = environ; *own != nullptr; ++own) variables.emplace_back(*own);
  std::vector<char*> envp = Argv(variables);
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) return absl::InternalError("pipe failed");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(out[1], STDOUT_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(out[1]);
  banner_ = ReadLine(out[0], kStartLimit);
  close(out[0]);
  if (banner_.find("listening on") != std::string::npos) return absl::OkStatus();
  Kill();
  return absl::FailedPreconditionError(StrCat("the server did not start: ", banner_));
}

void ServerProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

absl::StatusOr<int> ServerProcess::Terminate(absl::Duration limit) {
  kill(pid_, SIGTERM);
  const absl::Time deadline = absl::Now() + limit;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (absl::Now() > deadline) return absl::DeadlineExceededError("the server is still running");
    absl::SleepFor(absl::Milliseconds(10));
  }
  pid_ = -1;
  return ExitCode(status);
}

absl::Status ServerProcess::Restart() { return Run(); }

Finished RunProgram(const std::vector<std::string>& args, const std::string& input) {
  std::vector<char*> argv = Argv(args);
  int in[2];
  int out[2];
  int err[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
    return {.exit_code = 127, .out = "", .err = "pipe"};
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  signal(SIGPIPE, SIG_IGN);
  for (size_t sent = 0; sent < input.size();) {
    const ssize_t n = write(in[1], input.data() + sent, input.size() - sent);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  close(in[1]);
  Finished finished;
  pollfd open[2] = {{.fd = out[0], .events = POLLIN, .revents = 0}, {.fd = err[0], .events = POLLIN, .revents = 0}};
  std::string* texts[2] = {&finished.out, &finished.err};
  for (int left = 2; left > 0;) {
    poll(open, 2, -1);
    for (int i = 0; i < 2; ++i) {
      if (open[i].fd < 0 || open[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t n = read(open[i].fd, buffer, sizeof(buffer));
      if (n > 0) {
        texts[i]->append(buffer, n);
      } else {
        close(open[i].fd);
        open[i].fd = -1;
        --left;
      }
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  finished.exit_code = ExitCode(status);
  return finished;
}

}  // namespace cadenza::testing
