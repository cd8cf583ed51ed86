#include "server/rules/schedule/local_time.h"

#include <cstddef>

namespace cadenza::schedule {
namespace {

constexpr std::string_view kForm = "dddd-dd-ddTdd:dd";
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 9998;

bool HasForm(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool fits = kForm[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i];
    if (!fits) return false;
  }
  return true;
}

int NumberAt(std::string_view text, size_t at, size_t digits) {
  int number = 0;
  for (const char c : text.substr(at, digits)) number = 10 * number + (c - '0');
  return number;
}

}  // namespace

std::optional<absl::CivilSecond> ParseLocalTime(std::string_view text) {
  if (!HasForm(text)) return std::nullopt;
  const int year = NumberAt(text, 0, 4);
  const int month = NumberAt(text, 5, 2);
  const int day = NumberAt(text, 8, 2);
  const int hour = NumberAt(text, 11, 2);
  const int minute = NumberAt(text, 14, 2);
  // What is out of range would be carried over.
  const absl::CivilSecond time(year, month, day, hour, minute);
  const bool exists = time.month() == month && time.day() == day && time.hour() == hour && time.minute() == minute;
  if (!exists || year < kFirstYear || year > kLastYear) return std::nullopt;
  return time;
}

}  // namespace cadenza::schedule
