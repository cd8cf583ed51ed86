#include "server/rules/liquid/expression.h"

#include <cmath>

#include "absl/container/inlined_vector.h"
#include "server/rules/liquid/number.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// Comparing is charged by size, so that a big value costs what it takes.
absl::Status ChargeSize(const Datum& datum, Context& context) {
  const Value* value = ValueIn(datum);
  if (value == nullptr) return absl::OkStatus();
  switch (value->kind()) {
    case Value::Kind::kString:
      return context.Step(1 + static_cast<int64_t>(value->string_value().size() / 256));
    case Value::Kind::kList:
    case Value::Kind::kMap:
      return context.Step(1 + static_cast<int64_t>(value->ByteSize() / 256));
    default:
      return absl::OkStatus();
  }
}

// Reading and making a value costs a step for each 64 bytes, and for each 4 elements.
int64_t Cost(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kString:
      return static_cast<int64_t>(value.string_value().size() / 64);
    case Value::Kind::kList:
      return static_cast<int64_t>(value.ByteSize() / 64 + value.list_value().size() / 4);
    case Value::Kind::kMap:
      return static_cast<int64_t>(value.ByteSize() / 64);
    default:
      return 0;
  }
}

int64_t RangeBound(const Value& value) {
  const Number number = Number::Of(value);
  if (number.is_int()) return number.int_value();
  const Number whole = number.AsDouble() < 0 ? Ceil(number) : Floor(number);
  return whole.is_int() ? whole.int_value() : 0;
}

absl::StatusOr<Value> EvaluateValue(const Expression& expression, Context& context) {
  if (const Value* lent = expression.Lend(context)) return *lent;
  CADENZA_ASSIGN_OR_RETURN(Datum datum, expression.Evaluate(context));
  return context.ToValue(std::move(datum));
}

bool IsNil(const Datum& datum) {
  const Value* value = ValueIn(datum);
  return value != nullptr && value->is_null();
}

// Whether nil is what datum[key] holds, rather than that there is no such member.
bool DefinesMember(const Datum& datum, const Value& key) {
  const Value* value = ValueIn(datum);
  if (const Scope* const* scope = std::get_if<const Scope*>(&datum)) {
    return key.kind() == Value::Kind::kString && (*scope)->Defines(key.string_value());
  }
  if (value == nullptr) return false;
  if (value->kind() == Value::Kind::kList) return key.kind() == Value::Kind::kInt;
  return value->kind() == Value::Kind::kMap && key.kind() == Value::Kind::kString &&
         value->map_value().Find(key.string_value()) != nullptr;
}

absl::Status Undefined(std::string_view name) {
  return absl::InvalidArgumentError(StrCat("undefined variable ", name));
}

}  // namespace

const Value* VariableExpression::Lend(Context& context) const {
  if (name_expression_ != nullptr) return nullptr;
  const Value* value = context.FindValue(name_);
  size_t next = 0;
  if (value == nullptr) {
    // Members of objects of the caller: user.first_name.
    if (segments_.empty()) return nullptr;
    const Datum root = context.Find(name_);
    const Scope* const* object = std::get_if<const Scope*>(&root);
    if (object == nullptr) return nullptr;
    const Scope* scope = *object;
    for (; value == nullptr; ++next) {
      if (next == segments_.size() || segments_[next].index != nullptr) return nullptr;
      const std::string& key = segments_[next].key.string_value();
      value = scope->Borrow(key);
      if (value != nullptr) continue;
      scope = scope->Nested(key);
      if (scope == nullptr) return nullptr;
    }
  }
  for (; value != nullptr && next < segments_.size(); ++next) {
    const Segment& segment = segments_[next];
    const Value* key = segment.index == nullptr ? &segment.key : segment.index->Lend(context);
    const bool is_plain = segment.index == nullptr || (key != nullptr && key->kind() == Value::Kind::kInt);
    value = is_plain ? LentMember(*value, *key) : nullptr;
  }
  return value;
}

