#include "server/config.h"

#include <CLI/CLI.hpp>

#include "storage/model/limits.h"

namespace cadenza {
namespace {

// "30m", "10s", "1h30m" in the form of absl::ParseDuration.
CLI::Option* AddDuration(CLI::App& app, const std::string& name, absl::Duration& value, const std::string& help) {
  CLI::callback_t set = [&value](const CLI::results_t& results) { return absl::ParseDuration(results.back(), &value); };
  return app.add_option(name, set, help)->type_name("DURATION")->default_str(absl::FormatDuration(value));
}

bool ValidGap(absl::Duration gap) { return gap >= limits::kSessionGapMin && gap <= limits::kSessionGapMax; }

// "workspace=30m"
bool ParseGaps(const CLI::results_t& results, StringMap<absl::Duration>& gaps) {
  for (const std::string& result : results) {
    const size_t equals = result.find('=');
    absl::Duration gap;
    if (equals == std::string::npos || !absl::ParseDuration(result.substr(equals + 1), &gap) || !ValidGap(gap)) {
      return false;
    }
    gaps[result.substr(0, equals)] = gap;
  }
  return true;
}

void AddListening(CLI::App& app, Config& c) {
  const std::string group = "Listening";
  app.add_option("--listen", c.listen, "gRPC: host:port (port 0: any free one), or unix:///path")->group(group);
  app.add_option("--metrics-listen", c.metrics_listen, "metrics for Prometheus, at /metrics: host:port; empty: none")
      ->group(group);
  app.add_option("--tls-cert", c.tls_cert, "PEM file with the certificate chain; empty: no TLS")->group(group);
  app.add_option("--tls-key", c.tls_key, "PEM file with its private key")->group(group);
}

void AddStorage(CLI::App& app, Config& c) {
  const std::string group = "Storage";
  app.add_option("--store", c.store, "postgres, or memory (nothing is durable)")
      ->check(CLI::IsMember({"postgres", "memory"}))
      ->group(group);
  app.add_option("--database", c.database, "PostgreSQL: a URI or key=value pairs; put the password in a .pgpass file")
      ->group(group);
  app.add_option("--database-connections", c.database_connections, "connections to PostgreSQL, at most")
      ->check(CLI::Range(3, 1000))
      ->group(group);
  AddDuration(app, "--database-deadline", c.database_deadline, "the longest that one call of PostgreSQL may take")
      ->group(group);
  app.add_option("--redis", c.redis, "cache: redis://[user:password@]host:port[/db] or unix:///path; empty: none")
      ->group(group);
  app.add_option("--event-retention-days", c.event_retention_days, "days that events are kept; 0: for ever")
      ->check(CLI::Range(0, 36500))
      ->group(group);
  app.add_flag(
         "--unsafe-allow-non-durable-database", c.unsafe_allow_non_durable_database,
         "serve although PostgreSQL runs with fsync, full_page_writes or synchronous_commit off: what was acked may "
         "then be lost")
      ->group(group);
}

void AddEngine(CLI::App& app, Config& c) {
  const std::string group = "Engine";
  app.add_option("--lanes", c.lanes, "threads that apply inputs and commit")->check(CLI::Range(1, 64))->group(group);
  app.add_option("--batch-inputs", c.batch_inputs, "inputs in one commit, at most")
      ->check(CLI::Range(1, 10'000))
      ->group(group);
  app.add_option("--hot-profiles", c.hot_profiles, "profiles kept decoded in memory, all lanes together, at most")
      ->check(CLI::Range(int64_t{64}, int64_t{100'000'000}))
      ->group(group);
  app.add_option("--hot-profile-bytes", c.hot_profile_bytes, "their encoded size in bytes, at most")
      ->check(CLI::Range(int64_t{1} << 20, int64_t{1} << 40))
      ->group(group);
  app.add_option("--catalog-cache-bytes", c.catalog_cache_bytes, "catalog items kept in memory, in bytes, at most")
      ->check(CLI::Range(int64_t{1} << 20, int64_t{1} << 40))
      ->group(group);
  app.add_option("--queue-inputs", c.queue_inputs, "inputs waiting for a commit, all streams together, at most")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->group(group);
  app.add_option("--queue-bytes", c.queue_bytes, "their size in bytes, at most")
      ->check(CLI::Range(int64_t{1} << 20, int64_t{1} << 40))
      ->group(group);
  app.add_option("--stream-inputs", c.stream_inputs, "inputs of one stream waiting for their ack, at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
      ->group(group);
  AddDuration(app, "--session-gap", c.session_gap, "silence that ends a session, 10s to 24h")->group(group);
  AddDuration(
      app, "--import-timer-wait", c.import_timer_wait,
      "what an import delays to a time that has passed is sent by the user's next input after that time, or when "
      "none has come for so long")
      ->group(group);
  CLI::callback_t set_gaps = [&c](const CLI::results_t& results) { return ParseGaps(results, c.session_gaps); };
  app.add_option("--session-gap-of", set_gaps, "the same for one workspace: WORKSPACE=DURATION; may be repeated")
      ->type_name("WORKSPACE=DURATION")
      ->expected(0, 1000)
      ->group(group);
}

void AddOperating(CLI::App& app, Config& c) {
  const std::string group = "Operating";
  AddDuration(app, "--drain", c.drain, "on SIGTERM, how long streams may take to finish, at most 25s")->group(group);
  app.add_option("--log-level", c.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->group(group);
  app.add_flag("--log-json", c.log_json, "log JSON objects, one a line")->group(group);
}

// CADENZA_DATABASE_DEADLINE for --database-deadline.
void NameEnvironment(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    std::string name = option->get_lnames().empty() ? "" : option->get_lnames().front();
    if (name.empty() || name == "help" || name == "version") continue;
    std::string variable = "CADENZA_";
    for (char c : name) variable += c == '-' ? '_' : static_cast<char>(toupper(c));
    option->envname(variable);
  }
}

void Check(const Config& c) {
  if (!ValidGap(c.session_gap)) throw CLI::ValidationError("--session-gap", "must be 10s to 24h");
  if (c.drain < absl::ZeroDuration() || c.drain > absl::Seconds(25)) {
    throw CLI::ValidationError("--drain", "must be 0s to 25s");
  }
  if (c.database_deadline < absl::Milliseconds(100) || c.database_deadline > absl::Minutes(1)) {
    throw CLI::ValidationError("--database-deadline", "must be 100ms to 1m");
  }
  if (c.database_connections < c.lanes + 2) {
    throw CLI::ValidationError("--database-connections", "must be at least --lanes plus 2");
  }
}

}  // namespace

ParsedConfig ParseConfig(int argc, char** argv) {
  Config config;
  CLI::App app(
      "cadenza-server: takes events in over gRPC, keeps profiles, decides by campaigns, delivers messages.\n\n"
      "Every flag may also stand in the environment (CADENZA_LISTEN for --listen) and in the file of --config\n"
      "(name=value lines, TOML). The command line wins over the environment, and that over the file.\n",
      "cadenza-server");
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", "cadenza-server 0.1.0");
  app.set_config("--config", "", "read flags from this file (TOML)");
  app.get_formatter()->column_width(36);
  AddListening(app, config);
  AddStorage(app, config);
  AddEngine(app, config);
  AddOperating(app, config);
  NameEnvironment(app);
  try {
    app.parse(argc, argv);
    Check(config);
  } catch (const CLI::ParseError& error) {
    return {.config = std::nullopt, .exit_code = app.exit(error)};
  }
  return {.config = std::move(config), .exit_code = 0};
}

}  // namespace cadenza
