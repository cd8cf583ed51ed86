#include "server/rules/liquid/number.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// mantissa * 10^exponent.
struct Decimal {
  absl::int128 mantissa = 0;
  int exponent = 0;
};

// A mantissa has at most 19 digits, so a shift by 18 stays inside 128 bits; further apart, the smaller operand hardly
// shows in the result.
constexpr int kMostShift = 18;

absl::int128 PowerOfTen(int exponent) {
  absl::int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// Nothing for NaN and infinity.
std::optional<Decimal> ToDecimal(const Number& number) {
  if (number.is_int()) return Decimal{number.int_value(), 0};
  const double value = number.AsDouble();
  if (!std::isfinite(value)) return std::nullopt;
  char buffer[32];
  const char* end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  Decimal decimal;
  int fraction_digits = 0;
  bool in_fraction = false;
  const char* p = buffer;
  for (; p != end && *p != 'e'; ++p) {
    if (*p == '.') in_fraction = true;
    if (!IsDigit(*p)) continue;
    decimal.mantissa = decimal.mantissa * 10 + (*p - '0');
    fraction_digits += in_fraction ? 1 : 0;
  }
  int exponent = 0;
  if (p != end) std::from_chars(p[1] == '+' ? p + 2 : p + 1, end, exponent);
  if (buffer[0] == '-') decimal.mantissa = -decimal.mantissa;
  decimal.exponent = exponent - fraction_digits;
  return decimal;
}

// Up to here doubles hold whole numbers, and powers of ten, exactly, so one division or product of them is the nearest
// double (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
constexpr int64_t kExactMantissa = int64_t{1} << 53;
constexpr double kExactPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

Number ToDouble(const Decimal& decimal) {
  const size_t power = static_cast<size_t>(std::abs(decimal.exponent));
  if (decimal.mantissa >= -kExactMantissa && decimal.mantissa <= kExactMantissa && power < std::size(kExactPowers)) {
    const auto mantissa = static_cast<double>(static_cast<int64_t>(decimal.mantissa));
    return Number::Double(decimal.exponent < 0 ? mantissa / kExactPowers[power] : mantissa * kExactPowers[power]);
  }
  std::string digits;
  absl::int128 rest = decimal.mantissa < 0 ? -decimal.mantissa : decimal.mantissa;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  double value = 0;
  (void)absl::SimpleAtod(StrCat(decimal.mantissa < 0 ? "-" : "", digits, "e", decimal.exponent), &value);
  return Number::Double(value);
}

// Both with the smaller of the two exponents. False if they lie too far apart.
bool Align(Decimal* a, Decimal* b) {
  Decimal* coarse = a->exponent > b->exponent ? a : b;
  const int exponent = std::min(a->exponent, b->exponent);
  const int shift = coarse->exponent - exponent;
  if (shift > kMostShift) return false;
  coarse->mantissa *= PowerOfTen(shift);
  coarse->exponent = exponent;
  return true;
}

// `exact` on aligned mantissas, or `fallback` on doubles.
template <typename Exact, typename Fallback>
Number OnDecimals(const Number& a, const Number& b, Exact exact, Fallback fallback) {
  std::optional<Decimal> left = ToDecimal(a);
  std::optional<Decimal> right = ToDecimal(b);
  if (!left.has_value() || !right.has_value() || !Align(&*left, &*right)) {
    return Number::Double(fallback(a.AsDouble(), b.AsDouble()));
  }
  return ToDouble({exact(left->mantissa, right->mantissa), left->exponent});
}

template <typename Int>
Int FloorModulo(Int a, Int b) {
  const Int rest = a % b;
  return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

Number WholeOf(double value) {
  constexpr double kBound = 9223372036854775808.0;  // 2^63
  return value >= -kBound && value < kBound ? Number::Int(static_cast<int64_t>(value)) : Number::Double(value);
}

Number OfString(std::string_view text) {
  text = StripRight(StripLeft(text));
  size_t end = !text.empty() && text[0] == '-' ? 1 : 0;
  const size_t first_digit = end;
  while (end < text.size() && IsDigit(text[end])) ++end;
  if (end == first_digit) return Number::Int(0);
  size_t fraction_end = end + 1;
  while (fraction_end < text.size() && IsDigit(text[fraction_end])) ++fraction_end;
  double value = 0;
  if (end < text.size() && text[end] == '.' && fraction_end > end + 1 && fraction_end == text.size()) {
    return absl::SimpleAtod(Sv(text), &value) ? Number::Double(value) : Number::Int(0);
  }
  int64_t whole = 0;
  if (absl::SimpleAtoi(Sv(text.substr(0, end)), &whole)) return Number::Int(whole);
  (void)absl::SimpleAtod(Sv(text.substr(0, end)), &value);
  return Number::Double(value);
}

}  // namespace

Number Number::Of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kInt:
      return Int(value.int_value());
    case Value::Kind::kDouble:
      return Double(value.double_value());
    case Value::Kind::kString:
      return OfString(value.string_value());
    default:
      return Int(0);
  }
}