absl::StatusOr<Datum> VariableExpression::Root(Context& context) const {
  if (name_expression_ == nullptr) {
    Datum datum = context.Find(name_);
    if (context.options.strict_variables && IsNil(datum) && !context.Defines(name_)) return Undefined(name_);
    return datum;
  }
  CADENZA_ASSIGN_OR_RETURN(const Value name, EvaluateValue(*name_expression_, context));
  if (name.kind() != Value::Kind::kString) return Datum();
  Datum datum = context.Find(name.string_value());
  if (context.options.strict_variables && IsNil(datum) && !context.Defines(name.string_value())) {
    return Undefined(name.string_value());
  }
  return datum;
}

absl::StatusOr<Datum> VariableExpression::Evaluate(Context& context) const {
  if (const Value* lent = Lend(context)) return lent;
  CADENZA_ASSIGN_OR_RETURN(Datum datum, Root(context));
  for (const Segment& segment : segments_) {
    Value index;
    if (segment.index != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(index, EvaluateValue(*segment.index, context));
    }
    const Value& key = segment.index == nullptr ? segment.key : index;
    const bool owned = std::holds_alternative<Value>(datum);
    Datum member = Member(datum, key, segment.index == nullptr);
    if (context.options.strict_variables && IsNil(member) && !DefinesMember(datum, key)) return Undefined(ToText(key));
    datum = owned ? Owned(std::move(member)) : std::move(member);
  }
  return datum;
}

absl::StatusOr<Datum> RangeExpression::Evaluate(Context& context) const {
  CADENZA_ASSIGN_OR_RETURN(const Value from, EvaluateValue(*first_, context));
  CADENZA_ASSIGN_OR_RETURN(const Value to, EvaluateValue(*last_, context));
  return Range{RangeBound(from), RangeBound(to)};
}

absl::StatusOr<Datum> FilteredExpression::Evaluate(Context& context) const {
  Value value;
  const Value* input = input_->Lend(context);
  if (input == nullptr) {
    CADENZA_ASSIGN_OR_RETURN(Datum datum, input_->Evaluate(context));
    absl::StatusOr<Value> own = context.ToValue(std::move(datum));
    if (!own.ok()) return context.Locate(own.status(), steps_.front().place);
    value = *std::move(own);
    input = &value;
  }
  std::optional<absl::TimeZone> zone;
  for (const Step& step : steps_) {
    absl::StatusOr<Value> result = Apply(step, *input, &zone, context);
    if (!result.ok()) return context.Locate(result.status(), step.place);
    value = *std::move(result);
    input = &value;
  }
  return value;
}

absl::Status CheckArguments(const FilteredExpression::Step& step) {
  const Filter& filter = *step.filter;
  // Ruby counts the input, and the named arguments, which come last, as one.
  const bool surplus = !step.options.empty() && filter.option.empty();
  const size_t given = step.arguments.size() + (surplus ? 1 : 0);
  if (given >= filter.least_arguments && given <= filter.most_arguments) return absl::OkStatus();
  const std::string expected = filter.least_arguments == filter.most_arguments
                                   ? StrCat(filter.least_arguments + 1)
                                   : StrCat(filter.least_arguments + 1, "..", filter.most_arguments + 1);
  return absl::InvalidArgumentError(
      StrCat("wrong number of arguments (given ", given + 1, ", expected ", expected, ")"));
}

