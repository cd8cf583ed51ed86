#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/strftime.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"

namespace cadenza::liquid {
namespace {

// An instant and the zone in which it is to be shown.
struct Moment {
  absl::Time time;
  absl::TimeZone zone = absl::UTCTimeZone();
  bool has_zone = false;  // the text says so itself
};

// The offset that a text ends with ("+02:00", "-0530"); UTC if it ends otherwise.
absl::TimeZone ZoneOfText(std::string_view text) {
  const size_t sign = text.find_last_of("+-");
  std::string digits;
  if (sign != std::string_view::npos) {
    for (char c : text.substr(sign + 1)) {
      if (absl::ascii_isdigit(c)) digits.push_back(c);
      if (!absl::ascii_isdigit(c) && c != ':') return absl::UTCTimeZone();
    }
  }
  int hours = 0, minutes = 0;
  if (digits.size() != 4) return absl::UTCTimeZone();
  if (!absl::SimpleAtoi(digits.substr(0, 2), &hours) || !absl::SimpleAtoi(digits.substr(2), &minutes)) {
    return absl::UTCTimeZone();
  }
  const int seconds = hours * 3600 + minutes * 60;
  return absl::FixedTimeZone(text[sign] == '-' ? -seconds : seconds);
}

std::optional<Moment> ParseMoment(std::string_view text) {
  static constexpr const char* kFormats[] = {
      "%Y-%m-%d%ET%H:%M:%E*S%Ez",
      "%Y-%m-%d %H:%M:%E*S %Ez",
      "%Y-%m-%d %H:%M:%E*S%Ez",
      "%Y-%m-%d%ET%H:%M:%E*S",
      "%Y-%m-%d %H:%M:%E*S",
      "%Y-%m-%d%ET%H:%M%Ez",
      "%Y-%m-%d%ET%H:%M",
      "%Y-%m-%d %H:%M",
      "%Y-%m-%d",
      "%Y/%m/%d",
      "%Y/%m/%d %H:%M:%S",
      "%B %d, %Y",
      "%B %d, %Y %H:%M",
      "%B %d, %Y %H:%M:%S",
      "%B %d %Y",
      "%d %B %Y",
      "%d %B %Y %H:%M",
      "%d %B %Y %H:%M:%S",
      "%a, %d %b %Y %H:%M:%S %Ez",
      "%a %b %d %H:%M:%S %Y",
  };
  constexpr size_t kLongest = 64;
  text = StripRight(StripLeft(text));
  if (text.empty() || text.size() > kLongest || text.find("infinite") != std::string_view::npos) return std::nullopt;
  if (text.ends_with(" UTC") || text.ends_with(" GMT")) text.remove_suffix(4);
  for (const char* format : kFormats) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(format, Sv(text), &time, &error)) {
      const bool has_zone = std::string_view(format).ends_with("%Ez");
      return Moment{time, has_zone ? ZoneOfText(text) : absl::UTCTimeZone(), has_zone};
    }
  }
  return std::nullopt;
}

std::optional<Moment> MomentOf(const Value& value, absl::Time now) {
  if (value.kind() == Value::Kind::kTimestamp) return Moment{value.timestamp_value()};
  if (value.kind() == Value::Kind::kInt) return Moment{absl::FromUnixSeconds(value.int_value())};
  if (value.kind() != Value::Kind::kString) return std::nullopt;
  const std::string& text = value.string_value();
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "now" || lower == "today") return Moment{now};
  int64_t seconds = 0;
  const bool digits_only = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits_only && absl::SimpleAtoi(text, &seconds)) return Moment{absl::FromUnixSeconds(seconds)};
  return ParseMoment(text);
}

// The moment that a value means. Times without a zone of their own are shown in the options' zone if it says so.
std::optional<Moment> ShownMoment(const FilterCall& call) {
  std::optional<Moment> moment = MomentOf(call.input, call.options.now);
  if (!moment.has_value()) return moment;
  if (call.zone->has_value()) {
    moment->zone = **call.zone;
  } else if (call.options.local_dates && !moment->has_zone) {
    moment->zone = call.options.time_zone;
  }
  return moment;
}

// What is no date stays as it is.
absl::StatusOr<Value> Date(const FilterCall& call) {
  const std::string format = call.Text(0);
  if (format.empty()) return call.input;
  const std::optional<Moment> moment = ShownMoment(call);
  if (!moment.has_value()) return call.input;
  return Value::String(Strftime(format, moment->time, moment->zone));
}

// The time as text with the offset of a zone: the one that the first argument names, else the options'. The filters
// after it know the zone. A format may be given too.
absl::StatusOr<Value> TimeZoneFilter(const FilterCall& call) {
  absl::TimeZone zone = call.options.time_zone;
  if (call.Has(0) && !call.Text(0).empty()) {
    const std::optional<absl::TimeZone> named = FindTimeZone(call.Text(0));
    if (!named.has_value()) return absl::InvalidArgumentError(StrCat("unknown time zone '", call.Text(0), "'"));
    zone = *named;
  }
  const std::optional<Moment> moment = MomentOf(call.input, call.options.now);
  if (!moment.has_value()) return call.input;
  *call.zone = zone;
  return Value::String(Strftime(call.Text(1, "%Y-%m-%d %H:%M:%S %z"), moment->time, zone));
}

}  // namespace

absl::Span<const Filter> DateFilters() {
  static constexpr Filter kFilters[] = {{"date", 1, 1, Date}, {"time_zone", 0, 2, TimeZoneFilter}};
  return kFilters;
}

}  // namespace cadenza::liquid
