#include "server/rules/cel/checker.h"

#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/lexer.h"
#include "server/rules/cel/names.h"
#include "server/rules/cel/overload.h"
#include "server/rules/cel/text.h"
#include "storage/base/suggest.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

class Checker {
 public:
  Checker(std::string_view source, const Env& env, bool typed)
      : source_(source), env_(env), typed_(typed), names_(env) {}

  absl::StatusOr<int> Run(Expr* tree) {
    Visit(tree);
    if (!status_.ok()) return status_;
    tree->type = WithoutFree(tree->type);
    return names_.slots();
  }

 private:
  void Visit(Expr* e);
  void VisitIdent(Expr* e);
  void VisitSelect(Expr* e);
  void VisitCall(Expr* e);
  void VisitLogic(Expr* e, std::string_view op);
  void VisitConditional(Expr* e);
  void VisitList(Expr* e);
  void VisitMap(Expr* e);
  void VisitComprehension(Expr* e);
  void VisitArgs(Expr* e) {
    for (const ExprPtr& arg : e->args) Visit(arg.get());
  }

  // The type of the field e->name of an operand of this type.
  Type FieldType(Expr* e, const Type& operand);
  // The type of an element of a list or an entry's value: of what is inside, if it is written with a '?'.
  Type EntryType(Expr* entry);
  // Brings the variables of a macro into scope; how many.
  int PushVariables(const Expr& e, const Type& range);
  // The type of a macro whose parts have theirs.
  Type MacroType(Expr* e, const Type& range);
  void CheckRange(Expr* e);
  void CheckCondition(Expr* condition, std::string_view where);

  void Resolve(Expr* call, std::string_view name);
  bool AddFits(Expr* call, std::string_view name, const std::vector<Type>& types);
  // Makes `e` what the name means; whether it means anything.
  bool ResolveName(Expr* e, std::string_view name, bool absolute);

  Type TypeOr(Type type) const { return typed_ ? std::move(type) : Type::Dyn(); }
  static bool Is(const Expr& e, const Type& type) { return e.type == type || IsDynamic(e.type); }
  void Problem(Expr* e, std::string message) {
    e->type = Type::Dyn();
    if (!typed_) {
      e->problem = std::move(message);
    } else if (status_.ok()) {
      status_ = ErrorAt(source_, e->offset, message);
    }
  }
  void Undeclared(Expr* call, std::string_view name) {
    Problem(call, Cat("undeclared function '", name, "'", names_.SuggestFunction(name)));
  }
  // What only the types say: an unchecked expression finds out by itself.
  void TypeProblem(Expr* e, std::string message) {
    if (typed_) Problem(e, std::move(message));
  }

  const std::string_view source_;
  const Env& env_;
  const bool typed_;
  Names names_;
  absl::Status status_;
};

void Checker::Visit(Expr* e) {
  switch (e->kind) {
    case Kind::kLiteral:
      e->type = TypeOr(TypeOfLiteral(e->literal));
      return;
    case Kind::kIdent:
      return VisitIdent(e);
    case Kind::kSelect:
      return VisitSelect(e);
    case Kind::kCall:
      return VisitCall(e);
    case Kind::kAnd:
      return VisitLogic(e, "&&");
    case Kind::kOr:
      return VisitLogic(e, "||");
    case Kind::kConditional:
      return VisitConditional(e);
    case Kind::kList:
      return VisitList(e);
    case Kind::kMap:
      return VisitMap(e);
    case Kind::kComprehension:
      return VisitComprehension(e);
  }
}

bool Checker::ResolveName(Expr* e, std::string_view name, bool absolute) {
  std::optional<Names::Meaning> meaning = names_.Find(name, absolute);
  if (!meaning) return false;
  e->type = TypeOr(std::move(meaning->type));
  e->args.clear();
  if (meaning->is_type) {
    e->kind = Kind::kLiteral;
    e->literal = Value::Type(std::move(meaning->name));
  } else {
    e->kind = Kind::kIdent;
    e->name = std::move(meaning->name);
  }
  return true;
}

void Checker::VisitIdent(Expr* e) {
  const int local = e->absolute ? -1 : names_.FindLocal(e->name);
  if (local >= 0) {
    e->slot = local;
    e->type = names_.TypeOfLocal(local);
  } else if (!ResolveName(e, e->name, e->absolute)) {
    Problem(e, Cat("undeclared name '", e->name, "'", names_.SuggestVariable(e->name)));
  }
}

void Checker::VisitSelect(Expr* e) {
  bool absolute = false;
  const std::optional<std::string> name = names_.QualifiedName(*e, &absolute);
  if (name && ResolveName(e, *name, absolute)) return;
  Visit(e->args[0].get());
  const Type& operand = e->args[0]->type;
  const bool inside = operand.kind() == Type::Kind::kOptional;
  Type field = FieldType(e, inside ? operand.parameters()[0] : operand);
  if (!status_.ok()) return;
  if (e->test_only) {
    e->type = TypeOr(Type::Bool());
  } else {
    e->type = inside || e->optional_select ? TypeOr(Type::Optional(std::move(field))) : std::move(field);
  }
}

