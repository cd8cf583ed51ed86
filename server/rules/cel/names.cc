#include "server/rules/cel/names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_join.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/overload.h"
#include "server/rules/cel/text.h"
#include "storage/base/suggest.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

constexpr std::array<std::string_view, 12> kTypeNames = {"bool",
                                                         "int",
                                                         "uint",
                                                         "double",
                                                         "string",
                                                         "bytes",
                                                         "list",
                                                         "map",
                                                         "null_type",
                                                         "type",
                                                         "google.protobuf.Timestamp",
                                                         "google.protobuf.Duration"};

bool IsTypeName(std::string_view name, const Extensions& extensions) {
  if (name == "optional_type") return extensions.Has(Extension::kOptionals);
  return std::find(kTypeNames.begin(), kTypeNames.end(), name) != kTypeNames.end();
}

constexpr std::array<std::string_view, 7> kMacroNames = {"has",       "all", "exists", "exists_one",
                                                         "existsOne", "map", "filter"};

// Beyond these, the overloads of a function are not listed in an error.
constexpr size_t kListedOverloads = 6;

bool IsOperator(std::string_view function) {
  return function.starts_with('_') || function.starts_with('@') || function.ends_with('_');
}

}  // namespace

void Names::Push(std::string name, Type type) {
  locals_.push_back({std::move(name), std::move(type)});
  slots_ = std::max(slots_, static_cast<int>(locals_.size()));
}

int Names::FindLocal(std::string_view name) const {
  for (size_t i = locals_.size(); i > 0; --i) {
    if (locals_[i - 1].name == name) return static_cast<int>(i - 1);
  }
  return -1;
}

std::vector<std::string> Names::Candidates(std::string_view name, bool absolute) const {
  std::vector<std::string> names;
  std::string_view container = absolute ? std::string_view() : std::string_view(env_.container());
  while (!container.empty()) {
    names.push_back(Cat(container, ".", name));
    const size_t dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view() : container.substr(0, dot);
  }
  names.emplace_back(name);
  return names;
}

std::optional<Names::Meaning> Names::Find(std::string_view name, bool absolute) const {
  for (std::string& candidate : Candidates(name, absolute)) {
    if (const Type* type = env_.FindVariable(candidate)) return Meaning{std::move(candidate), *type};
  }
  if (!IsTypeName(name, env_.extensions())) return std::nullopt;
  return Meaning{std::string(name), Type::OfType(), true};
}

bool Names::HasFunction(std::string_view name) const {
  if (env_.FindFunctions(name) != nullptr) return true;
  const StandardFunction* standard = FindStandardFunction(name);
  if (standard == nullptr) return false;
  return std::any_of(standard->signatures.begin(), standard->signatures.end(),
                     [&](const Signature& signature) { return IsEnabled(signature, env_.extensions()); });
}

std::optional<std::string> Names::FindFunction(std::string_view name, bool absolute) const {
  for (std::string& candidate : Candidates(name, absolute)) {
    if (HasFunction(candidate)) return std::move(candidate);
  }
  return std::nullopt;
}

std::optional<std::string> Names::QualifiedName(const Expr& e, bool* absolute) const {
  if (e.kind == Kind::kIdent) {
    if (!e.absolute && FindLocal(e.name) >= 0) return std::nullopt;
    *absolute = e.absolute;
    return e.name;
  }
  if (e.kind != Kind::kSelect || e.test_only || e.optional_select) return std::nullopt;
  std::optional<std::string> operand = QualifiedName(*e.args[0], absolute);
  if (operand) operand->append(".").append(e.name);
  return operand;
}

std::vector<std::string_view> Names::FunctionNames() const {
  std::vector<std::string_view> names = StandardFunctionNames(env_.extensions());
  names.erase(std::remove_if(names.begin(), names.end(), IsOperator), names.end());
  for (const auto& entry : env_.functions()) names.push_back(entry.first);
  return names;
}

bool Names::IsNamespace(std::string_view name) const {
  const std::string prefix = Cat(name, ".");
  const std::vector<std::string_view> names = FunctionNames();
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view function) { return function.starts_with(prefix); });
}

std::string Names::SuggestVariable(std::string_view name) const {
  std::vector<std::string_view> names;
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) names.push_back(local->name);
  for (const auto& entry : env_.variables()) names.push_back(entry.first);
  names.insert(names.end(), kTypeNames.begin(), kTypeNames.end());
  return DidYouMean(name, names);
}

std::string Names::SuggestFunction(std::string_view name) const {
  std::vector<std::string_view> names = FunctionNames();
  names.insert(names.end(), kMacroNames.begin(), kMacroNames.end());
  return DidYouMean(name, names);
}

std::string Names::SuggestOverloads(std::string_view name) const {
  std::vector<std::string> shown;
  const auto add = [&](bool member, const std::vector<Type>& arguments) {
    std::vector<Type> rest(arguments.begin() + (member ? 1 : 0), arguments.end());
    std::string form =
        Cat(member ? Cat(arguments[0].DebugString(), ".") : "", DisplayName(name), "(", ShowTypes(rest), ")");
    if (std::find(shown.begin(), shown.end(), form) == shown.end()) shown.push_back(std::move(form));
  };
  const StandardFunction* standard = FindStandardFunction(name);
  if (standard != nullptr && DisplayName(name) == name) {
    for (const Signature& signature : standard->signatures) {
      if (IsEnabled(signature, env_.extensions())) add(signature.member, signature.arguments);
    }
  }
  if (const std::vector<Env::Overload>* overloads = env_.FindFunctions(name)) {
    for (const Env::Overload& overload : *overloads) add(overload.member, overload.arguments);
  }
  if (shown.empty()) return "";
  const bool all = shown.size() <= kListedOverloads;
  if (!all) shown.resize(kListedOverloads);
  return Cat("; there is ", absl::StrJoin(shown, ", "), all ? "" : ", …");
}

}  // namespace cadenza::cel
