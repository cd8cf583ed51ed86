#include "server/rules/cel/macros.h"

#include <optional>
#include <string_view>

#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

std::optional<Macro> FindMacro(std::string_view name, size_t arguments) {
  if (name == "map" && (arguments == 2 || arguments == 3)) return Macro::kMap;
  if (arguments != 2) return std::nullopt;
  if (name == "all") return Macro::kAll;
  if (name == "exists") return Macro::kExists;
  if (name == "exists_one" || name == "existsOne") return Macro::kExistsOne;
  if (name == "filter") return Macro::kFilter;
  return std::nullopt;
}

std::string ExpandHas(Expr* call) {
  if (call->args[0]->kind != Expr::Kind::kSelect || call->args[0]->test_only) {
    return "has() takes a selected field, as in has(event.total)";
  }
  ExprPtr select = std::move(call->args[0]);
  select->test_only = true;
  *call = std::move(*select);
  return "";
}

}  // namespace

std::string ExpandMacro(Expr* call) {
  if (call->absolute) return "";
  if (!call->member) return call->name == "has" && call->args.size() == 1 ? ExpandHas(call) : "";
  const std::optional<Macro> macro = FindMacro(call->name, call->args.size() - 1);
  if (!macro) return "";
  const Expr& variable = *call->args[1];
  if (variable.kind != Expr::Kind::kIdent || variable.absolute) {
    return Cat("the first argument of ", call->name, "() is the name of its variable");
  }
  call->kind = Expr::Kind::kComprehension;
  call->macro = *macro;
  call->name = variable.name;
  call->args.erase(call->args.begin() + 1);
  return "";
}

}  // namespace cadenza::cel
