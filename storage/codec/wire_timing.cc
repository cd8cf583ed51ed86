#include "storage/codec/wire_timing.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {
namespace {

constexpr int kDay = 24 * 60;

// By absl::Weekday.
constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};

std::string ShowTimeOfDay(TimeOfDay time) { return absl::StrFormat("%02d:%02d", time.minutes / 60, time.minutes % 60); }

// Two digits each, so that there is one way to write a time.
absl::StatusOr<TimeOfDay> TimeOfDayFromProto(std::string_view field, std::string_view text, bool is_end) {
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.empty()) return BadField(field, "is required: a time of day such as 18:00");
  if (text.size() == 5 && digit(0) && digit(1) && text[2] == ':' && digit(3) && digit(4)) {
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    const int minutes = hour * 60 + minute;
    if (minute < 60 && (minutes < kDay || (is_end && minutes == kDay))) return TimeOfDay{minutes};
  }
  return BadField(field, is_end ? "must be a time of day, 00:00 to 24:00" : "must be a time of day, 00:00 to 23:59");
}

absl::StatusOr<absl::Weekday> WeekdayFromProto(std::string_view field, std::string_view name) {
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    if (kWeekdays[i] == name) return static_cast<absl::Weekday>(i);
  }
  return BadField(field, "must be a day of the week, monday to sunday");
}

std::string_view NameOf(absl::Weekday weekday) { return kWeekdays[static_cast<size_t>(weekday)]; }

absl::StatusOr<QuietWindow> WindowFromProto(const v1::QuietWindow& proto) {
  QuietWindow window;
  CADENZA_ASSIGN_OR_RETURN(window.start, TimeOfDayFromProto("start", proto.start(), /*is_end=*/false));
  CADENZA_ASSIGN_OR_RETURN(window.end, TimeOfDayFromProto("end", proto.end(), /*is_end=*/true));
  if (proto.weekdays().empty()) return window;
  window.weekdays.reset();
  for (int i = 0; i < proto.weekdays_size(); ++i) {
    CADENZA_ASSIGN_OR_RETURN(absl::Weekday weekday, WeekdayFromProto(StrCat("weekdays[", i, "]"), proto.weekdays(i)));
    window.weekdays.set(static_cast<size_t>(weekday));
  }
  return window;
}

}  // namespace

absl::StatusOr<DelayUntil> FromProto(const v1::DelayUntil& proto) {
  DelayUntil delay;
  CADENZA_ASSIGN_OR_RETURN(delay.time, TimeOfDayFromProto("time_of_day", proto.time_of_day(), /*is_end=*/false));
  if (proto.weekday().empty()) return delay;
  CADENZA_ASSIGN_OR_RETURN(delay.weekday, WeekdayFromProto("weekday", proto.weekday()));
  return delay;
}

void ToProto(const DelayUntil& delay, v1::DelayUntil* proto) {
  proto->set_time_of_day(ShowTimeOfDay(delay.time));
  if (delay.weekday) proto->set_weekday(std::string(NameOf(*delay.weekday)));
}

absl::StatusOr<QuietRule> FromProto(const v1::QuietHours& proto) {
  QuietRule rule;
  if (proto.windows().empty()) return BadField("windows", "must hold at least one; leave quiet_hours out for none");
  for (int i = 0; i < proto.windows_size(); ++i) {
    CADENZA_ASSIGN_UNDER(StrCat("windows[", i, "]"), QuietWindow window, WindowFromProto(proto.windows(i)));
    rule.windows.push_back(window);
  }
  if (!v1::QuietHours::Action_IsValid(proto.action())) {
    return BadField("action", "must be ACTION_DROP or ACTION_HOLD");
  }
  rule.hold = proto.action() == v1::QuietHours::ACTION_HOLD;
  return rule;
}

void ToProto(const QuietRule& rule, v1::QuietHours* proto) {
  for (const QuietWindow& window : rule.windows) {
    v1::QuietWindow* shown = proto->add_windows();
    shown->set_start(ShowTimeOfDay(window.start));
    shown->set_end(ShowTimeOfDay(window.end));
    if (window.weekdays.all()) continue;
    for (size_t i = 0; i < kWeekdays.size(); ++i) {
      if (window.weekdays[i]) shown->add_weekdays(std::string(kWeekdays[i]));
    }
  }
  proto->set_action(rule.hold ? v1::QuietHours::ACTION_HOLD : v1::QuietHours::ACTION_DROP);
}

absl::StatusOr<DeliveryRate> FromProto(const v1::DeliveryRate& proto) {
  DeliveryRate rate;
  rate.most = proto.most();
  if (!proto.has_per()) return BadField("per", "is required");
  CADENZA_ASSIGN_UNDER("per", rate.per, FromProto(proto.per()));
  rate.smooth = !proto.burst();
  return rate;
}

void ToProto(const DeliveryRate& rate, v1::DeliveryRate* proto) {
  proto->set_most(rate.most);
  ToProto(rate.per, proto->mutable_per());
  proto->set_burst(!rate.smooth);
}

}  // namespace cadenza
