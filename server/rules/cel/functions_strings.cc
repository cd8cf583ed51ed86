// contains(), startsWith(), endsWith(), matches().
#include <cstring>

#include "server/rules/cel/functions.h"
#include "server/rules/cel/regex.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

// What compiling a pattern while evaluating costs at the least: about what the evaluator does in that time.
constexpr int64_t kRegexCompileCost = 500;
// What compiling one that is refused for its size costs: it ran until the limit.
constexpr int64_t kRegexRefusedCost = 20'000;

bool AreStrings(Args args) { return args[0].kind() == Kind::kString && args[1].kind() == Kind::kString; }

// memmem is linear, whatever the texts are made of; std::string::find is not.
bool ContainsLinear(std::string_view text, std::string_view part) {
  return part.empty() || memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

Value Contains(Args args, CallContext& context) {
  if (!AreStrings(args)) return NoOverload("contains", args);
  if (!context.cost.ChargeBytes(args[0].string_value().size() + args[1].string_value().size())) return CostExceeded();
  return Value::Bool(ContainsLinear(args[0].string_value(), args[1].string_value()));
}

Value StartsWith(Args args, CallContext& context) {
  if (!AreStrings(args)) return NoOverload("startsWith", args);
  if (!context.cost.ChargeBytes(args[1].string_value().size())) return CostExceeded();
  return Value::Bool(args[0].string_value().starts_with(args[1].string_value()));
}

Value EndsWith(Args args, CallContext& context) {
  if (!AreStrings(args)) return NoOverload("endsWith", args);
  if (!context.cost.ChargeBytes(args[1].string_value().size())) return CostExceeded();
  return Value::Bool(args[0].string_value().ends_with(args[1].string_value()));
}

// With a pattern that is computed; the planner compiles a constant one beforehand.
Value Matches(Args args, CallContext& context) {
  if (!AreStrings(args)) return NoOverload("matches", args);
  if (!context.cost.Charge(kRegexCompileCost)) return CostExceeded();
  absl::StatusOr<std::unique_ptr<const re2::RE2>> regex =
      CompileRegex(args[1].string_value(), context.regex_program_bytes);
  if (!regex.ok()) {
    if (!context.cost.Charge(kRegexRefusedCost)) return CostExceeded();
    return Value::Error(std::string(regex.status().message()));
  }
  if (!context.cost.Charge((*regex)->ProgramSize())) return CostExceeded();
  return MatchRegex(**regex, args[0].string_value(), context);
}

}  // namespace

void AddStrings(FunctionTable* table) {
  const Signature member{true, {Type::String(), Type::String()}, Type::Bool()};
  AddFunction(table, "contains", Contains, {member});
  AddFunction(table, "startsWith", StartsWith, {member});
  AddFunction(table, "endsWith", EndsWith, {member});
  AddFunction(table, "matches", Matches, {member, Signature{false, member.arguments, Type::Bool()}});
}

}  // namespace cadenza::cel
