// The half of migrator.h that reads migrations.
#include <openssl/sha.h>

#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/migrations_embedded.h"
#include "storage/postgres/migrator.h"

namespace cadenza::postgres {
namespace {

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

struct FileName {
  int version = 0;
  std::string name;
  bool is_up = false;
};

// NNNN_name.up.sql, NNNN_name.down.sql
absl::StatusOr<FileName> ParseFileName(const std::string& file) {
  auto bad = [&](std::string_view what) {
    return absl::InvalidArgumentError(
        StrCat("migration file \"", file, "\": ", what, "; its name must be NNNN_name.up.sql or NNNN_name.down.sql"));
  };
  FileName parsed;
  std::string_view rest = file;
  if (rest.ends_with(".up.sql")) {
    parsed.is_up = true;
    rest.remove_suffix(7);
  } else if (rest.ends_with(".down.sql")) {
    rest.remove_suffix(9);
  } else {
    return bad("it is neither up nor down");
  }
  const size_t line = rest.find('_');
  if (line != 4 || rest.size() == 5) return bad("it has no version or no name");
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + 4, parsed.version);
  if (error != std::errc() || end != rest.data() + 4 || parsed.version < 1) return bad("its version is no number");
  parsed.name = std::string(rest.substr(5));
  return parsed;
}

absl::StatusOr<std::vector<Migration>> Assemble(const std::vector<std::pair<std::string, std::string>>& files) {
  std::map<int, Migration> by_version;
  for (const auto& [file, sql] : files) {
    CADENZA_ASSIGN_OR_RETURN(FileName parsed, ParseFileName(file));
    Migration& migration = by_version[parsed.version];
    if (migration.version != 0 && migration.name != parsed.name) {
      return absl::InvalidArgumentError(
          StrCat("migration ", parsed.version, " has two names: ", migration.name, " and ", parsed.name));
    }
    migration.version = parsed.version;
    migration.name = parsed.name;
    (parsed.is_up ? migration.up_sql : migration.down_sql) = sql;
  }
  std::vector<Migration> migrations;
  for (auto& [version, migration] : by_version) {
    if (version != static_cast<int>(migrations.size()) + 1) {
      return absl::InvalidArgumentError(StrCat("there is no migration ", migrations.size() + 1, ", but a ", version));
    }
    if (migration.up_sql.empty() || migration.down_sql.empty()) {
      return absl::InvalidArgumentError(
          StrCat("migration ", version, " (", migration.name, ") needs an up and a down file that are not empty"));
    }
    migration.checksum = Sha256Hex(migration.up_sql);
    migrations.push_back(std::move(migration));
  }
  return migrations;
}

}  // namespace

absl::StatusOr<std::vector<Migration>> EmbeddedMigrations() {
  std::vector<std::pair<std::string, std::string>> files;
  for (size_t i = 0; i < kEmbeddedMigrationCount; ++i) {
    files.emplace_back(kEmbeddedMigrations[i].file_name, kEmbeddedMigrations[i].sql);
  }
  return Assemble(files);
}

absl::StatusOr<std::vector<Migration>> ReadMigrations(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error) return absl::NotFoundError(StrCat("cannot read the folder \"", directory, "\": ", error.message()));
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : entries) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return absl::NotFoundError(StrCat("cannot read \"", entry.path().string(), "\""));
    files.emplace_back(entry.path().filename().string(), text.str());
  }
  return Assemble(files);
}

}  // namespace cadenza::postgres
