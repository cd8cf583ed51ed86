// The accessors of timestamps and durations.
#include "server/rules/cel/functions.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/zones.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;
using CivilTime = absl::TimeZone::CivilInfo;

// `part` of a timestamp as a clock in UTC, or in the zone of the second argument, shows it.
template <typename Part>
Value OfTimestamp(std::string_view function, Args args, Part part) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (args.size() == 2) {
    if (args[1].kind() != Kind::kString) return NoOverload(function, args);
    const std::optional<absl::TimeZone> found = FindTimeZone(args[1].string_value());
    if (!found) return Value::Error(Cat("unknown time zone ", args[1].DebugString()));
    zone = *found;
  }
  return Value::Int(part(zone.At(args[0].timestamp_value())));
}

template <typename Part>
Value Accessor(std::string_view function, Args args, Part part) {
  if (args[0].kind() != Kind::kTimestamp) return NoOverload(function, args);
  return OfTimestamp(function, args, part);
}

// As Accessor, but of a duration it is the whole of it in `unit`.
template <typename Part>
Value AccessorOrTotal(std::string_view function, Args args, Part part, absl::Duration unit) {
  if (args[0].kind() != Kind::kDuration || args.size() != 1) return Accessor(function, args, part);
  absl::Duration rest;
  return Value::Int(absl::IDivDuration(args[0].duration_value(), unit, &rest));
}

Value FullYear(Args args, CallContext&) {
  return Accessor("getFullYear", args, [](const CivilTime& at) { return at.cs.year(); });
}

Value Month(Args args, CallContext&) {
  return Accessor("getMonth", args, [](const CivilTime& at) { return at.cs.month() - 1; });
}

Value Date(Args args, CallContext&) {
  return Accessor("getDate", args, [](const CivilTime& at) { return at.cs.day(); });
}

Value DayOfMonth(Args args, CallContext&) {
  return Accessor("getDayOfMonth", args, [](const CivilTime& at) { return at.cs.day() - 1; });
}

Value DayOfYear(Args args, CallContext&) {
  return Accessor("getDayOfYear", args,
                  [](const CivilTime& at) { return absl::GetYearDay(absl::CivilDay(at.cs)) - 1; });
}

// Sunday is 0.
Value DayOfWeek(Args args, CallContext&) {
  return Accessor("getDayOfWeek", args, [](const CivilTime& at) {
    return (static_cast<int>(absl::GetWeekday(at.cs)) - static_cast<int>(absl::Weekday::sunday) + 7) % 7;
  });
}

Value Hours(Args args, CallContext&) {
  return AccessorOrTotal(
      "getHours", args, [](const CivilTime& at) { return at.cs.hour(); }, absl::Hours(1));
}

Value Minutes(Args args, CallContext&) {
  return AccessorOrTotal(
      "getMinutes", args, [](const CivilTime& at) { return at.cs.minute(); }, absl::Minutes(1));
}

Value Seconds(Args args, CallContext&) {
  return AccessorOrTotal(
      "getSeconds", args, [](const CivilTime& at) { return at.cs.second(); }, absl::Seconds(1));
}

// Of a duration too it is only the part below the second.
Value Milliseconds(Args args, CallContext&) {
  if (args[0].kind() == Kind::kDuration && args.size() == 1) {
    absl::Duration rest;
    absl::IDivDuration(args[0].duration_value(), absl::Seconds(1), &rest);
    return Value::Int(absl::ToInt64Milliseconds(rest));
  }
  return Accessor("getMilliseconds", args, [](const CivilTime& at) { return absl::ToInt64Milliseconds(at.subsecond); });
}

}  // namespace

void AddTimes(FunctionTable* table) {
  const Signature utc{true, {Type::Timestamp()}, Type::Int()};
  const Signature zoned{true, {Type::Timestamp(), Type::String()}, Type::Int()};
  const Signature total{true, {Type::Duration()}, Type::Int()};
  AddFunction(table, "getFullYear", FullYear, {utc, zoned});
  AddFunction(table, "getMonth", Month, {utc, zoned});
  AddFunction(table, "getDate", Date, {utc, zoned});
  AddFunction(table, "getDayOfMonth", DayOfMonth, {utc, zoned});
  AddFunction(table, "getDayOfYear", DayOfYear, {utc, zoned});
  AddFunction(table, "getDayOfWeek", DayOfWeek, {utc, zoned});
  AddFunction(table, "getHours", Hours, {utc, zoned, total});
  AddFunction(table, "getMinutes", Minutes, {utc, zoned, total});
  AddFunction(table, "getSeconds", Seconds, {utc, zoned, total});
  AddFunction(table, "getMilliseconds", Milliseconds, {utc, zoned, total});
}

}  // namespace cadenza::cel
