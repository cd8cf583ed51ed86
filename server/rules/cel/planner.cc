#include "server/rules/cel/planner.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/rules/cel/lexer.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

bool AllConstant(const std::vector<NodePtr>& nodes) {
  for (const NodePtr& node : nodes) {
    if (node->constant() == nullptr) return false;
  }
  return true;
}

bool IsComparison(const StandardFunction& function) {
  return ClockRoleOf(function.name).kind == ClockRole::Kind::kCompare;
}

// A call of one function of the environment's, which has a native form, of a variable itself.
bool IsNativeCall(const Expr& e) {
  return e.member && e.standard == nullptr && e.overloads.size() == 1 && e.overloads[0]->native != nullptr &&
         e.args.size() <= kMaxNativeArguments && e.args[0]->kind == Kind::kIdent && e.args[0]->slot < 0;
}

// "user.attributes" if `e` is that, from a variable on.
std::optional<std::string> PathOf(const Expr& e) {
  if (e.kind == Kind::kIdent) return e.slot >= 0 ? std::nullopt : std::optional<std::string>(e.name);
  if (e.kind != Kind::kSelect || e.test_only || e.optional_select) return std::nullopt;
  std::optional<std::string> operand = PathOf(*e.args[0]);
  if (operand) operand->append(".").append(e.name);
  return operand;
}

class Planner {
 public:
  Planner(std::string_view source, const Env& env, const Limits& limits)
      : source_(source),
        env_(env),
        limits_(limits),
        folding_{nullptr, nullptr, {CostMeter(limits.cost), limits.regex_program_bytes}, {}, {}} {}

  absl::StatusOr<Plan> Run(const Expr& tree) {
    Plan plan;
    plan.root = Make(tree);
    plan.variables = variables_.size();
    if (!status_.ok()) return status_;
    return plan;
  }

 private:
  NodePtr Make(const Expr& e);
  NodePtr MakeContainer(const Expr& e);
  NodePtr MakeIdent(const Expr& e);
  NodePtr MakeField(const Expr& e);
  NodePtr MakeFunction(const Expr& e);
  NodePtr MakeComparison(const Expr& e, std::vector<NodePtr> args);
  NodePtr MakeMatch(const Expr& e, std::vector<NodePtr> args);
  NodePtr MakeComprehension(const Expr& e);

  std::vector<NodePtr> MakeArgs(const Expr& e) {
    std::vector<NodePtr> nodes;
    for (const ExprPtr& arg : e.args) nodes.push_back(Make(*arg));
    return nodes;
  }

  // Its value, if that is no error (an error must stay where && and || can absorb it).
  NodePtr Fold(NodePtr node) {
    Value value = node->Evaluate(folding_);
    return value.is_error() ? std::move(node) : MakeConstant(std::move(value));
  }

  const std::string_view source_;
  const Env& env_;
  const Limits& limits_;
  Frame folding_;
  std::map<std::string, size_t> variables_;
  absl::Status status_;
};

NodePtr Planner::Make(const Expr& e) {
  if (!e.problem.empty()) return MakeProblem(e.problem);
  switch (e.kind) {
    case Kind::kLiteral:
      return MakeConstant(e.literal);
    case Kind::kIdent:
      return MakeIdent(e);
    case Kind::kSelect:
      return MakeField(e);
    case Kind::kCall:
      return MakeFunction(e);
    case Kind::kAnd:
    case Kind::kOr:
      return MakeLogic(MakeArgs(e), e.kind == Kind::kOr);
    case Kind::kConditional:
      return MakeConditional(Make(*e.args[0]), Make(*e.args[1]), Make(*e.args[2]));
    case Kind::kList:
    case Kind::kMap:
      return MakeContainer(e);
    case Kind::kComprehension:
      return MakeComprehension(e);
  }
  return MakeProblem("internal error: unknown kind of expression");
}

NodePtr Planner::MakeContainer(const Expr& e) {
  const size_t step = e.kind == Kind::kList ? 1 : 2;
  std::vector<bool> optional;
  bool any = false;
  for (size_t i = step - 1; i < e.args.size(); i += step) {
    optional.push_back(e.args[i]->optional_entry);
    any = any || optional.back();
  }
  if (!any) optional.clear();
  std::vector<NodePtr> items = MakeArgs(e);
  const bool constant = AllConstant(items);
  NodePtr node = e.kind == Kind::kList ? MakeListLiteral(std::move(items), std::move(optional))
                                       : MakeMapLiteral(std::move(items), std::move(optional));
  return constant ? Fold(std::move(node)) : std::move(node);
}

NodePtr Planner::MakeIdent(const Expr& e) {
  if (e.slot >= 0) return MakeLocal(static_cast<size_t>(e.slot));
  const auto [found, fresh] = variables_.emplace(e.name, variables_.size());
  return MakeVariable(e.name, found->second);
}

