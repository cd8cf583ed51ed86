// A gate between a client and a server of one machine: passes bytes until told to do harm.
#ifndef CADENZA_TESTS_FAULTS_TCP_GATE_H_
#define CADENZA_TESTS_FAULTS_TCP_GATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cadenza::testing {

// Thread-safe. One thread of its own carries all connections.
class TcpGate {
 public:
  // Listens on a free port of 127.0.0.1 and leads to `target_port`; null if it cannot.
  static std::unique_ptr<TcpGate> Open(int target_port);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  int port() const { return port_; }

  // Of the requests (pieces from the client) that hold `pattern`, every `nth` loses its reply: what the server answers
  // is swallowed, and the connection cut once something was. nth 0: none any more.
  void SwallowReplies(std::string pattern, int nth);
  int64_t swallowed() const;
  // Cuts all connections; new ones are let in.
  void Cut();
  // Bytes stay where they are, in both directions, and new connections get no answer.
  void Freeze(bool frozen);

 private:
  struct Link {
    int client = -1;
    int server = -1;
    bool swallowing = false;
    std::string tail;  // of what the client sent: a pattern may come in two pieces
  };
  TcpGate(int listener, int port, int target_port, int wake_read, int wake_write);

  void Run();
  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // False if the link is over.
  bool Carry(Link& link, bool from_client) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Watch(Link& link, const char* bytes, size_t size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Wake();

  const int listener_;
  const int port_;
  const int target_port_;
  const int wake_read_;
  const int wake_write_;

  mutable absl::Mutex mu_;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  bool frozen_ ABSL_GUARDED_BY(mu_) = false;
  std::string pattern_ ABSL_GUARDED_BY(mu_);
  int nth_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t matches_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t swallowed_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<Link> links_ ABSL_GUARDED_BY(mu_);

  std::thread thread_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_FAULTS_TCP_GATE_H_
