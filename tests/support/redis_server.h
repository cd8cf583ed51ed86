// A redis-server of its own for a test: on a free port of the loopback interface, in a directory of its own, without
// persistence. It dies with the test process, however that ends.
#ifndef CADENZA_TESTS_SUPPORT_REDIS_SERVER_H_
#define CADENZA_TESTS_SUPPORT_REDIS_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace cadenza::testing {

// For one thread, but for Run and Flush; it must live as long as the server (the kernel ties the child's death to it).
// Aborts the test process if redis-server cannot be run.
class RedisServer {
 public:
  // Starts one; returns when it answers. `password`, if not empty, is demanded of clients.
  static std::unique_ptr<RedisServer> Create(const std::string& password = "");
  ~RedisServer();

  // The same port every time.
  void Start();
  void Stop();
  void Pause();  // SIGSTOP: accepts connections, never answers
  void Resume();
  void Flush();  // FLUSHALL

  int port() const { return port_; }
  // "redis://127.0.0.1:PORT/0", with the password if there is one.
  std::string url() const;
  std::string unix_path() const { return directory_ + "/redis.sock"; }

  // Runs one command and returns its reply as text ("" for nil); an error reply begins with "ERR " or its like.
  std::string Run(const std::vector<std::string>& command);

 private:
  RedisServer(std::string directory, int port, std::string password);

  const std::string directory_;
  const int port_;
  const std::string password_;
  pid_t pid_ = -1;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_REDIS_SERVER_H_
