#include "server/rules/liquid/strftime.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

constexpr size_t kWidest = 64;

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// One directive: %[flags][width][modifier]conversion.
struct Directive {
  bool upper = false;        // ^
  bool change_case = false;  // #
  bool no_padding = false;   // -
  char padding = '\0';       // 0 or _ (a blank)
  int colons = 0;            // before z
  size_t width = 0;
  char conversion = '\0';
};

// Parses what follows a '%'; returns the bytes it takes, 0 if it is none.
size_t ParseDirective(std::string_view text, Directive* directive) {
  size_t i = 0;
  for (; i < text.size() && IsOneOf(text[i], "^#-0_:"); ++i) {
    if (text[i] == '^') directive->upper = true;
    if (text[i] == '#') directive->change_case = true;
    if (text[i] == '-') directive->no_padding = true;
    if (text[i] == '0') directive->padding = '0';
    if (text[i] == '_') directive->padding = ' ';
    if (text[i] == ':') ++directive->colons;
  }
  for (; i < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[i])); ++i) {
    directive->width = std::min(kWidest, directive->width * 10 + static_cast<size_t>(text[i] - '0'));
  }
  if (i < text.size() && IsOneOf(text[i], "EO")) ++i;
  if (i >= text.size()) return 0;
  directive->conversion = text[i];
  return i + 1;
}

class Formatter {
 public:
  Formatter(absl::Time time, absl::TimeZone zone) : time_(time), info_(zone.At(time)), day_(info_.cs) {}

  void Format(std::string_view format, std::string* out) const {
    while (!format.empty()) {
      const size_t percent = format.find('%');
      out->append(format.substr(0, percent));
      if (percent == std::string_view::npos) return;
      format.remove_prefix(percent);
      Directive directive;
      const size_t bytes = ParseDirective(format.substr(1), &directive);
      if (bytes == 0 || !(Date(directive, out) || Clock(directive, out) || Composite(directive, out))) {
        out->append(format.substr(0, bytes + 1));
      }
      format.remove_prefix(bytes + 1);
    }
  }

 private:
  // A number in its usual width, unless the directive says otherwise.
  static bool Number(const Directive& d, int64_t number, size_t width, std::string* out, char padding = '0') {
    const std::string digits = StrCat(number < 0 ? -number : number);
    const std::string_view sign = number < 0 ? "-" : "";
    if (d.padding != '\0') padding = d.padding;
    if (d.width > 0) width = d.width;
    const size_t length = digits.size() + sign.size();
    const std::string fill(d.no_padding || width <= length ? 0 : width - length, padding);
    StrAppend(out, padding == '0' ? sign : "", fill, padding == '0' ? "" : sign, digits);
    return true;
  }

  static bool Text(const Directive& d, std::string_view text, std::string* out) {
    if (text.size() < d.width) out->append(d.width - text.size(), d.padding == '0' ? '0' : ' ');
    const bool is_upper = std::none_of(text.begin(), text.end(), absl::ascii_islower);
    for (char c : text) {
      if (d.change_case && is_upper) {
        c = absl::ascii_tolower(static_cast<unsigned char>(c));
      } else if (d.upper || d.change_case) {
        c = absl::ascii_toupper(static_cast<unsigned char>(c));
      }
      out->push_back(c);
    }
    return true;
  }

  bool Whole(const Directive& d, std::string_view format, std::string* out) const {
    std::string text;
    Format(format, &text);
    return Text(d, text, out);
  }

  // 0 is Sunday.
  int Weekday() const { return (static_cast<int>(absl::GetWeekday(day_)) + 1) % 7; }
  // Weeks that begin on the day `first`; days before the first of them are in week 0.
  int Week(int first) const { return (absl::GetYearDay(day_) + 6 - (Weekday() - first + 7) % 7) / 7; }
  // The Thursday of the same ISO week, whose year is the week's.
  absl::CivilDay Thursday() const { return day_ + (4 - (Weekday() == 0 ? 7 : Weekday())); }

  bool Date(const Directive& d, std::string* out) const {
    const int64_t year = day_.year();
    switch (d.conversion) {
      case 'Y':
        return Number(d, year, year < 0 ? 5 : 4, out);
      case 'C':
        return Number(d, (year - ((year % 100) + 100) % 100) / 100, 2, out);
      case 'y':
        return Number(d, ((year % 100) + 100) % 100, 2, out);
      case 'm':
        return Number(d, day_.month(), 2, out);
      case 'd':
        return Number(d, day_.day(), 2, out);
      case 'e':
        return Number(d, day_.day(), 2, out, ' ');
      case 'j':
        return Number(d, absl::GetYearDay(day_), 3, out);
      case 'B':
        return Text(d, kMonths[day_.month() - 1], out);
      case 'b':
      case 'h':
        return Text(d, kMonths[day_.month() - 1].substr(0, 3), out);
      case 'A':
        return Text(d, kDays[Weekday()], out);
      case 'a':
        return Text(d, kDays[Weekday()].substr(0, 3), out);
      case 'u':
        return Number(d, Weekday() == 0 ? 7 : Weekday(), 1, out);
      case 'w':
        return Number(d, Weekday(), 1, out);
      case 'G':
        return Number(d, Thursday().year(), 4, out);
      case 'g':
        return Number(d, ((Thursday().year() % 100) + 100) % 100, 2, out);
      case 'V':
        return Number(d, (absl::GetYearDay(Thursday()) - 1) / 7 + 1, 2, out);
      case 'U':
        return Number(d, Week(0), 2, out);
      case 'W':
        return Number(d, Week(1), 2, out);
      default:
        return false;
    }
  }

