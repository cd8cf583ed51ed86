#include <algorithm>

#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/number.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;

Number Input(const FilterCall& call) { return Number::Of(call.input); }
Number Argument(const FilterCall& call) { return Number::Of(call.arguments[0]); }

Result ToResult(const absl::StatusOr<Number>& number) {
  if (!number.ok()) return number.status();
  return number->ToValue();
}

Result AbsFilter(const FilterCall& call) { return Abs(Input(call)).ToValue(); }
Result CeilFilter(const FilterCall& call) { return Ceil(Input(call)).ToValue(); }
Result FloorFilter(const FilterCall& call) { return Floor(Input(call)).ToValue(); }
Result Plus(const FilterCall& call) { return Add(Input(call), Argument(call)).ToValue(); }
Result Minus(const FilterCall& call) { return Subtract(Input(call), Argument(call)).ToValue(); }
Result Times(const FilterCall& call) { return Multiply(Input(call), Argument(call)).ToValue(); }
Result DividedBy(const FilterCall& call) { return ToResult(Divide(Input(call), Argument(call))); }
Result ModuloFilter(const FilterCall& call) { return ToResult(Modulo(Input(call), Argument(call))); }

Result AtLeast(const FilterCall& call) {
  const Number input = Input(call), least = Argument(call);
  return (Less(input, least) ? least : input).ToValue();
}

Result AtMost(const FilterCall& call) {
  const Number input = Input(call), most = Argument(call);
  return (Less(most, input) ? most : input).ToValue();
}

Result RoundFilter(const FilterCall& call) {
  const Number digits = call.Has(0) ? Floor(Argument(call)) : Number::Int(0);
  // No double has a digit beyond these places.
  const int64_t places = digits.is_int() ? std::clamp<int64_t>(digits.int_value(), -400, 400) : 0;
  return Round(Input(call), places).ToValue();
}

}  // namespace

absl::Span<const Filter> MathFilters() {
  static constexpr Filter kFilters[] = {
      {"abs", 0, 0, AbsFilter},       {"ceil", 0, 0, CeilFilter},
      {"floor", 0, 0, FloorFilter},   {"round", 0, 1, RoundFilter},
      {"plus", 1, 1, Plus},           {"minus", 1, 1, Minus},
      {"times", 1, 1, Times},         {"divided_by", 1, 1, DividedBy},
      {"modulo", 1, 1, ModuloFilter}, {"at_least", 1, 1, AtLeast},
      {"at_most", 1, 1, AtMost},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
