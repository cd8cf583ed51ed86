// A private PostgreSQL for tests: a cluster of its own in a temporary folder, reached by a Unix socket (and by TCP, if
// asked), never a system one.
//
// It ends with the test: when it is destroyed, and also when the thread that started it dies (PR_SET_PDEATHSIG), so
// start it from the main thread. The folder of a test that was killed is removed by the next one. Run as root, the
// server runs as the user `postgres`.
#ifndef CADENZA_TESTS_SUPPORT_POSTGRES_SERVER_H_
#define CADENZA_TESTS_SUPPORT_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::testing {

// For one thread at a time, but for CreateDatabase and ConnectionString.
class PostgresServer {
 public:
  struct Options {
    bool tcp = false;                   // listen on a free port of 127.0.0.1 too
    std::vector<std::string> settings;  // "fsync=off"
  };
  enum class StopMode { kFast, kImmediate };

  // A running server. NOT_FOUND if PostgreSQL is not installed (/usr/lib/postgresql/*/bin).
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Create(Options options);
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Create() { return Create(Options()); }
  // The one of this test program, started at its first use; ends the program if it cannot be. Do not stop or pause it.
  static PostgresServer& Shared();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // As libpq has it, for the Unix socket.
  std::string ConnectionString(const std::string& database = "postgres") const;
  // For TCP. REQUIRES: Options::tcp.
  std::string TcpConnectionString(const std::string& database = "postgres") const;
  int port() const { return port_; }
  // A new, empty database; its name.
  absl::StatusOr<std::string> CreateDatabase();
  // A new database with the embedded migrations; its connection string.
  absl::StatusOr<std::string> CreateMigratedDatabase();

  // Returns once it has ended. kImmediate is like a crash: no checkpoint, clients are cut off.
  absl::Status Stop(StopMode mode);
  // Again, after Stop, on the same data. Returns once it answers.
  absl::Status Start();
  // SIGSTOP and SIGCONT for the postmaster and all its children.
  void Pause();
  void Resume();

 private:
  PostgresServer() = default;
  absl::Status Initialize();
  absl::Status WaitUntilReady();
  bool HasEnded();

  Options options_;
  std::string bin_;     // folder of the programs
  std::string folder_;  // holds data/, the socket and log
  int port_ = 5432;
  pid_t pid_ = -1;  // the postmaster; -1 = not running
  std::atomic<int> databases_{0};
};

// Runs SQL (several statements are fine) over a connection of its own; the first column of the last answer's first row,
// "" if there is none.
absl::StatusOr<std::string> RunSql(const std::string& connection_string, const std::string& sql);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_POSTGRES_SERVER_H_
