#include "server/rules/schedule/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "server/rules/schedule/civil_time.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::schedule {
namespace {

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr int kDaysOfMonth[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

struct Field {
  std::string_view name;
  int least;
  int most;
  const std::string_view* names;  // of least, least + 1, …
  int name_count;
};
constexpr Field kFields[] = {
    {"minute", 0, 59, nullptr, 0}, {"hour", 0, 23, nullptr, 0},         {"day of month", 1, 31, nullptr, 0},
    {"month", 1, 12, kMonths, 12}, {"day of week", 0, 7, kWeekdays, 7},
};
constexpr size_t kFieldCount = std::size(kFields);

constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},
};

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string Quoted(std::string_view text) { return StrCat("'", text, "'"); }

std::optional<std::string_view> OfWord(std::string_view word) {
  const std::string lower = absl::AsciiStrToLower(Sv(word));
  for (const auto& [name, meaning] : kWords) {
    if (name == lower) return meaning;
  }
  return std::nullopt;
}

std::string Words() {
  std::string words;
  for (const auto& [name, meaning] : kWords) StrAppend(&words, words.empty() ? "" : ", ", name);
  return words;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

// Reads one expression; knows where in it each piece stands.
class CronParser {
 public:
  explicit CronParser(std::string_view expression) : expression_(expression) {}

  absl::StatusOr<Cron> Parse() {
    const std::vector<std::string_view> parts = Split();
    if (parts.size() != kFieldCount) {
      return absl::InvalidArgumentError(
          StrCat("has ", parts.size(), parts.size() == 1 ? " field" : " fields",
                 "; five are needed (minute, hour, day of month, month, day of week), or one of ", Words()));
    }
    Cron cron;
    std::array<std::bitset<60>, kFieldCount> sets;
    for (size_t i = 0; i < kFieldCount; ++i) {
      CADENZA_ASSIGN_OR_RETURN(sets[i], ParseField(kFields[i], parts[i]));
    }
    cron.minutes_ = sets[0];
    for (int i = 0; i < 24; ++i) cron.hours_[i] = sets[1][i];
    for (int i = 1; i <= 31; ++i) cron.days_[i] = sets[2][i];
    for (int i = 1; i <= 12; ++i) cron.months_[i] = sets[3][i];
    for (int i = 0; i < 7; ++i) cron.weekdays_[i] = sets[4][i] || (i == 0 && sets[4][7]);
    cron.any_day_ = parts[2] == "*";
    cron.any_weekday_ = parts[4] == "*";
    cron.fixed_ = parts[0].front() != '*' && parts[1].front() != '*';
    if (cron.any_weekday_ && !HasADate(cron)) {
      return Error(kFields[2], parts[2], "no month that is asked for has such a day");
    }
    return cron;
  }

 private:
  static bool HasADate(const Cron& cron) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; cron.months_[month] && day <= kDaysOfMonth[month - 1]; ++day) {
        if (cron.days_[day]) return true;
      }
    }
    return false;
  }

  std::vector<std::string_view> Split() const {
    std::vector<std::string_view> parts;
    for (std::string_view rest = Trimmed(expression_); !rest.empty(); rest = Trimmed(rest)) {
      const size_t size = std::find_if(rest.begin(), rest.end(), IsBlank) - rest.begin();
      parts.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    return parts;
  }

  // `at` is a piece of the expression.
  absl::Status Error(const Field& field, std::string_view at, std::string_view message) const {
    return absl::InvalidArgumentError(
        StrCat(field.name, ", column ", at.data() - expression_.data() + 1, ": ", message));
  }

  absl::StatusOr<std::bitset<60>> ParseField(const Field& field, std::string_view text) const {
    std::bitset<60> set;
    while (true) {
      const size_t comma = std::min(text.find(','), text.size());
      CADENZA_RETURN_IF_ERROR(ParseItem(field, text.substr(0, comma), &set));
      if (comma == text.size()) return set;
      text.remove_prefix(comma + 1);
    }
  }

  absl::Status ParseItem(const Field& field, std::string_view item, std::bitset<60>* set) const {
    const size_t slash = std::min(item.find('/'), item.size());
    const std::string_view range = item.substr(0, slash);
    int first = field.least;
    int last = field.most;
    const size_t dash = range.find('-');
    if (dash != std::string_view::npos) {
      CADENZA_ASSIGN_OR_RETURN(first, ParseValue(field, range.substr(0, dash)));
      CADENZA_ASSIGN_OR_RETURN(last, ParseValue(field, range.substr(dash + 1)));
      if (first > last) return Error(field, range, StrCat(Quoted(range), " runs backwards"));
    } else if (range != "*") {
      CADENZA_ASSIGN_OR_RETURN(first, ParseValue(field, range));
      last = first;
      if (slash < item.size()) return Error(field, item, "a step needs * or a range before it");
    }
    int step = 1;
    if (slash < item.size()) {
      CADENZA_ASSIGN_OR_RETURN(step, ParseStep(field, item.substr(slash + 1)));
    }
    for (int value = first; value <= last; value += step) set->set(value);
    return absl::OkStatus();
  }

  absl::StatusOr<int> ParseStep(const Field& field, std::string_view text) const {
    const int most = field.most - field.least + 1;
    const std::optional<int> step = Number(text);
    if (step.has_value() && *step >= 1 && *step <= most) return *step;
    return Error(field, text, StrCat(Quoted(text), " is no step from 1 to ", most));
  }

  absl::StatusOr<int> ParseValue(const Field& field, std::string_view text) const {
    const std::string lower = absl::AsciiStrToLower(Sv(text));
    for (int i = 0; i < field.name_count; ++i) {
      if (field.names[i] == lower) return field.least + i;
    }
    const std::optional<int> number = Number(text);
    if (number.has_value() && *number >= field.least && *number <= field.most) return *number;
    if (text.empty()) return Error(field, text, "a value is missing");
    return Error(field, text,
                 StrCat(Quoted(text), " is no value from ", field.least, " to ", field.most,
                        field.name_count == 0 ? ""
                                              : StrCat(", and no name from ", field.names[0], " to ",
                                                       field.names[field.name_count - 1])));
  }

  static std::optional<int> Number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size() && absl::ascii_isdigit(text.front());
    return whole ? std::optional<int>(number) : std::nullopt;
  }

  const std::string_view expression_;
};

