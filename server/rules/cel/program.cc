#include <utility>

#include "server/rules/cel/analysis.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel/checker.h"
#include "server/rules/cel/parser.h"
#include "server/rules/cel/planner.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

class PlannedProgram final : public Program {
 public:
  PlannedProgram(Plan plan, size_t locals, Type result_type, Reads reads, const Limits& limits)
      : plan_(std::move(plan)),
        locals_(locals),
        result_type_(std::move(result_type)),
        reads_(std::move(reads)),
        limits_(limits) {}

  absl::StatusOr<Value> Evaluate(const Activation& activation, Horizon* horizon) const override {
    Frame frame{
        &activation, activation.native(), {CostMeter(limits_.cost), limits_.regex_program_bytes, horizon}, {}, {}};
    if (plan_.variables > 0) frame.variables.resize(plan_.variables);
    if (locals_ > 0) frame.locals.resize(locals_);
    Value value = plan_.root->Evaluate(frame);
    if (horizon != nullptr && value.moves() != 0) horizon->Unknown();
    if (frame.context.cost.exhausted()) {
      return absl::ResourceExhaustedError(Cat("the evaluation exceeded its cost limit of ", limits_.cost));
    }
    if (value.is_error()) return absl::InvalidArgumentError(value.error_text());
    return value;
  }

  const Type& result_type() const override { return result_type_; }
  const Reads& reads() const override { return reads_; }

 private:
  const Plan plan_;
  const size_t locals_;
  const Type result_type_;
  const Reads reads_;
  const Limits limits_;
};

absl::StatusOr<std::shared_ptr<const Program>> Build(std::string_view expression, const Env& env, const Limits& limits,
                                                     Typing typing) {
  absl::StatusOr<ExprPtr> tree = Parse(expression, limits, env.extensions());
  if (!tree.ok()) return tree.status();
  const absl::StatusOr<int> locals = Check(expression, env, typing, tree->get());
  if (!locals.ok()) return locals.status();
  absl::StatusOr<Plan> plan = MakePlan(expression, **tree, env, limits);
  if (!plan.ok()) return plan.status();
  return std::make_shared<const PlannedProgram>(*std::move(plan), static_cast<size_t>(*locals), (*tree)->type,
                                                FindReads(**tree, env, limits), limits);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Program>> Compile(std::string_view expression, const Env& env,
                                                       const Limits& limits) {
  return Build(expression, env, limits, Typing::kChecked);
}

absl::StatusOr<std::shared_ptr<const Program>> CompileUnchecked(std::string_view expression, const Env& env,
                                                                const Limits& limits) {
  return Build(expression, env, limits, Typing::kUnchecked);
}

}  // namespace cadenza::cel