Number Add(const Number& a, const Number& b) {
  int64_t sum = 0;
  if (a.is_int() && b.is_int()) {
    if (!__builtin_add_overflow(a.int_value(), b.int_value(), &sum)) return Number::Int(sum);
    return Number::Double(a.AsDouble() + b.AsDouble());
  }
  return OnDecimals(
      a, b, [](absl::int128 x, absl::int128 y) { return x + y; }, [](double x, double y) { return x + y; });
}

Number Subtract(const Number& a, const Number& b) {
  int64_t difference = 0;
  if (a.is_int() && b.is_int()) {
    if (!__builtin_sub_overflow(a.int_value(), b.int_value(), &difference)) return Number::Int(difference);
    return Number::Double(a.AsDouble() - b.AsDouble());
  }
  return OnDecimals(
      a, b, [](absl::int128 x, absl::int128 y) { return x - y; }, [](double x, double y) { return x - y; });
}

Number Multiply(const Number& a, const Number& b) {
  int64_t product = 0;
  if (a.is_int() && b.is_int()) {
    if (!__builtin_mul_overflow(a.int_value(), b.int_value(), &product)) return Number::Int(product);
    return Number::Double(a.AsDouble() * b.AsDouble());
  }
  const std::optional<Decimal> left = ToDecimal(a);
  const std::optional<Decimal> right = ToDecimal(b);
  if (!left.has_value() || !right.has_value()) return Number::Double(a.AsDouble() * b.AsDouble());
  return ToDouble({left->mantissa * right->mantissa, left->exponent + right->exponent});
}

absl::StatusOr<Number> Divide(const Number& a, const Number& b) {
  if (b.IsZero()) return absl::InvalidArgumentError("divided by 0");
  if (!a.is_int() || !b.is_int()) return Number::Double(a.AsDouble() / b.AsDouble());
  if (b.int_value() == -1) return Subtract(Number::Int(0), a);
  const int64_t quotient = a.int_value() / b.int_value();
  const bool inexact = a.int_value() % b.int_value() != 0;
  return Number::Int(inexact && ((a.int_value() < 0) != (b.int_value() < 0)) ? quotient - 1 : quotient);
}

absl::StatusOr<Number> Modulo(const Number& a, const Number& b) {
  if (b.IsZero()) return absl::InvalidArgumentError("divided by 0");
  if (a.is_int() && b.is_int()) {
    return Number::Int(b.int_value() == -1 ? 0 : FloorModulo(a.int_value(), b.int_value()));
  }
  return OnDecimals(a, b, FloorModulo<absl::int128>, [](double x, double y) {
    const double rest = std::fmod(x, y);
    return rest != 0 && ((rest < 0) != (y < 0)) ? rest + y : rest;
  });
}

bool Less(const Number& a, const Number& b) {
  if (a.is_int() && b.is_int()) return a.int_value() < b.int_value();
  return a.AsDouble() < b.AsDouble();
}

Number Round(const Number& number, int64_t digits) {
  std::optional<Decimal> decimal = ToDecimal(number);
  if (!decimal.has_value() || (number.is_int() && digits >= 0)) return number;
  const int64_t drop = -digits - decimal->exponent;
  if (drop > 36) {
    decimal->mantissa = 0;
  } else if (drop > 0) {
    const absl::int128 unit = PowerOfTen(static_cast<int>(drop));
    const absl::int128 half = decimal->mantissa < 0 ? -(unit / 2) : unit / 2;
    decimal->mantissa = (decimal->mantissa + half) / unit * unit;
  }
  const Number rounded = ToDouble(*decimal);
  return digits > 0 ? rounded : WholeOf(rounded.AsDouble());
}

Number Floor(const Number& number) { return number.is_int() ? number : WholeOf(std::floor(number.AsDouble())); }

Number Ceil(const Number& number) { return number.is_int() ? number : WholeOf(std::ceil(number.AsDouble())); }

Number Abs(const Number& number) {
  if (!number.is_int()) return Number::Double(std::fabs(number.AsDouble()));
  return number.int_value() < 0 ? Subtract(Number::Int(0), number) : number;
}

std::optional<int64_t> ToInteger(const Value& value) {
  if (value.kind() == Value::Kind::kInt) return value.int_value();
  int64_t whole = 0;
  if (value.kind() == Value::Kind::kString && absl::SimpleAtoi(value.string_value(), &whole)) return whole;
  return std::nullopt;
}

}  // namespace cadenza::liquid
