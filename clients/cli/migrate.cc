#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "clients/cli/command.h"
#include "storage/base/status_macros.h"
#include "storage/postgres/migrator.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza migrate up --database postgresql://cadenza@db/cadenza
  cadenza migrate status --json
  cadenza migrate verify --files migrations
  cadenza migrate down --steps 1 --yes

The migrations are compiled into this program. Each runs in one transaction; two migrators never interleave.
Exit codes: 4 the database cannot be reached; 6 the schema and the migrations do not fit together.)";

struct Flags {
  std::string database;
  std::string files;
  int to = 0;
  int steps = 1;
  bool yes = false;
};

using Body = absl::StatusOr<int> (*)(const Globals&, const Flags&, postgres::Migrator&);

int Report(const Globals& globals, const std::vector<postgres::MigrationStep>& steps, const char* word) {
  for (const postgres::MigrationStep& step : steps) {
    const double ms = absl::ToDoubleMilliseconds(step.took);
    if (globals.json) {
      const nlohmann::ordered_json line = {
          {"version", step.version}, {"name", step.name}, {"done", word}, {"milliseconds", ms}};
      std::printf("%s\n", line.dump().c_str());
    } else {
      std::printf("%s %04d_%s in %.0f ms\n", word, step.version, step.name.c_str(), ms);
    }
  }
  if (steps.empty() && !globals.json) std::printf("nothing to do\n");
  return kOk;
}

absl::StatusOr<int> Up(const Globals& globals, const Flags& flags, postgres::Migrator& migrator) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<postgres::MigrationStep> steps,
                           migrator.Up(flags.to > 0 ? std::optional<int>(flags.to) : std::nullopt));
  return Report(globals, steps, "applied");
}

absl::StatusOr<int> Down(const Globals& globals, const Flags& flags, postgres::Migrator& migrator) {
  if (!flags.yes) {
    return absl::InvalidArgumentError(
        "undoing a migration destroys the data in what it made; say --yes if that is meant");
  }
  CADENZA_ASSIGN_OR_RETURN(const std::vector<postgres::MigrationStep> steps, migrator.Down(flags.steps));
  return Report(globals, steps, "undone");
}

absl::StatusOr<int> Status(const Globals& globals, const Flags&, postgres::Migrator& migrator) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<postgres::MigrationState> states, migrator.Status());
  for (const postgres::MigrationState& state : states) {
    const std::string kind(postgres::KindName(state.kind));
    const bool applied = state.applied_time != absl::InfinitePast();
    const std::string time =
        applied ? absl::FormatTime(absl::RFC3339_sec, state.applied_time, absl::UTCTimeZone()) : "";
    if (globals.json) {
      nlohmann::ordered_json line = {{"version", state.version}, {"name", state.name}, {"state", kind}};
      if (applied) line["applied_time"] = time;
      std::printf("%s\n", line.dump().c_str());
    } else {
      std::printf("%04d_%-32s %-8s %s\n", state.version, state.name.c_str(), kind.c_str(), time.c_str());
    }
  }
  return kOk;
}

absl::StatusOr<int> Verify(const Globals& globals, const Flags&, postgres::Migrator& migrator) {
  CADENZA_RETURN_IF_ERROR(migrator.Verify());
  std::printf("%s\n", globals.json ? R"({"verified":true})" : "every applied migration is the one in the files");
  return kOk;
}

int Run(const Globals& globals, const Flags& flags, Body body) {
  absl::StatusOr<std::vector<postgres::Migration>> migrations =
      flags.files.empty() ? postgres::EmbeddedMigrations() : postgres::ReadMigrations(flags.files);
  if (!migrations.ok()) return Fail(globals, migrations.status());
  postgres::Migrator migrator(flags.database, *std::move(migrations));
  const absl::StatusOr<int> code = body(globals, flags, migrator);
  return code.ok() ? *code : Fail(globals, code.status());
}

CLI::App* AddOne(CLI::App& migrate, const Globals& globals, Action& action, const std::shared_ptr<Flags>& flags,
                 const char* name, const char* help, Body body) {
  CLI::App* command = migrate.add_subcommand(name, help);
  command->callback(
      [&globals, &action, flags, body] { action = [&globals, flags, body] { return Run(globals, *flags, body); }; });
  return command;
}

}  // namespace

void AddMigrate(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* migrate = app.add_subcommand("migrate", "Brings a PostgreSQL database to this program's schema");
  migrate->require_subcommand(1);
  migrate->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  migrate->add_option("--database", flags->database, "libpq connection string or URL")
      ->envname("CADENZA_DATABASE")
      ->required();
  migrate->add_option("--files", flags->files, "a folder of migrations, instead of those compiled in");
  CLI::App* up = AddOne(*migrate, globals, action, flags, "up", "Runs what is pending", Up);
  up->add_option("--to", flags->to, "up to and with this version")->check(CLI::PositiveNumber);
  CLI::App* down = AddOne(*migrate, globals, action, flags, "down", "Undoes the newest; data goes with it", Down);
  down->add_option("--steps", flags->steps, "how many")->check(CLI::PositiveNumber)->capture_default_str();
  down->add_flag("--yes", flags->yes, "really");
  AddOne(*migrate, globals, action, flags, "status", "Lists the migrations and which are applied", Status);
  AddOne(*migrate, globals, action, flags, "verify", "Checks that no applied migration was changed since", Verify);
}

}  // namespace cadenza::cli
