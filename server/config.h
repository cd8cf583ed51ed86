// Configuration: command line, environment (CADENZA_<FLAG>) and a file (--config) to one struct. The command line wins
// over the environment, and that over the file.
#ifndef CADENZA_SERVER_CONFIG_H_
#define CADENZA_SERVER_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/base/text.h"

namespace cadenza {

struct Config {
  // Listening
  std::string listen = "127.0.0.1:7233";
  std::string metrics_listen = "127.0.0.1:9464";  // empty = none
  std::string tls_cert;
  std::string tls_key;
  // Storage
  std::string store = "postgres";
  std::string database = "postgresql:///cadenza";
  std::string redis;  // empty = none
  int database_connections = 8;
  absl::Duration database_deadline = absl::Seconds(5);
  int event_retention_days = 90;
  bool unsafe_allow_non_durable_database = false;
  // Engine
  int lanes = 2;
  int batch_inputs = 500;
  int64_t hot_profiles = 50'000;
  int64_t hot_profile_bytes = 128 << 20;
  int64_t catalog_cache_bytes = 64 << 20;
  int64_t queue_inputs = 50'000;
  int64_t queue_bytes = 256 << 20;
  int64_t stream_inputs = 4000;
  absl::Duration session_gap = absl::Minutes(30);
  StringMap<absl::Duration> session_gaps;  // by workspace
  absl::Duration import_timer_wait = absl::Minutes(1);
  // Operating
  absl::Duration drain = absl::Seconds(20);
  std::string log_level = "info";
  bool log_json = false;
};

// What the command line asks for: a configuration to serve with, or (absent) that the program ends with `exit_code`:
// help was printed, or the error was.
struct ParsedConfig {
  std::optional<Config> config;
  int exit_code = 0;
};
ParsedConfig ParseConfig(int argc, char** argv);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONFIG_H_
