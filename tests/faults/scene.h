// Servers over databases of their own for fault tests.
#ifndef CADENZA_TESTS_FAULTS_SCENE_H_
#define CADENZA_TESTS_FAULTS_SCENE_H_

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_process.h"

namespace cadenza::testing {

// How much slower the processes of this build are. The build says so (CMakeLists.txt), since this program itself is not
// instrumented.
#ifdef CADENZA_TEST_SANITIZED
inline constexpr int kSlowness = 4;
inline constexpr bool kSanitized = true;
#else
inline constexpr int kSlowness = 1;
inline constexpr bool kSanitized = false;
#endif

// Commits resume by themselves within 5 s of PostgreSQL's return.
inline constexpr absl::Duration kResumeLimit = absl::Seconds(5 * kSlowness);

inline std::unique_ptr<ServerProcess> StartServer(const std::string& database, std::vector<std::string> flags = {}) {
  std::vector<std::string> all = {"--database", database, "--log-level", "error"};
  all.insert(all.end(), flags.begin(), flags.end());
  auto server = ServerProcess::Start(std::move(all));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

inline std::string NewDatabase(PostgresServer& postgres = PostgresServer::Shared()) {
  auto database = postgres.CreateMigratedDatabase();
  EXPECT_TRUE(database.ok()) << database.status();
  return database.value_or("");
}

// What the process has in memory, in bytes.
inline int64_t ResidentBytes(const ServerProcess& server) {
  std::ifstream status(StrCat("/proc/", server.pid(), "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

// The value of a metric of the server, by the beginning of its line: "cadenza_commits_total{result=\"ok\"}". -1 if
// there is no such line.
inline double Metric(const ServerProcess& server, const std::string& line) {
  const std::string metrics = HttpGet(server.metrics_target(), "/metrics");
  const size_t at = metrics.find("\n" + line);
  return at == std::string::npos ? -1 : std::stod(metrics.substr(at + 1 + line.size()));
}

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_FAULTS_SCENE_H_
