#include "server/rules/cel/checker.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/lexer.h"
#include "server/rules/cel/overload.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

bool IsTypeName(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kNames = {"bool",
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
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Type LiteralType(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return Type::Null();
    case Value::Kind::kBool:
      return Type::Bool();
    case Value::Kind::kInt:
      return Type::Int();
    case Value::Kind::kUint:
      return Type::Uint();
    case Value::Kind::kDouble:
      return Type::Double();
    case Value::Kind::kString:
      return Type::String();
    case Value::Kind::kBytes:
      return Type::Bytes();
    case Value::Kind::kType:
      return Type::OfType();
    default:
      return Type::Dyn();
  }
}

std::string TypeList(const std::vector<Type>& types) {
  return absl::StrJoin(types, ", ", [](std::string* out, const Type& type) { *out += type.DebugString(); });
}

class Checker {
 public:
  Checker(std::string_view source, const Env& env, bool typed) : source_(source), env_(env), typed_(typed) {}

  absl::StatusOr<int> Run(Expr* tree) {
    Visit(tree);
    if (!status_.ok()) return status_;
    return slots_;
  }

 private:
  struct Local {
    std::string name;
    Type type;
  };

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

  Type FieldType(Expr* e, const Type& operand);
  void Resolve(Expr* call, std::string_view name);
  bool AddFits(Expr* call, std::string_view name, const std::vector<Type>& types);
  bool HasFunction(std::string_view name) const {
    return env_.FindFunctions(name) != nullptr || FindStandardFunction(name) != nullptr;
  }

  const Local* FindLocal(std::string_view name) const;
  // The variable or type that `name` means; whether there was one. Rewrites `e` into it.
  bool ResolveName(Expr* e, std::string_view name, bool absolute);
  // "a.b.c" if `e` is that, and `a` is no local variable.
  std::optional<std::string> QualifiedName(const Expr& e, bool* absolute) const;
  // What `name` may mean in the container, the longest first.
  std::vector<std::string> Candidates(std::string_view name, bool absolute) const;

  Type TypeOr(Type type) const { return typed_ ? std::move(type) : Type::Dyn(); }
  bool Is(const Expr& e, const Type& type) const { return e.type == type || e.type == Type::Dyn(); }
  void Problem(Expr* e, std::string message) {
    e->type = Type::Dyn();
    if (!typed_) {
      e->problem = std::move(message);
    } else if (status_.ok()) {
      status_ = ErrorAt(source_, e->offset, message);
    }
  }
  // What only the types say: an unchecked expression finds out by itself.
  void TypeProblem(Expr* e, std::string message) {
    if (typed_) Problem(e, std::move(message));
  }

  const std::string_view source_;
  const Env& env_;
  const bool typed_;
  std::vector<Local> locals_;
  int slots_ = 0;
  absl::Status status_;
};

void Checker::Visit(Expr* e) {
  switch (e->kind) {
    case Kind::kLiteral:
      e->type = TypeOr(LiteralType(e->literal));
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

const Checker::Local* Checker::FindLocal(std::string_view name) const {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->name == name) return &*local;
  }
  return nullptr;
}

std::vector<std::string> Checker::Candidates(std::string_view name, bool absolute) const {
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

bool Checker::ResolveName(Expr* e, std::string_view name, bool absolute) {
  for (std::string& candidate : Candidates(name, absolute)) {
    if (const Type* type = env_.FindVariable(candidate)) {
      e->kind = Kind::kIdent;
      e->name = std::move(candidate);
      e->type = TypeOr(*type);
      e->args.clear();
      return true;
    }
  }
  if (!IsTypeName(name)) return false;
  e->kind = Kind::kLiteral;
  e->literal = Value::Type(std::string(name));
  e->type = TypeOr(Type::OfType());
  e->args.clear();
  return true;
}

void Checker::VisitIdent(Expr* e) {
  const Local* local = e->absolute ? nullptr : FindLocal(e->name);
  if (local != nullptr) {
    e->slot = static_cast<int>(local - locals_.data());
    e->type = local->type;
  } else if (!ResolveName(e, e->name, e->absolute)) {
    Problem(e, Cat("undeclared name '", e->name, "'"));
  }
}

std::optional<std::string> Checker::QualifiedName(const Expr& e, bool* absolute) const {
  if (e.kind == Kind::kIdent) {
    if (!e.absolute && FindLocal(e.name) != nullptr) return std::nullopt;
    *absolute = e.absolute;
    return e.name;
  }
  if (e.kind != Kind::kSelect || e.test_only) return std::nullopt;
  std::optional<std::string> operand = QualifiedName(*e.args[0], absolute);
  if (operand) operand->append(".").append(e.name);
  return operand;
}

void Checker::VisitSelect(Expr* e) {
  bool absolute = false;
  const std::optional<std::string> name = QualifiedName(*e, &absolute);
  if (name && ResolveName(e, *name, absolute)) return;
  Visit(e->args[0].get());
  const Type field = FieldType(e, e->args[0]->type);
  if (status_.ok()) e->type = e->test_only ? TypeOr(Type::Bool()) : field;
}

Type Checker::FieldType(Expr* e, const Type& operand) {
  if (operand.kind() == Type::Kind::kDyn) return Type::Dyn();
  if (operand.kind() == Type::Kind::kMap) return operand.parameters()[1];
  if (operand.kind() != Type::Kind::kObject) {
    TypeProblem(e, Cat("a value of type ", operand.DebugString(), " has no fields"));
    return Type::Dyn();
  }
  const auto* fields = env_.FindObject(operand.object_name());
  if (fields == nullptr) return Type::Dyn();
  const auto found = fields->find(e->name);
  if (found != fields->end()) return found->second;
  const std::string names =
      absl::StrJoin(*fields, ", ", [](std::string* out, const auto& field) { *out += field.first; });
  TypeProblem(e, Cat(operand.object_name(), " has no field '", e->name, "'; it has ", names));
  return Type::Dyn();
}

void Checker::VisitCall(Expr* e) {
  bool absolute = e->absolute;
  std::string name = e->name;
  if (e->member) {
    const std::optional<std::string> target = QualifiedName(*e->args[0], &absolute);
    if (target) {
      const std::string qualified = Cat(*target, ".", e->name);
      for (const std::string& candidate : Candidates(qualified, absolute)) {
        if (!HasFunction(candidate)) continue;
        e->member = false;
        e->args.erase(e->args.begin());
        VisitArgs(e);
        return Resolve(e, candidate);
      }
    }
  } else {
    for (std::string& candidate : Candidates(e->name, absolute)) {
      if (!HasFunction(candidate)) continue;
      name = std::move(candidate);
      break;
    }
  }
  VisitArgs(e);
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
  if (!HasFunction(name)) return Problem(call, Cat("undeclared function '", name, "'"));
  std::vector<Type> types;
  for (const ExprPtr& arg : call->args) types.push_back(arg->type);
  if (AddFits(call, name, types)) return;
  const std::string receiver = call->member ? Cat(types[0].DebugString(), ".") : "";
  if (call->member) types.erase(types.begin());
  Problem(call, Cat("no matching overload: ", receiver, DisplayName(name), "(", TypeList(types), ")"));
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

void Checker::VisitConditional(Expr* e) {
  VisitArgs(e);
  if (!Is(*e->args[0], Type::Bool())) {
    TypeProblem(e->args[0].get(),
                Cat("the condition before '?' is of type ", e->args[0]->type.DebugString(), ", not bool"));
  }
  const Type& yes = e->args[1]->type;
  const Type& no = e->args[2]->type;
  if (std::optional<Type> both = Unify(yes, no)) {
    e->type = *std::move(both);
  } else {
    TypeProblem(e, Cat("the values around ':' are of types ", yes.DebugString(), " and ", no.DebugString()));
  }
}

void Checker::VisitList(Expr* e) {
  VisitArgs(e);
  std::optional<Type> element;
  for (const ExprPtr& arg : e->args) element = element ? Unify(*element, arg->type).value_or(Type::Dyn()) : arg->type;
  e->type = TypeOr(Type::List(element.value_or(Type::Dyn())));
}

void Checker::VisitMap(Expr* e) {
  VisitArgs(e);
  std::optional<Type> key;
  std::optional<Type> value;
  for (size_t i = 0; i + 1 < e->args.size(); i += 2) {
    const Type& k = e->args[i]->type;
    const Type& v = e->args[i + 1]->type;
    const bool allowed = Is(*e->args[i], Type::Bool()) || k == Type::Int() || k == Type::Uint() || k == Type::String();
    if (!allowed) TypeProblem(e->args[i].get(), Cat("a map's key cannot be of type ", k.DebugString()));
    key = key ? Unify(*key, k).value_or(Type::Dyn()) : k;
    value = value ? Unify(*value, v).value_or(Type::Dyn()) : v;
  }
  e->type = TypeOr(Type::Map(key.value_or(Type::Dyn()), value.value_or(Type::Dyn())));
}

void Checker::VisitComprehension(Expr* e) {
  Visit(e->args[0].get());
  const Type range = e->args[0]->type;
  const bool iterable = range.kind() == Type::Kind::kList || range.kind() == Type::Kind::kMap;
  if (!iterable && range != Type::Dyn()) {
    TypeProblem(e->args[0].get(), Cat("a value of type ", range.DebugString(), " has no elements"));
  }
  e->slot = static_cast<int>(locals_.size());
  locals_.push_back({e->name, iterable ? range.parameters()[0] : Type::Dyn()});
  slots_ = std::max(slots_, static_cast<int>(locals_.size()));
  for (size_t i = 1; i < e->args.size(); ++i) Visit(e->args[i].get());
  const Type element = locals_.back().type;
  locals_.pop_back();
  const bool transforms = e->macro == Macro::kMap;
  if ((!transforms || e->args.size() == 3) && !Is(*e->args[1], Type::Bool())) {
    TypeProblem(e->args[1].get(),
                Cat("the condition of a macro is of type ", e->args[1]->type.DebugString(), ", not bool"));
  }
  if (transforms) {
    e->type = TypeOr(Type::List(e->args.back()->type));
  } else {
    e->type = TypeOr(e->macro == Macro::kFilter ? Type::List(element) : Type::Bool());
  }
}

}  // namespace

absl::StatusOr<int> Check(std::string_view expression, const Env& env, Typing typing, Expr* tree) {
  return Checker(expression, env, typing == Typing::kChecked).Run(tree);
}

}  // namespace cadenza::cel
