#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// An instant and the zone in which it is to be shown.
struct Moment {
  absl::Time time;
  absl::TimeZone zone = absl::UTCTimeZone();
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
  if (digits.size() != 4 || text.find(':') == std::string_view::npos) return absl::UTCTimeZone();
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
      return Moment{time, std::string_view(format).ends_with("%Ez") ? ZoneOfText(text) : absl::UTCTimeZone()};
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

// One directive of strftime as Ruby has it: %[flags][width]conversion.
struct Directive {
  bool upper = false;       // ^
  bool swap_case = false;   // #
  bool no_padding = false;  // -
  char padding = '\0';      // 0 or _ (a blank)
  int colons = 0;           // before z
  size_t width = 0;
  char conversion = '\0';
};

// Parses what follows a '%'; returns the bytes it takes, 0 if it is none.
size_t ParseDirective(std::string_view text, Directive* directive) {
  constexpr size_t kWidest = 64;
  size_t i = 0;
  for (; i < text.size() && IsOneOf(text[i], "^#-0_:"); ++i) {
    if (text[i] == '^') directive->upper = true;
    if (text[i] == '#') directive->swap_case = true;
    if (text[i] == '-') directive->no_padding = true;
    if (text[i] == '0') directive->padding = '0';
    if (text[i] == '_') directive->padding = ' ';
    if (text[i] == ':') ++directive->colons;
  }
  for (; i < text.size() && absl::ascii_isdigit(text[i]); ++i) {
    directive->width = std::min(kWidest, directive->width * 10 + static_cast<size_t>(text[i] - '0'));
  }
  if (i >= text.size()) return 0;
  directive->conversion = text[i];
  return i + 1;
}

std::string Pad(std::string text, size_t width, char padding) {
  if (text.size() >= width) return text;
  const size_t at = padding == '0' && !text.empty() && text[0] == '-' ? 1 : 0;
  text.insert(at, width - text.size(), padding);
  return text;
}

// A number in its usual width, unless the directive says otherwise.
std::string Numeric(const Directive& directive, int64_t number, size_t width, char padding = '0') {
  if (directive.no_padding) return StrCat(number);
  return Pad(StrCat(number), directive.width > 0 ? directive.width : width,
             directive.padding != '\0' ? directive.padding : padding);
}

std::string Text(const Directive& directive, std::string text) {
  if (directive.upper) text = absl::AsciiStrToUpper(text);
  if (directive.swap_case)
    text = absl::ascii_isupper(text[0]) && text.size() > 1 && absl::ascii_isupper(text[1])
               ? absl::AsciiStrToLower(text)
               : absl::AsciiStrToUpper(text);
  return Pad(std::move(text), directive.width, directive.padding == '0' ? '0' : ' ');
}

std::string Offset(const Directive& directive, int seconds) {
  const int minutes = std::abs(seconds) / 60;
  std::string text = StrCat(seconds < 0 ? "-" : "+", absl::Dec(minutes / 60, absl::kZeroPad2));
  StrAppend(&text, directive.colons > 0 ? ":" : "", absl::Dec(minutes % 60, absl::kZeroPad2));
  if (directive.colons > 1) StrAppend(&text, ":", absl::Dec(std::abs(seconds) % 60, absl::kZeroPad2));
  return text;
}

class Formatter {
 public:
  explicit Formatter(const Moment& moment) : moment_(moment), info_(moment.zone.At(moment.time)) {}

  std::string Format(std::string_view format) const {
    std::string out;
    while (!format.empty()) {
      const size_t percent = format.find('%');
      out.append(format.substr(0, percent));
      if (percent == std::string_view::npos) break;
      format.remove_prefix(percent);
      Directive directive;
      const size_t bytes = ParseDirective(format.substr(1), &directive);
      if (bytes == 0 || !Append(directive, &out)) out.append(format.substr(0, bytes + 1));
      format.remove_prefix(bytes + 1);
    }
    return out;
  }

 private:
  // False for a conversion that there is not; it is then shown as it was written.
  bool Append(const Directive& d, std::string* out) const {
    const std::string text = Date(d) + Clock(d) + Composite(d);
    if (text.empty()) return false;
    out->append(text);
    return true;
  }

  // What the rest of strftime says in its own way (names, weeks) comes from Abseil, in English.
  std::string Plain(const char* format) const { return absl::FormatTime(format, moment_.time, moment_.zone); }

