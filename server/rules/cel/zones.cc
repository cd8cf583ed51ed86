#include "server/rules/cel/zones.h"

#include "absl/strings/ascii.h"
#include "storage/base/time_zones.h"

namespace cadenza::cel {
namespace {

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
  return cadenza::FindTimeZone(name);
}

}  // namespace cadenza::cel