Type Checker::FieldType(Expr* e, const Type& operand) {
  if (IsDynamic(operand)) return Type::Dyn();
  if (operand.kind() == Type::Kind::kMap) return operand.parameters()[1];
  if (operand.kind() != Type::Kind::kObject) {
    TypeProblem(e, Cat("a value of type ", operand.DebugString(), " has no fields"));
    return Type::Dyn();
  }
  const auto* fields = env_.FindObject(operand.object_name());
  if (fields == nullptr) return Type::Dyn();
  const auto found = fields->find(e->name);
  if (found != fields->end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& field : *fields) names.push_back(field.first);
  std::string help = DidYouMean(e->name, names);
  if (help.empty()) {
    help = Cat("; it has ", absl::StrJoin(names, ", ", [](std::string* out, std::string_view name) { *out += name; }));
  }
  TypeProblem(e, Cat(operand.object_name(), " has no field '", e->name, "'", help));
  return Type::Dyn();
}

void Checker::VisitCall(Expr* e) {
  bool absolute = e->absolute;
  std::string name = e->name;
  const std::optional<std::string> target = e->member ? names_.QualifiedName(*e->args[0], &absolute) : std::nullopt;
  if (target) {
    const std::string qualified = Cat(*target, ".", e->name);
    if (const std::optional<std::string> function = names_.FindFunction(qualified, absolute)) {
      e->member = false;
      e->args.erase(e->args.begin());
      VisitArgs(e);
      if (status_.ok()) Resolve(e, *function);
      return;
    }
    if (typed_ && !names_.Find(*target, absolute) && names_.IsNamespace(*target)) {
      return Undeclared(e, qualified);
    }
  } else if (!e->member) {
    name = names_.FindFunction(name, absolute).value_or(name);
  }
  // An unknown macro would make its variable the first thing that is wrong.
  if (e->member) Visit(e->args[0].get());
  if (status_.ok() && typed_ && !names_.HasFunction(name)) return Undeclared(e, name);
  for (size_t i = e->member ? 1 : 0; i < e->args.size(); ++i) Visit(e->args[i].get());
  if (status_.ok()) Resolve(e, name);
}

bool Checker::AddFits(Expr* call, std::string_view name, const std::vector<Type>& types) {
  std::optional<Type> result;
  const auto fit = [&](bool member, const std::vector<Type>& parameters, const Type& returns) {
    if (member != call->member) return false;
    const std::optional<Type> matched = MatchSignature(parameters, returns, types);
    if (!matched) return false;
    result = !result || *result == *matched ? *matched : Type::Dyn();
    return true;
  };
  if (const StandardFunction* standard = FindStandardFunction(name)) {
    for (const Signature& signature : standard->signatures) {
      if (!IsEnabled(signature, env_.extensions())) continue;
      if (fit(signature.member, signature.arguments, signature.result)) call->standard = standard;
    }
  }
  if (const std::vector<Env::Overload>* overloads = env_.FindFunctions(name)) {
    for (const Env::Overload& overload : *overloads) {
      if (fit(overload.member, overload.arguments, overload.result)) call->overloads.push_back(&overload);
    }
  }
  if (result) call->type = TypeOr(*result);
  return result.has_value();
}

void Checker::Resolve(Expr* call, std::string_view name) {
  if (!names_.HasFunction(name)) return Undeclared(call, name);
  std::vector<Type> types;
  for (const ExprPtr& arg : call->args) types.push_back(arg->type);
  if (AddFits(call, name, types)) return;
  const std::string receiver = call->member ? Cat(types[0].DebugString(), ".") : "";
  if (call->member) types.erase(types.begin());
  Problem(call, Cat("no matching overload: ", receiver, DisplayName(name), "(", ShowTypes(types), ")",
                    names_.SuggestOverloads(name)));
}

void Checker::VisitLogic(Expr* e, std::string_view op) {
  VisitArgs(e);
  for (const ExprPtr& arg : e->args) {
    if (!Is(*arg, Type::Bool())) {
      TypeProblem(arg.get(), Cat("an operand of ", op, " is of type ", arg->type.DebugString(), ", not bool"));
    }
  }
  e->type = TypeOr(Type::Bool());
}

void Checker::CheckCondition(Expr* condition, std::string_view where) {
  if (Is(*condition, Type::Bool())) return;
  TypeProblem(condition, Cat("the condition ", where, " is of type ", condition->type.DebugString(), ", not bool"));
}

void Checker::VisitConditional(Expr* e) {
  VisitArgs(e);
  CheckCondition(e->args[0].get(), "before '?'");
  const Type& yes = e->args[1]->type;
  const Type& no = e->args[2]->type;
  if (std::optional<Type> both = Unify(yes, no)) {
    e->type = *std::move(both);
  } else {
    TypeProblem(e, Cat("the values around ':' are of types ", yes.DebugString(), " and ", no.DebugString()));
  }
}

Type Checker::EntryType(Expr* entry) {
  if (!entry->optional_entry || IsDynamic(entry->type)) return entry->type;
  if (entry->type.kind() == Type::Kind::kOptional) return entry->type.parameters()[0];
  TypeProblem(entry, Cat("what follows '?' is of type ", entry->type.DebugString(), ", not optional_type"));
  return Type::Dyn();
}

