#include "server/rules/cel/macros.h"

#include <optional>
#include <string_view>
#include <utility>

#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

struct Form {
  Macro macro;
  int variables = 1;
};

// A member macro by its name and the number of its arguments, receiver not counted.
std::optional<Form> FindForm(const Extensions& extensions, std::string_view name, size_t arguments) {
  if (name == "map" && (arguments == 2 || arguments == 3)) return Form{Macro::kMap};
  if (arguments == 2) {
    if (name == "all") return Form{Macro::kAll};
    if (name == "exists") return Form{Macro::kExists};
    if (name == "exists_one" || name == "existsOne") return Form{Macro::kExistsOne};
    if (name == "filter") return Form{Macro::kFilter};
    if (name == "sortBy" && extensions.Has(Extension::kLists)) return Form{Macro::kSortBy};
    if (name == "optMap" && extensions.Has(Extension::kOptionals)) return Form{Macro::kOptMap};
    if (name == "optFlatMap" && extensions.Has(Extension::kOptionals)) return Form{Macro::kOptFlatMap};
  }
  if (!extensions.Has(Extension::kTwoVariables)) return std::nullopt;
  if (arguments == 3) {
    if (name == "all") return Form{Macro::kAll, 2};
    if (name == "exists") return Form{Macro::kExists, 2};
    if (name == "existsOne" || name == "exists_one") return Form{Macro::kExistsOne, 2};
  }
  if (arguments == 3 || arguments == 4) {
    if (name == "transformList") return Form{Macro::kTransformList, 2};
    if (name == "transformMap") return Form{Macro::kTransformMap, 2};
    if (name == "transformMapEntry") return Form{Macro::kTransformMapEntry, 2};
  }
  return std::nullopt;
}

bool IsPlainName(const Expr& e) { return e.kind == Expr::Kind::kIdent && !e.absolute; }

std::string ExpandHas(Expr* call) {
  const Expr& argument = *call->args[0];
  if (argument.kind != Expr::Kind::kSelect || argument.test_only || argument.optional_select) {
    return "has() takes a selected field, as in has(event.total)";
  }
  ExprPtr select = std::move(call->args[0]);
  select->test_only = true;
  *call = std::move(*select);
  return "";
}

// cel.bind(x, value, used)
std::string ExpandBind(Expr* call) {
  if (!IsPlainName(*call->args[1])) return "the first argument of cel.bind() is the name of its variable";
  call->kind = Expr::Kind::kComprehension;
  call->macro = Macro::kBind;
  call->name = call->args[1]->name;
  call->args.erase(call->args.begin(), call->args.begin() + 2);
  return "";
}

// math.greatest(a, b, c) becomes math.greatest([a, b, c]), so that its arguments can be any number.
void GatherArguments(Expr* call) {
  std::vector<ExprPtr> items;
  for (size_t i = 1; i < call->args.size(); ++i) items.push_back(std::move(call->args[i]));
  const size_t at = call->offset;
  call->args.resize(1);
  call->args.push_back(std::make_unique<Expr>(Expr::Kind::kList, at, "", std::move(items)));
  call->height = std::max(call->height, call->args[1]->height + 1);
}

std::string ExpandForm(const Form& form, Expr* call) {
  const auto variables = static_cast<size_t>(form.variables);
  for (size_t i = 1; i <= variables; ++i) {
    if (IsPlainName(*call->args[i])) continue;
    return variables == 1 ? Cat("the first argument of ", call->name, "() is the name of its variable")
                          : Cat("the first two arguments of ", call->name, "() are the names of its variables");
  }
  if (variables == 2 && call->args[1]->name == call->args[2]->name) {
    return Cat("the two variables of ", call->name, "() must have different names");
  }
  call->kind = Expr::Kind::kComprehension;
  call->macro = form.macro;
  call->name = call->args[1]->name;
  if (variables == 2) call->second_name = call->args[2]->name;
  call->args.erase(call->args.begin() + 1, call->args.begin() + 1 + form.variables);
  return "";
}

}  // namespace

std::string ExpandMacro(const Extensions& extensions, Expr* call) {
  if (call->absolute) return "";
  if (!call->member) return call->name == "has" && call->args.size() == 1 ? ExpandHas(call) : "";
  const size_t arguments = call->args.size() - 1;
  const Expr& receiver = *call->args[0];
  const bool of_name = IsPlainName(receiver);
  if (of_name && receiver.name == "cel" && call->name == "bind" && arguments == 3 &&
      extensions.Has(Extension::kBindings)) {
    return ExpandBind(call);
  }
  if (of_name && receiver.name == "math" && (call->name == "greatest" || call->name == "least") && arguments > 2 &&
      extensions.Has(Extension::kMath)) {
    GatherArguments(call);
    return "";
  }
  const std::optional<Form> form = FindForm(extensions, call->name, arguments);
  return form ? ExpandForm(*form, call) : "";
}

}  // namespace cadenza::cel