absl::StatusOr<Cron> Cron::Parse(std::string_view expression) {
  if (expression.size() > kMaxBytes) {
    return absl::InvalidArgumentError(StrCat("has ", expression.size(), " bytes; at most ", kMaxBytes, " are allowed"));
  }
  const std::string_view word = Trimmed(expression);
  if (!word.starts_with('@')) return CronParser(expression).Parse();
  const std::optional<std::string_view> meaning = OfWord(word);
  if (!meaning.has_value()) {
    return absl::InvalidArgumentError(StrCat(Quoted(word), " is none of ", Words()));
  }
  return CronParser(*meaning).Parse();
}

bool Cron::MatchesDay(absl::CivilDay day) const {
  // absl's week starts with Monday = 0.
  const bool weekday = weekdays_[(static_cast<int>(absl::GetWeekday(day)) + 1) % 7];
  const bool date = days_[day.day()];
  return any_day_ || any_weekday_ ? weekday && date : weekday || date;
}

absl::CivilMinute Cron::NextMinute(absl::CivilMinute from) const {
  const absl::CivilMinute end(10000, 1, 1);
  while (from < end) {
    const absl::CivilMonth month(from);
    const absl::CivilDay day(from);
    const absl::CivilHour hour(from);
    if (!months_[month.month()]) {
      from = absl::CivilMinute(month + 1);
    } else if (!MatchesDay(day)) {
      from = absl::CivilMinute(day + 1);
    } else if (!hours_[hour.hour()]) {
      from = absl::CivilMinute(hour + 1);
    } else if (!minutes_[from.minute()]) {
      ++from;
    } else {
      return from;
    }
  }
  return end;
}

absl::Time Cron::Next(absl::Time after, absl::TimeZone zone) const {
  const absl::CivilSecond local = zone.At(after).cs;
  if (local.year() < 0 || local.year() > 9999) return absl::InfiniteFuture();
  return fixed_ ? NextFixed(after, zone) : NextOnTheWall(after, zone);
}

absl::Time Cron::NextOnTheWall(absl::Time after, absl::TimeZone zone) const {
  const absl::CivilMinute end(10000, 1, 1);
  // Between two changes of the offset, local time and time go side by side.
  for (absl::Time from = after; from != absl::InfiniteFuture();) {
    const absl::Time change = NextOffsetChange(zone, from);
    const absl::TimeZone::CivilInfo info = zone.At(from);
    // The first whole minute after `after`, or at `from` where an offset begins.
    const absl::CivilMinute minute(info.cs);
    const bool whole = info.cs == absl::CivilSecond(minute) && info.subsecond == absl::ZeroDuration();
    const absl::CivilMinute next = NextMinute(whole && from != after ? minute : minute + 1);
    if (next >= end) return absl::InfiniteFuture();
    const absl::Time time = from - info.subsecond + absl::Seconds(absl::CivilSecond(next) - info.cs);
    if (time < change) return time;
    from = change;
  }
  return absl::InfiniteFuture();
}

absl::Time Cron::NextFixed(absl::Time after, absl::TimeZone zone) const {
  const absl::CivilMinute end(10000, 1, 1);
  // What the wall showed earlier was due earlier: in an overlap, only the first time counts.
  for (absl::CivilMinute minute(zone.At(after).cs);; ++minute) {
    minute = NextMinute(minute);
    if (minute >= end) return absl::InfiniteFuture();
    const std::optional<absl::Time> due = DueAt(minute, zone);
    if (due.has_value() && *due > after) return *due;
  }
}

}  // namespace cadenza::schedule
