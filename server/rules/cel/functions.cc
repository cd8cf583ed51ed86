#include "server/rules/cel/functions.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {

void AddFunction(FunctionTable* table, std::string_view name, Implementation implementation,
                 std::vector<Signature> signatures) {
  table->insert_or_assign(std::string(name),
                          StandardFunction{std::string(name), implementation, std::move(signatures)});
}

void AddExtension(FunctionTable* table, Extension extension, std::string_view name, Implementation implementation,
                  std::vector<Signature> signatures) {
  for (Signature& signature : signatures) signature.extension = extension;
  AddFunction(table, name, implementation, std::move(signatures));
}

bool IsEnabled(const Signature& signature, const Extensions& extensions) {
  return !signature.extension || extensions.Has(*signature.extension);
}

namespace {

const FunctionTable& Table() {
  static const FunctionTable* const table = [] {
    auto* made = new FunctionTable;
    AddArithmetic(made);
    AddComparisons(made);
    AddCollections(made);
    AddStrings(made);
    AddConversions(made);
    AddTimes(made);
    AddStringExtension(made);
    AddMath(made);
    AddBits(made);
    AddLists(made);
    AddSets(made);
    AddEncoders(made);
    AddOptionals(made);
    return made;
  }();
  return *table;
}

}  // namespace

const StandardFunction* FindStandardFunction(std::string_view name) {
  const auto found = Table().find(name);
  return found == Table().end() ? nullptr : &found->second;
}

std::vector<std::string_view> StandardFunctionNames(const Extensions& extensions) {
  std::vector<std::string_view> names;
  for (const auto& [name, function] : Table()) {
    const bool enabled = std::any_of(function.signatures.begin(), function.signatures.end(),
                                     [&](const Signature& signature) { return IsEnabled(signature, extensions); });
    if (enabled) names.push_back(name);
  }
  return names;
}

std::string_view DisplayName(std::string_view function) {
  if (function == "_[_]") return "[]";
  if (function == "_[?_]") return "[?]";
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
