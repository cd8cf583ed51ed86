#include "server/rules/cel/format.h"

#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

constexpr int64_t kDurationSeconds = 315'576'000'000;

// Reads exactly `digits` digits off the front of `text`.
std::optional<int> TakeDigits(std::string_view* text, size_t digits) {
  if (text->size() < digits) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!absl::ascii_isdigit((*text)[i])) return std::nullopt;
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// "2009-02-13": the separator is that of its kind of triple.
std::optional<std::array<int, 3>> TakeTriple(std::string_view* text, size_t first_digits, char separator) {
  std::array<int, 3> out{};
  for (size_t i = 0; i < out.size(); ++i) {
    if (i > 0 && !TakeChar(text, separator)) return std::nullopt;
    const std::optional<int> part = TakeDigits(text, i == 0 ? first_digits : 2);
    if (!part) return std::nullopt;
    out[i] = *part;
  }
  return out;
}

// ".5" in nanoseconds; zero if there is none.
std::optional<int64_t> TakeFraction(std::string_view* text) {
  if (!TakeChar(text, '.')) return 0;
  int64_t nanos = 0;
  size_t digits = 0;
  for (; digits < text->size() && absl::ascii_isdigit((*text)[digits]); ++digits) {
    if (digits == 9) return std::nullopt;
    nanos = nanos * 10 + ((*text)[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  text->remove_prefix(digits);
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

// "Z" or "+01:00", to the end.
std::optional<absl::Duration> TakeZone(std::string_view text) {
  if (text == "Z") return absl::ZeroDuration();
  const bool east = TakeChar(&text, '+');
  if (!east && !TakeChar(&text, '-')) return std::nullopt;
  const std::optional<int> hours = TakeDigits(&text, 2);
  if (!hours || !TakeChar(&text, ':')) return std::nullopt;
  const std::optional<int> minutes = TakeDigits(&text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const absl::Duration offset = absl::Hours(*hours) + absl::Minutes(*minutes);
  return east ? offset : -offset;
}

}  // namespace

bool InRange(absl::Time time) {
  static const absl::Time first = absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone());
  static const absl::Time end = absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone());
  return time >= first && time < end;
}

bool InRange(absl::Duration duration) {
  return duration >= absl::Seconds(-kDurationSeconds) && duration <= absl::Seconds(kDurationSeconds);
}

std::string DoubleText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const double magnitude = std::fabs(value);
  const auto form = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21) ? std::chars_format::fixed
                                                                              : std::chars_format::scientific;
  std::array<char, 64> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form);
  return std::string(buffer.data(), result.ptr);
}

std::string TimestampText(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string DurationText(absl::Duration duration) {
  const bool negative = duration < absl::ZeroDuration();
  absl::Duration rest = absl::AbsDuration(duration);
  const int64_t seconds = absl::IDivDuration(rest, absl::Seconds(1), &rest);
  std::string fraction;
  if (const int64_t nanos = absl::ToInt64Nanoseconds(rest); nanos != 0) {
    fraction = absl::StrFormat(".%09d", nanos);
    fraction.erase(fraction.find_last_not_of('0') + 1);
  }
  return Cat(negative ? "-" : "", seconds, fraction, "s");
}

std::optional<double> ParseDouble(std::string_view text) {
  if (text.empty() || absl::ascii_isspace(text.front()) || absl::ascii_isspace(text.back())) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(Absl(text), &value)) return std::nullopt;
  const bool names_infinity = text.find_first_of("nN") != std::string_view::npos;
  if (std::isinf(value) && !names_infinity) return std::nullopt;
  return value;
}

std::optional<absl::Time> ParseTimestamp(std::string_view text) {
  const auto date = TakeTriple(&text, 4, '-');
  if (!date || !TakeChar(&text, 'T')) return std::nullopt;
  const auto clock = TakeTriple(&text, 2, ':');
  if (!clock) return std::nullopt;
  const std::optional<int64_t> nanos = TakeFraction(&text);
  const std::optional<absl::Duration> offset = TakeZone(text);
  if (!nanos || !offset) return std::nullopt;
  const auto [year, month, day] = *date;
  const auto [hour, minute, second] = *clock;
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  const bool as_written = civil.month() == month && civil.day() == day && civil.hour() == hour &&
                          civil.minute() == minute && civil.second() == second;
  if (!as_written) return std::nullopt;
  const absl::Time time = absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Nanoseconds(*nanos) - *offset;
  if (!InRange(time)) return std::nullopt;
  return time;
}

std::optional<absl::Duration> ParseDuration(std::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(Absl(text), &duration) || !InRange(duration)) return std::nullopt;
  return absl::Trunc(duration, absl::Nanoseconds(1));
}

}  // namespace cadenza::cel
