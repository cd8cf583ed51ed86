#include "server/rules/liquid/expression.h"

#include <cmath>

#include "absl/container/inlined_vector.h"
#include "server/rules/liquid/number.h"
#include "storage/base/status_macros.h"

namespace cadenza::liquid {
namespace {

// Copying and comparing is charged by size, so that a big value costs what it takes.
absl::Status ChargeSize(const Datum& datum, Context& context) {
  const Value* value = std::get_if<Value>(&datum);
  if (value == nullptr) return absl::OkStatus();
  return context.Step(1 + static_cast<int64_t>(value->ByteSize() / 256));
}

int64_t RangeBound(const Value& value) {
  const Number number = Number::Of(value);
  if (number.is_int()) return number.int_value();
  const Number whole = number.AsDouble() < 0 ? Ceil(number) : Floor(number);
  return whole.is_int() ? whole.int_value() : 0;
}

}  // namespace

absl::StatusOr<Datum> VariableExpression::Evaluate(Context& context) const {
  Datum datum;
  if (name_expression_ == nullptr) {
    datum = context.Find(name_);
  } else {
    CADENZA_ASSIGN_OR_RETURN(Datum name, name_expression_->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(const Value text, context.ToValue(std::move(name)));
    datum = context.Find(ToText(text));
  }
  for (const Segment& segment : segments_) {
    if (segment.index == nullptr) {
      datum = Member(datum, segment.key, true);
      continue;
    }
    CADENZA_ASSIGN_OR_RETURN(Datum index, segment.index->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(const Value key, context.ToValue(std::move(index)));
    datum = Member(datum, key, false);
  }
  const Value* value = std::get_if<Value>(&datum);
  if (value != nullptr && value->kind() == Value::Kind::kString) CADENZA_RETURN_IF_ERROR(ChargeSize(datum, context));
  return datum;
}

absl::StatusOr<Datum> RangeExpression::Evaluate(Context& context) const {
  CADENZA_ASSIGN_OR_RETURN(Datum first, first_->Evaluate(context));
  CADENZA_ASSIGN_OR_RETURN(Datum last, last_->Evaluate(context));
  CADENZA_ASSIGN_OR_RETURN(const Value from, context.ToValue(std::move(first)));
  CADENZA_ASSIGN_OR_RETURN(const Value to, context.ToValue(std::move(last)));
  return Range{RangeBound(from), RangeBound(to)};
}

absl::StatusOr<Datum> FilteredExpression::Evaluate(Context& context) const {
  CADENZA_ASSIGN_OR_RETURN(Datum datum, input_->Evaluate(context));
  absl::StatusOr<Value> value = context.ToValue(std::move(datum));
  for (const Step& step : steps_) {
    if (!value.ok()) return context.Locate(value.status(), step.place);
    value = Apply(step, *std::move(value), context);
  }
  if (!value.ok()) return context.Locate(value.status(), steps_.back().place);
  return *std::move(value);
}

absl::StatusOr<Value> FilteredExpression::Apply(const Step& step, Value input, Context& context) {
  absl::InlinedVector<Value, 2> arguments;
  for (const ExpressionPtr& argument : step.arguments) {
    CADENZA_ASSIGN_OR_RETURN(Datum datum, argument->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(Value value, context.ToValue(std::move(datum)));
    arguments.push_back(std::move(value));
  }
  Value option;
  if (step.option != nullptr) {
    CADENZA_ASSIGN_OR_RETURN(Datum datum, step.option->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(option, context.ToValue(std::move(datum)));
  }
  CADENZA_RETURN_IF_ERROR(context.Step(1 + static_cast<int64_t>(input.ByteSize() / 64)));
  FilterCall call{std::move(input), arguments, option, context.now(), context.limits().output_bytes};
  CADENZA_ASSIGN_OR_RETURN(Value result, step.filter->function(call));
  const size_t bytes = result.ByteSize();
  if (result.kind() == Value::Kind::kString && bytes > context.limits().output_bytes) return TooLong(call);
  CADENZA_RETURN_IF_ERROR(context.Step(static_cast<int64_t>(bytes / 64)));
  return result;
}

absl::StatusOr<bool> Comparison::Holds(Context& context) const {
  CADENZA_ASSIGN_OR_RETURN(const Datum a, left->Evaluate(context));
  if (op == Operator::kTruth) return IsTruthy(a);
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