  int64_t PlainNumber(const char* format) const {
    int64_t number = 0;
    return absl::SimpleAtoi(Plain(format), &number) ? number : 0;
  }

  std::string Date(const Directive& d) const {
    const absl::CivilSecond& cs = info_.cs;
    switch (d.conversion) {
      case 'Y':
        return Numeric(d, cs.year(), 1);
      case 'C':
        return Numeric(d, cs.year() / 100, 2);
      case 'y':
        return Numeric(d, cs.year() % 100, 2);
      case 'm':
        return Numeric(d, cs.month(), 2);
      case 'd':
        return Numeric(d, cs.day(), 2);
      case 'e':
        return Numeric(d, cs.day(), 2, ' ');
      case 'j':
        return Numeric(d, absl::GetYearDay(absl::CivilDay(cs)), 3);
      case 'B':
        return Text(d, Plain("%B"));
      case 'b':
      case 'h':
        return Text(d, Plain("%b"));
      case 'A':
        return Text(d, Plain("%A"));
      case 'a':
        return Text(d, Plain("%a"));
      case 'u':
        return Numeric(d, PlainNumber("%u"), 1);
      case 'w':
        return Numeric(d, PlainNumber("%w"), 1);
      case 'G':
        return Numeric(d, PlainNumber("%G"), 4);
      case 'g':
        return Numeric(d, PlainNumber("%g"), 2);
      case 'V':
        return Numeric(d, PlainNumber("%V"), 2);
      case 'U':
        return Numeric(d, PlainNumber("%U"), 2);
      case 'W':
        return Numeric(d, PlainNumber("%W"), 2);
      default:
        return "";
    }
  }

  std::string Clock(const Directive& d) const {
    const absl::CivilSecond& cs = info_.cs;
    const int hour12 = cs.hour() % 12 == 0 ? 12 : cs.hour() % 12;
    switch (d.conversion) {
      case 'H':
        return Numeric(d, cs.hour(), 2);
      case 'k':
        return Numeric(d, cs.hour(), 2, ' ');
      case 'I':
        return Numeric(d, hour12, 2);
      case 'l':
        return Numeric(d, hour12, 2, ' ');
      case 'M':
        return Numeric(d, cs.minute(), 2);
      case 'S':
        return Numeric(d, cs.second(), 2);
      case 'L':
        return Fraction(d.width > 0 ? d.width : 3);
      case 'N':
        return Fraction(d.width > 0 ? d.width : 9);
      case 'p':
        return Text(d, cs.hour() < 12 ? "AM" : "PM");
      case 'P':
        return Text(d, cs.hour() < 12 ? "am" : "pm");
      case 's':
        return StrCat(absl::ToUnixSeconds(moment_.time));
      case 'z':
        return Offset(d, info_.offset);
      case 'Z':
        return Text(d, info_.offset == 0 ? "UTC" : Offset(d, info_.offset));
      default:
        return "";
    }
  }

  std::string Composite(const Directive& d) const {
    switch (d.conversion) {
      case '%':
        return "%";
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'c':
        return Text(d, Format("%a %b %e %H:%M:%S %Y"));
      case 'D':
      case 'x':
        return Text(d, Format("%m/%d/%y"));
      case 'F':
        return Text(d, Format("%Y-%m-%d"));
      case 'R':
        return Text(d, Format("%H:%M"));
      case 'T':
      case 'X':
        return Text(d, Format("%H:%M:%S"));
      case 'r':
        return Text(d, Format("%I:%M:%S %p"));
      case 'v':
        return Text(d, absl::AsciiStrToUpper(Format("%e-%b-%Y")));
      default:
        return "";
    }
  }

  std::string Fraction(size_t digits) const {
    std::string text = Pad(StrCat(absl::ToInt64Nanoseconds(info_.subsecond)), 9, '0');
    text.resize(digits, '0');
    return text;
  }

  const Moment moment_;
  const absl::TimeZone::CivilInfo info_;
};

// What is no date stays as it is.
absl::StatusOr<Value> Date(const FilterCall& call) {
  const std::string format = call.Text(0);
  if (format.empty()) return call.input;
  const std::optional<Moment> moment = MomentOf(call.input, call.now);
  if (!moment.has_value()) return call.input;
  return Value::String(Formatter(*moment).Format(format));
}

}  // namespace

absl::Span<const Filter> DateFilters() {
  static constexpr Filter kFilters[] = {{"date", 1, 1, Date}};
  return kFilters;
}

}  // namespace cadenza::liquid
