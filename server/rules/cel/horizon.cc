#include "server/rules/cel/horizon.h"

#include <array>
#include <utility>

#include "absl/time/civil_time.h"
#include "server/rules/cel/zones.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;
using Args = absl::Span<const Value>;

constexpr absl::Duration kTick = absl::Nanoseconds(1);
// A motion beyond this is not followed.
constexpr int kMaxMoves = 100;

int SignOf(absl::Duration d) { return d < absl::ZeroDuration() ? -1 : d > absl::ZeroDuration() ? 1 : 0; }

bool HoldsFor(uint8_t signs, int sign) { return (signs >> (sign + 1) & 1) != 0; }

// When a relation between two times whose difference is `apart` and changes by `moves` for each nanosecond first has
// another truth; nothing if never.
std::optional<absl::Duration> NextFlip(uint8_t signs, absl::Duration apart, int moves) {
  const int sign = SignOf(apart);
  const int finally = moves > 0 ? 1 : -1;
  const bool holds = HoldsFor(signs, sign);
  if (moves == 0 || sign == finally) return std::nullopt;
  if (sign == 0) return HoldsFor(signs, finally) == holds ? std::nullopt : std::optional<absl::Duration>(kTick);
  const absl::Duration distance = absl::AbsDuration(apart);
  const int speed = std::abs(moves);
  const absl::Duration before = absl::Floor(distance / speed, kTick);
  if (before * speed == distance) {
    if (HoldsFor(signs, 0) != holds) return before;
    return HoldsFor(signs, finally) == holds ? std::nullopt : std::optional<absl::Duration>(before + kTick);
  }
  return HoldsFor(signs, finally) == holds ? std::nullopt : std::optional<absl::Duration>(before + kTick);
}

void EnterComparison(uint8_t signs, const Value& a, const Value& b, Horizon* horizon) {
  const bool times = a.kind() == b.kind() && (a.kind() == Kind::kTimestamp || a.kind() == Kind::kDuration);
  if (!times) {
    // A time that is compared with something else stays different from it.
    const auto holds_others = [](const Value& v) {
      return v.moves() != 0 && v.kind() != Kind::kTimestamp && v.kind() != Kind::kDuration;
    };
    if (holds_others(a) || holds_others(b)) horizon->Unknown();
    return;
  }
  const absl::Duration apart = a.kind() == Kind::kTimestamp ? a.timestamp_value() - b.timestamp_value()
                                                            : a.duration_value() - b.duration_value();
  if (const std::optional<absl::Duration> flip = NextFlip(signs, apart, a.moves() - b.moves())) {
    horizon->Until(horizon->now() + *flip);
  }
}

// Well inside of what a timestamp or duration may be: beyond it, when it leaves its range is not computed.
constexpr absl::Duration kSafeDuration = absl::Hours(24 * 365 * 9000);
absl::Duration SafeDistance(const Value& value) {
  if (value.kind() == Kind::kDuration) return kSafeDuration - absl::AbsDuration(value.duration_value());
  static const absl::Time first = absl::FromCivil(absl::CivilSecond(10, 1, 1), absl::UTCTimeZone());
  static const absl::Time last = absl::FromCivil(absl::CivilSecond(9990, 1, 1), absl::UTCTimeZone());
  return std::min(value.timestamp_value() - first, last - value.timestamp_value());
}

Value EnterSum(int moves, Value result, Horizon* horizon) {
  if (result.kind() == Kind::kList) return result;  // its elements move by themselves
  const bool is_time = result.kind() == Kind::kTimestamp || result.kind() == Kind::kDuration;
  if (!is_time || std::abs(moves) > kMaxMoves) {
    horizon->Unknown();
    return result;
  }
  if (moves != 0) horizon->Until(horizon->now() + absl::Floor(SafeDistance(result) / std::abs(moves), kTick));
  return std::move(result).WithMoves(static_cast<int8_t>(moves));
}

absl::CivilSecond StartOfNext(ClockRole::Unit unit, absl::CivilSecond at) {
  switch (unit) {
    case ClockRole::kYear:
      return absl::CivilSecond(absl::CivilYear(at) + 1);
    case ClockRole::kMonth:
      return absl::CivilSecond(absl::CivilMonth(at) + 1);
    case ClockRole::kDay:
      return absl::CivilSecond(absl::CivilDay(at) + 1);
    case ClockRole::kHour:
      return absl::CivilSecond(absl::CivilHour(at) + 1);
    case ClockRole::kMinute:
      return absl::CivilSecond(absl::CivilMinute(at) + 1);
    default:
      return at + 1;
  }
}

// By the offset that the zone has at `time`; where it changes before, that is when the field may change.
absl::Time NextBoundary(ClockRole::Unit unit, absl::Time time, const absl::TimeZone& zone) {
  if (unit == ClockRole::kMillisecond) return absl::FromUnixMillis(absl::ToUnixMillis(time) + 1);
  const absl::TimeZone::CivilInfo info = zone.At(time);
  const absl::Time next = time - info.subsecond + absl::Seconds(StartOfNext(unit, info.cs) - info.cs);
  absl::TimeZone::CivilTransition transition;
  if (!zone.NextTransition(time, &transition)) return next;
  // One of the two is the moment itself, the other may be later: 02:00 after the clock went back from it to 01:00.
  return std::min({next, zone.At(transition.from).trans, zone.At(transition.to).trans});
}