  bool Clock(const Directive& d, std::string* out) const {
    const absl::CivilSecond& cs = info_.cs;
    const int hour12 = cs.hour() % 12 == 0 ? 12 : cs.hour() % 12;
    switch (d.conversion) {
      case 'H':
        return Number(d, cs.hour(), 2, out);
      case 'k':
        return Number(d, cs.hour(), 2, out, ' ');
      case 'I':
        return Number(d, hour12, 2, out);
      case 'l':
        return Number(d, hour12, 2, out, ' ');
      case 'M':
        return Number(d, cs.minute(), 2, out);
      case 'S':
        return Number(d, cs.second(), 2, out);
      case 'L':
        return Fraction(d.width > 0 ? d.width : 3, out);
      case 'N':
        return Fraction(d.width > 0 ? d.width : 9, out);
      case 'p':
        return Text(d, cs.hour() < 12 ? "AM" : "PM", out);
      case 'P':
        return Text(d, cs.hour() < 12 ? "am" : "pm", out);
      case 's':
        return Number(d, absl::ToUnixSeconds(time_), 1, out);
      case 'z':
        return Offset(d, out);
      case 'Z':
        return Text(d, ZoneName(), out);
      default:
        return false;
    }
  }

  bool Composite(const Directive& d, std::string* out) const {
    switch (d.conversion) {
      case '%':
        return Text(d, "%", out);
      case 'n':
        return Text(d, "\n", out);
      case 't':
        return Text(d, "\t", out);
      case 'c':
        return Whole(d, "%a %b %e %H:%M:%S %Y", out);
      case 'D':
      case 'x':
        return Whole(d, "%m/%d/%y", out);
      case 'F':
        return Whole(d, "%Y-%m-%d", out);
      case 'R':
        return Whole(d, "%H:%M", out);
      case 'T':
      case 'X':
        return Whole(d, "%H:%M:%S", out);
      case 'r':
        return Whole(d, "%I:%M:%S %p", out);
      case 'v':
        return Whole(d, "%e-%^b-%Y", out);
      case '+':
        return Whole(d, "%a %b %e %H:%M:%S %Z %Y", out);
      default:
        return false;
    }
  }

  bool Fraction(size_t digits, std::string* out) const {
    std::string text = StrCat(absl::ToInt64Nanoseconds(info_.subsecond));
    text.insert(0, 9 - text.size(), '0');
    text.resize(digits, '0');
    out->append(text);
    return true;
  }

  // +hhmm, +hh:mm, +hh:mm:ss by the colons.
  bool Offset(const Directive& d, std::string* out) const {
    const int seconds = std::abs(info_.offset);
    std::string text = StrCat(absl::Dec(seconds / 3600, absl::kZeroPad2), d.colons > 0 ? ":" : "",
                              absl::Dec(seconds / 60 % 60, absl::kZeroPad2));
    if (d.colons > 1) StrAppend(&text, ":", absl::Dec(seconds % 60, absl::kZeroPad2));
    const std::string_view sign = info_.offset < 0 ? "-" : "+";
    const std::string fill(text.size() + 1 < d.width ? d.width - text.size() - 1 : 0, d.padding == ' ' ? ' ' : '0');
    StrAppend(out, d.padding == ' ' ? fill : "", sign, d.padding == ' ' ? "" : fill, text);
    return true;
  }

  // Nothing for a mere offset.
  std::string_view ZoneName() const {
    const std::string_view name = info_.zone_abbr;
    if (info_.offset == 0 && (name.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(name[0])))) return "UTC";
    return !name.empty() && absl::ascii_isalpha(static_cast<unsigned char>(name[0])) && !name.starts_with("Fixed") &&
                   !name.starts_with("UTC+") && !name.starts_with("UTC-")
               ? name
               : "";
  }

  const absl::Time time_;
  const absl::TimeZone::CivilInfo info_;
  const absl::CivilDay day_;
};

}  // namespace

std::string Strftime(std::string_view format, absl::Time time, absl::TimeZone zone) {
  std::string out;
  Formatter(time, zone).Format(format, &out);
  return out;
}

}  // namespace cadenza::liquid
