#include "server/rules/cel/zones.h"

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>

#include "absl/strings/ascii.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

// Loading a name that does not exist would be remembered for ever by the library, so the names are known first. "posix"
// and "right" repeat the rest.
std::set<std::string, std::less<>> ListZones() {
  const char* configured = std::getenv("TZDIR");
  const std::filesystem::path root = configured != nullptr ? configured : "/usr/share/zoneinfo";
  std::set<std::string, std::less<>> names = {"UTC"};
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(root, error);
  for (const std::filesystem::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().lexically_relative(root).string();
    if (name == "posix" || name == "right") at.disable_recursion_pending();
    std::error_code ignored;
    if (at->is_regular_file(ignored)) names.insert(name);
  }
  return names;
}

std::optional<absl::TimeZone> ParseOffset(std::string_view text) {
  const bool west = text.starts_with('-');
  if (west || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t at : {0, 1, 3, 4}) {
    if (!absl::ascii_isdigit(text[at])) return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const int seconds = (hours * 60 + minutes) * 60;
  return absl::FixedTimeZone(west ? -seconds : seconds);
}

}  // namespace

std::optional<absl::TimeZone> FindTimeZone(std::string_view name) {
  if (std::optional<absl::TimeZone> offset = ParseOffset(name)) return offset;
  static const auto* const zones = new std::set<std::string, std::less<>>(ListZones());
  absl::TimeZone zone;
  if (!zones->contains(name) || !absl::LoadTimeZone(Absl(name), &zone)) return std::nullopt;
  return zone;
}

}  // namespace cadenza::cel
