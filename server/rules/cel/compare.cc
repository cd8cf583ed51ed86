#include "server/rules/cel/compare.h"

#include <cmath>

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

template <typename T>
Ordering Order(const T& a, const T& b) {
  return a < b ? Ordering::kLess : b < a ? Ordering::kGreater : Ordering::kEqual;
}

double AsDouble(const Value& v) {
  switch (v.kind()) {
    case Kind::kInt:
      return static_cast<double>(v.int_value());
    case Kind::kUint:
      return static_cast<double>(v.uint_value());
    default:
      return v.double_value();
  }
}

Ordering CompareIntUint(int64_t a, uint64_t b) { return a < 0 ? Ordering::kLess : Order(static_cast<uint64_t>(a), b); }

Ordering Reverse(Ordering order) {
  if (order == Ordering::kLess) return Ordering::kGreater;
  if (order == Ordering::kGreater) return Ordering::kLess;
  return order;
}

Ordering CompareNumbers(const Value& a, const Value& b) {
  if (a.kind() == Kind::kDouble || b.kind() == Kind::kDouble) {
    const double x = AsDouble(a);
    const double y = AsDouble(b);
    return std::isnan(x) || std::isnan(y) ? Ordering::kUnordered : Order(x, y);
  }
  if (a.kind() == Kind::kInt) {
    return b.kind() == Kind::kInt ? Order(a.int_value(), b.int_value()) : CompareIntUint(a.int_value(), b.uint_value());
  }
  return b.kind() == Kind::kUint ? Order(a.uint_value(), b.uint_value())
                                 : Reverse(CompareIntUint(b.int_value(), a.uint_value()));
}

bool EqualLists(const ListInterface& a, const ListInterface& b, CostMeter* cost) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  for (size_t i = 0; i < size; ++i) {
    if (!Equal(a.at(i), b.at(i), cost)) return false;
  }
  return true;
}

bool EqualMaps(const MapInterface& a, const MapInterface& b, CostMeter* cost) {
  if (a.size() != b.size()) return false;
  if (cost != nullptr && !cost->Charge(static_cast<int64_t>(a.size()))) return false;
  for (const Value& key : a.Keys()) {
    const std::optional<Value> x = a.Find(key);
    const std::optional<Value> y = b.Find(key);
    if (!x || !y || !Equal(*x, *y, cost)) return false;
  }
  return true;
}

bool EqualOptionals(const Value* a, const Value* b, CostMeter* cost) {
  return a == nullptr || b == nullptr ? a == b : Equal(*a, *b, cost);
}

bool EqualText(const std::string& a, const std::string& b, CostMeter* cost) {
  if (a.size() != b.size()) return false;
  return (cost == nullptr || cost->ChargeBytes(a.size())) && a == b;
}

}  // namespace

bool IsNumber(const Value& value) {
  return value.kind() == Kind::kInt || value.kind() == Kind::kUint || value.kind() == Kind::kDouble;
}

Ordering Compare(const Value& a, const Value& b) {
  if (IsNumber(a) && IsNumber(b)) return CompareNumbers(a, b);
  if (a.kind() != b.kind()) return Ordering::kIncomparable;
  switch (a.kind()) {
    case Kind::kBool:
      return Order(a.bool_value(), b.bool_value());
    case Kind::kString:
      return Order(a.string_value(), b.string_value());
    case Kind::kBytes:
      return Order(a.bytes_value(), b.bytes_value());
    case Kind::kTimestamp:
      return Order(a.timestamp_value(), b.timestamp_value());
    case Kind::kDuration:
      return Order(a.duration_value(), b.duration_value());
    default:
      return Ordering::kIncomparable;
  }
}

bool Equal(const Value& a, const Value& b, CostMeter* cost) {
  if (cost != nullptr && !cost->Charge(1)) return false;
  if (IsNumber(a) && IsNumber(b)) return CompareNumbers(a, b) == Ordering::kEqual;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kString:
      return EqualText(a.string_value(), b.string_value(), cost);
    case Kind::kBytes:
      return EqualText(a.bytes_value(), b.bytes_value(), cost);
    case Kind::kList:
      return EqualLists(a.list_value(), b.list_value(), cost);
    case Kind::kMap:
      return EqualMaps(a.map_value(), b.map_value(), cost);
    case Kind::kType:
      return a.type_value() == b.type_value();
    case Kind::kOptional:
      return EqualOptionals(a.optional_value(), b.optional_value(), cost);
    case Kind::kError:
      return false;
    default:
      return Compare(a, b) == Ordering::kEqual;
  }
}

}  // namespace cadenza::cel
