// The tree of an expression: made by the parser, macros expanded; names and types filled in by the checker; read by the
// planner.
#ifndef CADENZA_SERVER_RULES_CEL_AST_H_
#define CADENZA_SERVER_RULES_CEL_AST_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/rules/cel/cel.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

struct StandardFunction;
struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// The macros that bring a variable. map(x, f) and map(x, p, f) are both kMap. Those up to kTransformMapEntry iterate,
// and all of them but kFilter, kMap and kSortBy may have two variables: the index or key, and the element or value.
enum class Macro : uint8_t {
  kAll,
  kExists,
  kExistsOne,
  kMap,
  kFilter,
  kSortBy,             // args[1] gives the key of an element
  kTransformList,      // as kMap
  kTransformMap,       // as kMap; keeps the keys
  kTransformMapEntry,  // as kMap; args.back() gives a map to be merged into the result
  kBind,               // args[0] is the variable's value, args[1] what it is used in
  kOptMap,             // args[0] is an optional, args[1] what becomes of the value inside
  kOptFlatMap,         // as kOptMap; args[1] is an optional too
};

struct Expr {
  enum class Kind : uint8_t {
    kLiteral,  // literal
    kIdent,    // name
    kSelect,   // args[0].name; test_only: has(args[0].name); optional_select: args[0].?name
    kCall,  // name(args); member: args[0].name(args[1..]). Operators have the names of the specification: "_+_", "@in"
    kAnd,   // all of args
    kOr,    // any of args
    kConditional,    // args[0] ? args[1] : args[2]
    kList,           // args
    kMap,            // args: key, value, key, value ...
    kComprehension,  // macro over args[0] with variable `name`; args[1] is its predicate or transformation; kMap may
                     // have args[2], then args[1] filters
  };

  Kind kind;
  bool absolute = false;         // kIdent, kCall: the name began with a dot
  bool member = false;           // kCall
  bool test_only = false;        // kSelect
  bool optional_select = false;  // kSelect
  bool optional_entry = false;   // this is an element of a list, or the value of an entry of a map, written with a '?'
  Macro macro = Macro::kAll;
  uint32_t offset = 0;  // in the expression, in bytes
  int height = 1;       // of this tree
  std::string name;
  std::string second_name;  // kComprehension: of its second variable, if it has one
  Value literal;
  std::vector<ExprPtr> args;

  // By the checker.
  Type type = Type::Dyn();
  int slot = -1;  // kIdent: of the local variable it names; kComprehension: of its variable; a second one has the next
  std::string problem;                          // evaluates to this error (only unchecked expressions have one)
  const StandardFunction* standard = nullptr;   // kCall: if a standard overload fits
  std::vector<const Env::Overload*> overloads;  // kCall: the caller's that fit

  Expr(Kind k, size_t at, std::string n, std::vector<ExprPtr> children = {})
      : kind(k), offset(static_cast<uint32_t>(at)), name(std::move(n)), args(std::move(children)) {
    for (const ExprPtr& arg : args) height = std::max(height, arg->height + 1);
  }
};

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_AST_H_