absl::Duration UnitLength(ClockRole::Unit unit) {
  switch (unit) {
    case ClockRole::kHour:
      return absl::Hours(1);
    case ClockRole::kMinute:
      return absl::Minutes(1);
    case ClockRole::kSecond:
      return absl::Seconds(1);
    default:
      return absl::Milliseconds(1);
  }
}

// When the whole units of a duration, cut off towards zero, change.
void EnterTotal(ClockRole::Unit unit, absl::Duration duration, int moves, Horizon* horizon) {
  if (std::abs(moves) != 1) return horizon->Unknown();
  const absl::Duration length = UnitLength(unit);
  const absl::Duration along = moves > 0 ? duration : -duration;  // moves up
  const absl::Duration whole = absl::Trunc(along, length);
  if (along < absl::ZeroDuration() && whole != absl::ZeroDuration()) {
    return horizon->Until(horizon->now() + (whole - along) + kTick);
  }
  horizon->Until(horizon->now() + (whole + length - along));
}

void EnterPart(ClockRole::Unit unit, Args args, Horizon* horizon) {
  const Value& of = args[0];
  if (of.kind() == Kind::kDuration && args.size() == 1) {
    return EnterTotal(unit, of.duration_value(), of.moves(), horizon);
  }
  if (of.kind() != Kind::kTimestamp) return;  // it has no such part, now or later
  if (of.moves() != 1) return horizon->Unknown();
  absl::TimeZone zone = absl::UTCTimeZone();
  if (args.size() == 2) {
    const std::optional<absl::TimeZone> named =
        args[1].kind() == Kind::kString ? FindTimeZone(args[1].string_value()) : std::nullopt;
    if (!named) return;
    zone = *named;
  }
  horizon->Until(horizon->now() + (NextBoundary(unit, of.timestamp_value(), zone) - of.timestamp_value()));
}

struct NamedRole {
  std::string_view function;
  ClockRole role;
};

constexpr std::array<NamedRole, 25> kRoles = {{
    {"_+_", {ClockRole::Kind::kPlus, 0}},
    {"_-_", {ClockRole::Kind::kMinus, 0}},
    {"_==_", {ClockRole::Kind::kCompare, 0b010}},
    {"_!=_", {ClockRole::Kind::kCompare, 0b101}},
    {"_<_", {ClockRole::Kind::kCompare, 0b001}},
    {"_<=_", {ClockRole::Kind::kCompare, 0b011}},
    {"_>_", {ClockRole::Kind::kCompare, 0b100}},
    {"_>=_", {ClockRole::Kind::kCompare, 0b110}},
    {"_[_]", {ClockRole::Kind::kTransparent, 0}},
    {"size", {ClockRole::Kind::kTransparent, 0}},
    {"dyn", {ClockRole::Kind::kTransparent, 0}},
    {"type", {ClockRole::Kind::kTransparent, 0}},
    {"timestamp", {ClockRole::Kind::kTransparent, 0}},
    {"duration", {ClockRole::Kind::kTransparent, 0}},
    {"getFullYear", {ClockRole::Kind::kPart, ClockRole::kYear}},
    {"getMonth", {ClockRole::Kind::kPart, ClockRole::kMonth}},
    {"getDate", {ClockRole::Kind::kPart, ClockRole::kDay}},
    {"getDayOfMonth", {ClockRole::Kind::kPart, ClockRole::kDay}},
    {"getDayOfYear", {ClockRole::Kind::kPart, ClockRole::kDay}},
    {"getDayOfWeek", {ClockRole::Kind::kPart, ClockRole::kDay}},
    {"getHours", {ClockRole::Kind::kPart, ClockRole::kHour}},
    {"getMinutes", {ClockRole::Kind::kPart, ClockRole::kMinute}},
    {"getSeconds", {ClockRole::Kind::kPart, ClockRole::kSecond}},
    {"getMilliseconds", {ClockRole::Kind::kPart, ClockRole::kMillisecond}},
    {"int", {ClockRole::Kind::kPart, ClockRole::kSecond}},
}};

}  // namespace

ClockRole ClockRoleOf(std::string_view function) {
  for (const NamedRole& named : kRoles) {
    if (named.function == function) return named.role;
  }
  return {};
}

bool AnyMoves(Args args) {
  return std::any_of(args.begin(), args.end(), [](const Value& arg) { return arg.moves() != 0; });
}

Value EnterMoving(ClockRole role, Args args, Value result, Horizon* horizon) {
  switch (role.kind) {
    case ClockRole::Kind::kTransparent:
      return result;
    case ClockRole::Kind::kPlus:
      return EnterSum(args[0].moves() + args[1].moves(), std::move(result), horizon);
    case ClockRole::Kind::kMinus:
      return EnterSum(args[0].moves() - args[1].moves(), std::move(result), horizon);
    case ClockRole::Kind::kCompare:
      EnterComparison(role.detail, args[0], args[1], horizon);
      return result;
    case ClockRole::Kind::kPart:
      EnterPart(static_cast<ClockRole::Unit>(role.detail), args, horizon);
      return result;
    case ClockRole::Kind::kOpaque:
      break;
  }
  horizon->Unknown();
  return result;
}

}  // namespace cadenza::cel
