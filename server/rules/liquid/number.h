// Liquid's arithmetic: whole numbers stay whole, and fractions are added, multiplied and rounded as the decimals that
// they print as (10.1 + 2.2 is 12.3). Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_NUMBER_H_
#define CADENZA_SERVER_RULES_LIQUID_NUMBER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/model/value.h"

namespace cadenza::liquid {

class Number {
 public:
  static Number Int(int64_t value) { return Number(true, value, 0); }
  static Number Double(double value) { return Number(false, 0, value); }
  // What a filter makes of any value: a number itself, a string by the number that it is or starts with ("12 apples"),
  // anything else 0.
  static Number Of(const Value& value);

  bool is_int() const { return is_int_; }
  // REQUIRES: is_int().
  int64_t int_value() const { return int_; }
  double AsDouble() const { return is_int_ ? static_cast<double>(int_) : double_; }
  bool IsZero() const { return is_int_ ? int_ == 0 : double_ == 0; }
  Value ToValue() const { return is_int_ ? Value::Int(int_) : Value::Double(double_); }

 private:
  Number(bool is_int, int64_t i, double d) : is_int_(is_int), int_(i), double_(d) {}
  bool is_int_;
  int64_t int_;
  double double_;
};

// Two whole numbers give a whole one, or a double where int64 would overflow.
Number Add(const Number& a, const Number& b);
Number Subtract(const Number& a, const Number& b);
Number Multiply(const Number& a, const Number& b);
// Rounds down between whole numbers. INVALID_ARGUMENT for a divisor of zero.
absl::StatusOr<Number> Divide(const Number& a, const Number& b);
// Has the sign of the divisor. INVALID_ARGUMENT for a divisor of zero.
absl::StatusOr<Number> Modulo(const Number& a, const Number& b);
bool Less(const Number& a, const Number& b);

// Half away from zero. With digits <= 0 the result is whole.
Number Round(const Number& number, int64_t digits);
// A double beyond int64 stays a double.
Number Floor(const Number& number);
Number Ceil(const Number& number);
Number Abs(const Number& number);

// A whole number, or a string that is exactly one; nothing else.
std::optional<int64_t> ToInteger(const Value& value);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_NUMBER_H_
