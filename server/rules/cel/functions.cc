#include "server/rules/cel/functions.h"

#include "absl/strings/str_join.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {

void AddFunction(FunctionTable* table, std::string_view name, Implementation implementation,
                 std::vector<Signature> signatures) {
  table->insert_or_assign(std::string(name),
                          StandardFunction{std::string(name), implementation, std::move(signatures)});
}

const StandardFunction* FindStandardFunction(std::string_view name) {
  static const FunctionTable* const table = [] {
    auto* made = new FunctionTable;
    AddArithmetic(made);
    AddComparisons(made);
    AddCollections(made);
    AddStrings(made);
    AddConversions(made);
    AddTimes(made);
    return made;
  }();
  const auto found = table->find(name);
  return found == table->end() ? nullptr : &found->second;
}

std::string_view DisplayName(std::string_view function) {
  if (function == "_[_]") return "[]";
  if (function.starts_with('@')) return function.substr(1);
  if (function.size() > 2 && function.starts_with('_') && function.ends_with('_')) {
    return function.substr(1, function.size() - 2);
  }
  if (function == "!_" || function == "-_") return function.substr(0, 1);
  return function;
}

Value NoOverload(std::string_view function, absl::Span<const Value> args) {
  const std::string kinds =
      absl::StrJoin(args, ", ", [](std::string* out, const Value& value) { out->append(KindName(value.kind())); });
  return Value::Error(Cat("no matching overload of ", DisplayName(function), " for (", kinds, ")"));
}

Value CostExceeded() {
  static const Value* const error = new Value(Value::Error("the evaluation exceeded its cost limit"));
  return *error;
}

}  // namespace cadenza::cel
