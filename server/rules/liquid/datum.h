// What an expression evaluates to, and what Liquid does with it: print, compare, index. Internal to
// server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_DATUM_H_
#define CADENZA_SERVER_RULES_LIQUID_DATUM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "server/rules/liquid/liquid.h"
#include "storage/model/value.h"

namespace cadenza::liquid {

// (first..last), both included; empty if last < first.
struct Range {
  int64_t first = 0;
  int64_t last = -1;
  // Saturates at the largest int64.
  int64_t size() const;
  friend bool operator==(const Range&, const Range&) = default;
};

// The words `empty` and `blank`, which stand for a property of values and are none themselves.
enum class Special : uint8_t { kEmpty, kBlank };

// A value of its own, or one lent by the caller's scope, a variable or a template, which stays valid until the next
// assignment; an object (const Scope*) is borrowed from the caller's scope or from a loop that is running.
using Datum = std::variant<Value, const Value*, Range, Special, const Scope*>;

// The value in it, its own or lent; null if it is none.
inline const Value* ValueIn(const Datum& datum) {
  if (const Value* const* lent = std::get_if<const Value*>(&datum)) return *lent;
  return std::get_if<Value>(&datum);
}
// The same without a copy of a value that it owns. `datum` must outlive it.
inline Datum Lent(const Datum& datum) {
  const Value* value = ValueIn(datum);
  return value != nullptr ? Datum(value) : datum;
}
// The same with a copy of a value that is lent.
inline Datum Owned(Datum datum) {
  const Value* const* lent = std::get_if<const Value*>(&datum);
  return lent != nullptr ? Datum(**lent) : std::move(datum);
}

// Only nil and false are not.
bool IsTruthy(const Datum& datum);

// As it is printed: nil as nothing, lists as their elements without separator, maps as {"key"=>value}, timestamps as
// "2016-03-14 09:26:53 UTC".
void AppendText(const Value& value, std::string* out);
std::string ToText(const Value& value);
// The shortest decimal that reads back as the same double, always with a point: "5.0", "1.0e+20".
std::string FormatDouble(double value);

// Liquid's ==: numbers by value, other kinds only with their like.
bool Equal(const Value& a, const Value& b);
bool Equal(const Datum& a, const Datum& b);

// Less than zero, zero or greater for two numbers, two strings or two timestamps. Nothing where Liquid says that
// neither is less (nil, lists, …). INVALID_ARGUMENT for a number against a string or a timestamp, in Ruby's words.
absl::StatusOr<std::optional<int>> Compare(const Datum& a, const Datum& b);

// Whether `container`, a string, list, map or range, has `element` in it (a map: as a key).
bool Contains(const Datum& container, const Datum& element);

// datum[key]; with `dotted` (datum.key) also the pseudo-members size, first and last. Nil if there is none. May lend
// from `datum`, which must outlive it then.
Datum Member(const Datum& datum, const Value& key, bool dotted);
// The same for a value and a name, where the member is a value that can be lent; null otherwise.
const Value* LentMember(const Value& value, const Value& key);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_DATUM_H_