absl::StatusOr<Value> FilteredExpression::Apply(const Step& step, const Value& input,
                                                std::optional<absl::TimeZone>* zone, Context& context) {
  if (step.filter == nullptr) {
    if (context.options.strict_filters) return absl::InvalidArgumentError(StrCat("undefined filter ", step.place));
    return input;
  }
  CADENZA_RETURN_IF_ERROR(CheckArguments(step));
  const bool surplus = !step.options.empty() && step.filter->option.empty();
  Arguments arguments(step.arguments.size() + (surplus ? 1 : 0));
  for (size_t i = 0; i < step.arguments.size(); ++i) {
    if (const Value* lent = step.arguments[i]->Lend(context)) {
      arguments.Lend(i, lent);
      continue;
    }
    CADENZA_ASSIGN_OR_RETURN(Datum datum, step.arguments[i]->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(Value value, context.ToValue(std::move(datum)));
    arguments.Own(i, std::move(value));
  }
  Value option;
  std::vector<ValueMap::Entry> options;
  for (const auto& [name, expression] : step.options) {
    if (!surplus && name != step.filter->option) continue;
    CADENZA_ASSIGN_OR_RETURN(option, EvaluateValue(*expression, context));
    if (surplus) options.emplace_back(name, option);
  }
  // A filter without named arguments gets them as a map, its last argument.
  if (surplus) arguments.Own(step.arguments.size(), Value::Map(ValueMap::InOrder(std::move(options))));
  CADENZA_RETURN_IF_ERROR(context.Step(1 + Cost(input)));
  FilterCall call{input, arguments, option, context.options, zone, context.limits.output_bytes};
  CADENZA_ASSIGN_OR_RETURN(Value result, step.filter->function(call));
  if (result.kind() == Value::Kind::kString && result.string_value().size() > call.most_bytes) return TooLong(call);
  CADENZA_RETURN_IF_ERROR(context.Step(Cost(result)));
  return result;
}

bool VariableExpression::IsSafe(const Context& context) const {
  return segments_.empty() && name_expression_ == nullptr && context.frame.safe.contains(name_);
}

bool FilteredExpression::IsSafe(const Context& context) const {
  auto step = steps_.rbegin();
  while (step != steps_.rend() && (step->filter == nullptr || step->filter->passes_through)) ++step;
  if (step == steps_.rend()) return input_->IsSafe(context);
  const Filter* last = step->filter;
  return last->safe_for_all || last->safe_for == context.options.escaping;
}

Comparison::Operator OperatorNamed(std::string_view text) {
  using Operator = Comparison::Operator;
  static constexpr std::pair<std::string_view, Operator> kOperators[] = {
      {"==", Operator::kEqual},          {"!=", Operator::kNotEqual},
      {"<>", Operator::kNotEqual},       {"<", Operator::kLess},
      {"<=", Operator::kLessOrEqual},    {">", Operator::kGreater},
      {">=", Operator::kGreaterOrEqual}, {"contains", Operator::kContains},
  };
  for (const auto& [name, op] : kOperators) {
    if (name == text) return op;
  }
  return Operator::kUnknown;
}

absl::StatusOr<bool> Comparison::Holds(Context& context) const {
  CADENZA_ASSIGN_OR_RETURN(const Datum a, left->Evaluate(context));
  if (op == Operator::kTruth) return IsTruthy(a);
  if (op == Operator::kUnknown) return absl::InvalidArgumentError(StrCat("Unknown operator ", op_text));
  CADENZA_ASSIGN_OR_RETURN(const Datum b, right->Evaluate(context));
  CADENZA_RETURN_IF_ERROR(ChargeSize(a, context));
  if (op == Operator::kEqual) return Equal(a, b);
  if (op == Operator::kNotEqual) return !Equal(a, b);
  if (op == Operator::kContains) return Contains(a, b);
  CADENZA_ASSIGN_OR_RETURN(const std::optional<int> order, Compare(a, b));
  if (!order.has_value()) return false;
  switch (op) {
    case Operator::kLess:
      return *order < 0;
    case Operator::kLessOrEqual:
      return *order <= 0;
    case Operator::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

absl::StatusOr<bool> Condition::Holds(Context& context) const {
  // To the right means: after a false term before an `and`, or a true one before an `or`, the rest cannot change the
  // outcome.
  bool holds = false;
  for (const Term& term : terms_) {
    CADENZA_RETURN_IF_ERROR(context.Step());
    CADENZA_ASSIGN_OR_RETURN(holds, term.comparison.Holds(context));
    if (holds != term.followed_by_and) break;
  }
  return holds;
}

}  // namespace cadenza::liquid
