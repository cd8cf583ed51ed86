#include "storage/base/time_zones.h"

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>

#include "storage/base/text.h"

namespace cadenza {
namespace {

// "posix" and "right" repeat the rest.
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

}  // namespace

std::optional<absl::TimeZone> FindTimeZone(std::string_view name) {
  static const auto* const zones = new std::set<std::string, std::less<>>(ListZones());
  absl::TimeZone zone;
  if (!zones->contains(name) || !absl::LoadTimeZone(Sv(name), &zone)) return std::nullopt;
  return zone;
}

}  // namespace cadenza