NodePtr Planner::MakeField(const Expr& e) {
  if (e.optional_select) return MakeOptionalSelect(Make(*e.args[0]), e.name);
  NodePtr generic = MakeSelect(Make(*e.args[0]), e.name, e.test_only);
  const std::optional<std::string> operand = PathOf(*e.args[0]);
  if (!operand) return generic;
  Value missing = Value::Error(Cat("no such key: ", e.name));
  if (const NativeField* reader = env_.FindNativeField(Cat(*operand, ".", e.name))) {
    return MakeNativeField(*reader, "", e.test_only, std::move(missing), std::move(generic));
  }
  if (const NativeField* reader = env_.FindNativeField(Cat(*operand, ".*"))) {
    return MakeNativeField(*reader, e.name, e.test_only, std::move(missing), std::move(generic));
  }
  return generic;
}

NodePtr Planner::MakeComparison(const Expr& e, std::vector<NodePtr> args) {
  const Value constant = *args[1]->constant();
  return MakeConstantComparison(ClockRoleOf(e.standard->name), e.standard->implementation, std::move(args[0]),
                                constant);
}

NodePtr Planner::MakeFunction(const Expr& e) {
  std::vector<NodePtr> args = MakeArgs(e);
  std::vector<Env::Overload> overloads;
  for (const Env::Overload* overload : e.overloads) overloads.push_back(*overload);
  const bool standard_only = overloads.empty();
  if (IsNativeCall(e)) return MakeNativeCall(overloads[0], e.name, std::move(args));
  if (standard_only && e.standard->name == "matches" && args[1]->constant() != nullptr &&
      args[1]->constant()->kind() == Value::Kind::kString) {
    return MakeMatch(e, std::move(args));
  }
  if (standard_only && (e.standard->name == "or" || e.standard->name == "orValue")) {
    return MakeOptionalOr(std::move(args[0]), std::move(args[1]), e.standard->name == "orValue");
  }
  const bool constant = standard_only && AllConstant(args);
  if (standard_only && !constant && IsComparison(*e.standard) && args[1]->constant() != nullptr) {
    return MakeComparison(e, std::move(args));
  }
  NodePtr node = MakeCall(e.standard, std::move(overloads), e.name, std::move(args));
  return constant ? Fold(std::move(node)) : std::move(node);
}

NodePtr Planner::MakeMatch(const Expr& e, std::vector<NodePtr> args) {
  auto regex = CompileRegex(args[1]->constant()->string_value(), limits_.regex_program_bytes);
  if (!regex.ok()) {
    if (status_.ok()) status_ = ErrorAt(source_, e.offset, std::string(regex.status().message()));
    return MakeProblem(std::string(regex.status().message()));
  }
  return MakeConstantMatch(std::move(args[0]), *std::move(regex));
}

NodePtr Planner::MakeComprehension(const Expr& e) {
  const LoopVariables variables{static_cast<size_t>(e.slot), !e.second_name.empty()};
  NodePtr range = Make(*e.args[0]);
  NodePtr body = Make(*e.args.back());
  NodePtr filter = e.args.size() == 3 ? Make(*e.args[1]) : nullptr;
  switch (e.macro) {
    case Macro::kAll:
    case Macro::kExists:
      return MakeQuantifier(std::move(range), variables, std::move(body), e.macro == Macro::kExists);
    case Macro::kExistsOne:
      return MakeExistsOne(std::move(range), variables, std::move(body));
    case Macro::kFilter:
      return MakeTransform(std::move(range), variables, std::move(body), nullptr);
    case Macro::kMap:
    case Macro::kTransformList:
      return MakeTransform(std::move(range), variables, std::move(filter), std::move(body));
    case Macro::kTransformMap:
    case Macro::kTransformMapEntry:
      return MakeTransformMap(std::move(range), variables, std::move(filter), std::move(body),
                              e.macro == Macro::kTransformMapEntry);
    case Macro::kSortBy:
      return MakeSortBy(std::move(range), variables.slot, std::move(body));
    case Macro::kBind:
      return MakeBind(std::move(range), variables.slot, std::move(body));
    case Macro::kOptMap:
    case Macro::kOptFlatMap:
      return MakeOptionalMap(std::move(range), variables.slot, std::move(body), e.macro == Macro::kOptFlatMap);
  }
  return MakeProblem("internal error: unknown macro");
}

}  // namespace

absl::StatusOr<Plan> MakePlan(std::string_view expression, const Expr& tree, const Env& env, const Limits& limits) {
  return Planner(expression, env, limits).Run(tree);
}

}  // namespace cadenza::cel
