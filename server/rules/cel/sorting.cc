#include "server/rules/cel/sorting.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "server/rules/cel/compare.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

bool IsNan(const Value& value) { return value.kind() == Kind::kDouble && std::isnan(value.double_value()); }

bool Before(const Value& a, const Value& b) {
  if (IsNan(a) || IsNan(b)) return IsNan(a) && !IsNan(b);
  return Compare(a, b) == Ordering::kLess;
}

size_t LongestText(const std::vector<Value>& keys) {
  size_t longest = 0;
  for (const Value& key : keys) {
    if (key.kind() == Kind::kString) longest = std::max(longest, key.string_value().size());
    if (key.kind() == Kind::kBytes) longest = std::max(longest, key.bytes_value().size());
  }
  return longest;
}

}  // namespace

Value SortByKeys(const ListInterface& list, const std::vector<Value>& keys, CallContext& context) {
  for (const Value& key : keys) {
    if (Compare(key, key) == Ordering::kIncomparable) {
      return Value::Error(Cat("values of type ", KindName(key.kind()), " have no order to be sorted by"));
    }
    if (key.kind() != keys[0].kind()) {
      return Value::Error(Cat("values of types ", KindName(keys[0].kind()), " and ", KindName(key.kind()),
                              " cannot be sorted together"));
    }
  }
  // At most size * log2(size) comparisons.
  const auto depth = static_cast<int64_t>(std::bit_width(keys.size()));
  const auto each = static_cast<int64_t>(1 + LongestText(keys) / 16);
  if (!context.cost.Charge(static_cast<int64_t>(keys.size()) * depth)) return CostExceeded();
  if (!context.cost.Charge(static_cast<int64_t>(keys.size()) * depth * (each - 1))) return CostExceeded();
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return Before(keys[a], keys[b]); });
  std::vector<Value> sorted;
  sorted.reserve(order.size());
  for (const size_t at : order) sorted.push_back(list.at(at));
  return Value::List(std::move(sorted));
}

}  // namespace cadenza::cel
