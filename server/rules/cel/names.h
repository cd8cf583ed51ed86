// What a name means at a place in an expression: a local variable, a variable of the environment, a type, a function;
// by the rules of container name resolution (github.com/google/cel-spec, "Name Resolution").
#ifndef CADENZA_SERVER_RULES_CEL_NAMES_H_
#define CADENZA_SERVER_RULES_CEL_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/rules/cel/ast.h"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {

// Used while one expression is checked. Borrows the environment.
class Names {
 public:
  struct Local {
    std::string name;
    Type type;
  };
  struct Meaning {
    std::string name;  // in full
    Type type;
    bool is_type = false;  // it denotes a type
  };

  explicit Names(const Env& env) : env_(env) {}

  // Brings a local variable into scope, which hides others of its name.
  void Push(std::string name, Type type);
  // Takes the last one out of scope.
  void Pop() { locals_.pop_back(); }
  // Of the last one in scope.
  int last_slot() const { return static_cast<int>(locals_.size()) - 1; }
  // The slots that all of them together need.
  int slots() const { return slots_; }

  // The slot of the innermost local variable of this name, or -1.
  int FindLocal(std::string_view name) const;
  const Type& TypeOfLocal(int slot) const { return locals_[static_cast<size_t>(slot)].type; }
  // A variable of the environment, or a type.
  std::optional<Meaning> Find(std::string_view name, bool absolute) const;
  // The full name of the function, if there is one.
  std::optional<std::string> FindFunction(std::string_view name, bool absolute) const;
  bool HasFunction(std::string_view name) const;
  // "a.b.c" if `e` is that and `a` is no local variable; whether it began with a dot.
  std::optional<std::string> QualifiedName(const Expr& e, bool* absolute) const;
  // Whether functions have names that begin with `name` and a dot.
  bool IsNamespace(std::string_view name) const;

  // "; did you mean …", or nothing.
  std::string SuggestVariable(std::string_view name) const;
  std::string SuggestFunction(std::string_view name) const;

 private:
  // What `name` may mean in the container, the longest first.
  std::vector<std::string> Candidates(std::string_view name, bool absolute) const;
  std::vector<std::string_view> FunctionNames() const;

  const Env& env_;
  std::vector<Local> locals_;
  int slots_ = 0;
};

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_NAMES_H_
