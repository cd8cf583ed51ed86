// Expressions, parsed: literals, variables, ranges, filters, conditions. Immutable; evaluated in a Context. Internal to
// server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_EXPRESSION_H_
#define CADENZA_SERVER_RULES_LIQUID_EXPRESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/rules/liquid/context.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"

namespace cadenza::liquid {

class Expression {
 public:
  virtual ~Expression() = default;
  virtual absl::StatusOr<Datum> Evaluate(Context& context) const = 0;
  // The value, where it can be lent without work (until the next assignment); null: ask Evaluate.
  virtual const Value* Lend(Context&) const { return nullptr; }
  // Whether the text of the result needs no escaping (RenderOptions::escaping), now.
  virtual bool IsSafe(const Context&) const { return false; }
};
using ExpressionPtr = std::unique_ptr<const Expression>;

class LiteralExpression : public Expression {
 public:
  explicit LiteralExpression(Datum datum) : datum_(std::move(datum)) {}
  absl::StatusOr<Datum> Evaluate(Context&) const override { return Lent(datum_); }
  const Value* Lend(Context&) const override { return ValueIn(datum_); }
  bool IsSafe(const Context&) const override { return true; }
  const Datum& datum() const { return datum_; }

 private:
  Datum datum_;
};

// name.member[index]…; or [expression]…, where the expression gives the name.
class VariableExpression : public Expression {
 public:
  struct Segment {
    Value key;            // if `index` is null
    ExpressionPtr index;  // in brackets
  };
  VariableExpression(std::string_view name, ExpressionPtr name_expression, std::vector<Segment> segments)
      : name_(name), name_expression_(std::move(name_expression)), segments_(std::move(segments)) {}
  absl::StatusOr<Datum> Evaluate(Context& context) const override;
  const Value* Lend(Context& context) const override;
  bool IsSafe(const Context& context) const override;
  std::string_view name() const { return name_; }
  const std::vector<Segment>& segments() const { return segments_; }

 private:
  absl::StatusOr<Datum> Root(Context& context) const;

  std::string_view name_;
  ExpressionPtr name_expression_;  // null = name_
  std::vector<Segment> segments_;
};

class RangeExpression : public Expression {
 public:
  RangeExpression(ExpressionPtr first, ExpressionPtr last) : first_(std::move(first)), last_(std::move(last)) {}
  absl::StatusOr<Datum> Evaluate(Context& context) const override;

 private:
  ExpressionPtr first_;
  ExpressionPtr last_;
};

// expression | filter: arguments | …
class FilteredExpression : public Expression {
 public:
  struct Step {
    std::string_view place;
    const Filter* filter = nullptr;  // null: there is none of this name
    std::vector<ExpressionPtr> arguments;
    std::vector<std::pair<std::string_view, ExpressionPtr>> options;  // arguments by name
  };
  FilteredExpression(ExpressionPtr input, std::vector<Step> steps)
      : input_(std::move(input)), steps_(std::move(steps)) {}
  absl::StatusOr<Datum> Evaluate(Context& context) const override;
  bool IsSafe(const Context& context) const override;

 private:
  static absl::StatusOr<Value> Apply(const Step& step, const Value& input, std::optional<absl::TimeZone>* zone,
                                     Context& context);

  ExpressionPtr input_;
  std::vector<Step> steps_;
};

// INVALID_ARGUMENT, in Ruby's words, if the filter does not take so many arguments.
absl::Status CheckArguments(const FilteredExpression::Step& step);

// One comparison, or the truth of one expression.
struct Comparison {
  enum class Operator : uint8_t {
    kTruth,
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kContains,
    kUnknown  // of lax parsing: an error once it is evaluated
  };
  ExpressionPtr left;
  Operator op = Operator::kTruth;
  ExpressionPtr right;
  std::string_view op_text;  // of kUnknown
  absl::StatusOr<bool> Holds(Context& context) const;
};

// By its text ("==", "contains"); kUnknown if there is none.
Comparison::Operator OperatorNamed(std::string_view text);

// Comparisons joined by `and` and `or`, which have no precedence and associate to the right.
class Condition {
 public:
  void Add(Comparison comparison, bool followed_by_and) { terms_.push_back({std::move(comparison), followed_by_and}); }
  absl::StatusOr<bool> Holds(Context& context) const;

 private:
  struct Term {
    Comparison comparison;
    bool followed_by_and;  // else by `or`; of the last term, no matter
  };
  std::vector<Term> terms_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_EXPRESSION_H_