void Checker::VisitList(Expr* e) {
  VisitArgs(e);
  Type element = FreeType();
  for (const ExprPtr& arg : e->args) element = Unify(element, EntryType(arg.get())).value_or(Type::Dyn());
  e->type = TypeOr(Type::List(std::move(element)));
}

void Checker::VisitMap(Expr* e) {
  VisitArgs(e);
  Type key = FreeType();
  Type value = FreeType();
  for (size_t i = 0; i + 1 < e->args.size(); i += 2) {
    const Type& k = e->args[i]->type;
    const bool allowed = Is(*e->args[i], Type::Bool()) || k == Type::Int() || k == Type::Uint() || k == Type::String();
    if (!allowed) TypeProblem(e->args[i].get(), Cat("a map's key cannot be of type ", k.DebugString()));
    key = Unify(key, e->args[i]->type).value_or(Type::Dyn());
    value = Unify(value, EntryType(e->args[i + 1].get())).value_or(Type::Dyn());
  }
  e->type = TypeOr(Type::Map(std::move(key), std::move(value)));
}

void Checker::CheckRange(Expr* e) {
  Expr* range = e->args[0].get();
  const Type::Kind kind = range->type.kind();
  if (IsDynamic(range->type) || e->macro == Macro::kBind) return;
  const std::string type = range->type.DebugString();
  if (e->macro == Macro::kOptMap || e->macro == Macro::kOptFlatMap) {
    if (kind != Type::Kind::kOptional) TypeProblem(range, Cat("a value of type ", type, " is no optional"));
  } else if (e->macro == Macro::kSortBy) {
    if (kind != Type::Kind::kList) TypeProblem(range, Cat("a value of type ", type, " is no list"));
  } else if (kind != Type::Kind::kList && kind != Type::Kind::kMap) {
    TypeProblem(range, Cat("a value of type ", type, " has no elements"));
  }
}

int Checker::PushVariables(const Expr& e, const Type& range) {
  const std::vector<Type>& inside = range.parameters();
  if (e.macro == Macro::kBind || inside.empty()) {
    names_.Push(e.name, e.macro == Macro::kBind ? range : Type::Dyn());
    if (e.second_name.empty()) return 1;
    names_.Push(e.second_name, Type::Dyn());
    return 2;
  }
  if (e.second_name.empty()) {
    names_.Push(e.name, inside[0]);
    return 1;
  }
  names_.Push(e.name, range.kind() == Type::Kind::kMap ? inside[0] : TypeOr(Type::Int()));
  names_.Push(e.second_name, inside.back());
  return 2;
}

Type Checker::MacroType(Expr* e, const Type& range) {
  const Type& body = e->args.back()->type;
  switch (e->macro) {
    case Macro::kAll:
    case Macro::kExists:
    case Macro::kExistsOne:
      return Type::Bool();
    case Macro::kFilter:
      return Type::List(range.parameters().empty() ? Type::Dyn() : range.parameters()[0]);
    case Macro::kSortBy:
      return range;
    case Macro::kMap:
    case Macro::kTransformList:
      return Type::List(body);
    case Macro::kTransformMap:
      if (range.kind() == Type::Kind::kMap) return Type::Map(range.parameters()[0], body);
      return Type::Map(range.kind() == Type::Kind::kList ? Type::Int() : Type::Dyn(), body);
    case Macro::kTransformMapEntry:
      if (body.kind() != Type::Kind::kMap && !IsDynamic(body)) {
        TypeProblem(e->args.back().get(), Cat("transformMapEntry() needs a map, not a ", body.DebugString()));
      }
      return body;
    case Macro::kBind:
      return body;
    case Macro::kOptMap:
      return Type::Optional(body);
    case Macro::kOptFlatMap:
      if (body.kind() != Type::Kind::kOptional && !IsDynamic(body)) {
        TypeProblem(e->args.back().get(), Cat("optFlatMap() needs an optional, not a ", body.DebugString()));
      }
      return body;
  }
  return Type::Dyn();
}

void Checker::VisitComprehension(Expr* e) {
  Visit(e->args[0].get());
  CheckRange(e);
  const Type range = e->args[0]->type;
  const int variables = PushVariables(*e, range);
  e->slot = names_.last_slot() - variables + 1;
  for (size_t i = 1; i < e->args.size(); ++i) Visit(e->args[i].get());
  for (int i = 0; i < variables; ++i) names_.Pop();
  const bool quantifies = e->macro == Macro::kAll || e->macro == Macro::kExists || e->macro == Macro::kExistsOne;
  if (quantifies || e->macro == Macro::kFilter || e->args.size() == 3) CheckCondition(e->args[1].get(), "of a macro");
  Type type = MacroType(e, range);
  if (status_.ok()) e->type = TypeOr(std::move(type));
}

}  // namespace

absl::StatusOr<int> Check(std::string_view expression, const Env& env, Typing typing, Expr* tree) {
  return Checker(expression, env, typing == Typing::kChecked).Run(tree);
}

}  // namespace cadenza::cel
