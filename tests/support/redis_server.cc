#include "tests/support/redis_server.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "storage/base/text.h"
#include "storage/redis/connection.h"

namespace cadenza::testing {
namespace {

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "RedisServer: %s\n", what.c_str());
  std::abort();
}

int FreePort() {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Die("no free port");
  }
  close(fd);
  return ntohs(address.sin_port);
}

redis::Deadline In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

std::unique_ptr<RedisServer> RedisServer::Create(const std::string& password) {
  std::string directory = (std::filesystem::temp_directory_path() / "cadenza-redis-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) Die("no temporary directory");
  std::unique_ptr<RedisServer> server(new RedisServer(directory, FreePort(), password));
  server->Start();
  return server;
}

RedisServer::RedisServer(std::string directory, int port, std::string password)
    : directory_(std::move(directory)), port_(port), password_(std::move(password)) {}

RedisServer::~RedisServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string RedisServer::url() const {
  std::string login;
  if (!password_.empty()) {
    login = ":";
    for (unsigned char c : password_) absl::StrAppendFormat(&login, "%%%02x", c);
    login += '@';
  }
  return StrCat("redis://", login, "127.0.0.1:", port_, "/0");
}

void RedisServer::Start() {
  if (pid_ > 0) return;
  std::string port = StrCat(port_);
  std::string socket_path = unix_path();
  std::vector<const char*> argv = {
      "redis-server", "--port",           port.c_str(), "--bind", "127.0.0.1",    "--unixsocket", socket_path.c_str(),
      "--dir",        directory_.c_str(), "--save",     "",       "--appendonly", "no",           "--daemonize",
      "no",           "--logfile",        "redis.log"};
  if (!password_.empty()) argv.insert(argv.end(), {"--requirepass", password_.c_str()});
  argv.push_back(nullptr);
  pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) Die("fork failed");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    execvp(argv[0], const_cast<char**>(argv.data()));
    _exit(127);
  }
  redis::Deadline limit = In(std::chrono::seconds(20));
  while (Run({"PING"}) != "PONG") {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) Die(StrCat("redis-server ended at once, status ", status));
    if (std::chrono::steady_clock::now() > limit) Die("redis-server did not answer within 20 s");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // another process: nothing to wait on
  }
}

void RedisServer::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Pause() {
  kill(pid_, SIGSTOP);
  // Returns when the process has stopped, not merely been told to.
  waitpid(pid_, nullptr, WUNTRACED);
}

void RedisServer::Resume() { kill(pid_, SIGCONT); }

void RedisServer::Flush() { Run({"FLUSHALL"}); }

std::string RedisServer::Run(const std::vector<std::string>& command) {
  absl::StatusOr<redis::Address> address = redis::Address::Parse(url());
  if (!address.ok()) Die(address.status().ToString());
  auto connection = redis::Connection::Open(*address, In(std::chrono::seconds(5)));
  if (!connection.ok()) return connection.status().ToString();
  auto replies = (*connection)->Exchange({command}, In(std::chrono::seconds(5)));
  if (!replies.ok()) return replies.status().ToString();
  const redisReply& reply = *replies->front();
  if (reply.type == REDIS_REPLY_INTEGER) return StrCat(reply.integer);
  return reply.str == nullptr ? "" : std::string(reply.str, reply.len);
}

}  // namespace cadenza::testing
