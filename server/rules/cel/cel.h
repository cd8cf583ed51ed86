// CEL, the Common Expression Language (cel.dev, github.com/google/cel-spec): compiled once against an environment,
// evaluated many times under a cost limit. Usable alone: knows nothing of profiles or campaigns.
//
//   Env env;
//   env.AddVariable("x", Type::Int());
//   auto program = Compile("x > 3 && x % 2 == 0", env);
//   MapActivation activation; activation.Set("x", Value::Int(4));
//   Result result = (*program)->Evaluate(activation);
//
// Internally: lexer -> parser (ast, macros expanded) -> checker (types; overloads resolved) -> program (a tree of
// nodes).
#ifndef CADENZA_SERVER_RULES_CEL_CEL_H_
#define CADENZA_SERVER_RULES_CEL_CEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/rules/cel/horizon.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// Counted, not timed, so that an evaluation is repeatable.
struct Limits {
  size_t expression_bytes = 4096;
  int depth = 32;          // nesting of the expression; a chain of operators ("a + b + c") may be eight times as long
  int64_t cost = 100'000;  // nodes evaluated, elements visited, and bytes copied / 16
  size_t regex_program_bytes = 1 << 20;  // RE2's max_mem
};

// The type of an expression, as the checker knows it. A plain value.
class Type {
 public:
  enum class Kind : uint8_t {
    kDyn,
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kTimestamp,
    kDuration,
    kList,
    kMap,
    kType,
    kOptional,
    kObject,
    kParam
  };
  static Type Dyn() { return Type(Kind::kDyn); }
  static Type Null() { return Type(Kind::kNull); }
  static Type Bool() { return Type(Kind::kBool); }
  static Type Int() { return Type(Kind::kInt); }
  static Type Uint() { return Type(Kind::kUint); }
  static Type Double() { return Type(Kind::kDouble); }
  static Type String() { return Type(Kind::kString); }
  static Type Bytes() { return Type(Kind::kBytes); }
  static Type Timestamp() { return Type(Kind::kTimestamp); }
  static Type Duration() { return Type(Kind::kDuration); }
  static Type OfType() { return Type(Kind::kType); }
  static Type List(Type element);
  static Type Map(Type key, Type value);
  // A value of this type that may be missing.
  static Type Optional(Type value);
  // An object whose fields were declared with Env::AddObject.
  static Type Object(std::string name);
  // A type parameter of an overload: every place of the same name takes the same type. list(A), A -> bool.
  static Type Param(std::string name);

  Kind kind() const { return kind_; }
  // Of a kObject or a kParam.
  const std::string& object_name() const { return name_; }
  // kList: [element]; kMap: [key, value]; kOptional: [value].
  const std::vector<Type>& parameters() const { return parameters_; }
  std::string DebugString() const;
  friend bool operator==(const Type&, const Type&) = default;

 private:
  explicit Type(Kind kind) : kind_(kind) {}
  Kind kind_;
  std::string name_;
  std::vector<Type> parameters_;
};

// A function of the caller's. `args` of a member function begin with the receiver. Returning Value::Error is an
// evaluation error. Must be pure and thread-safe.
using Function = std::function<Value(absl::Span<const Value> args)>;

// The fast way to a caller's own data: plain functions that read it in place. `native` is what Activation::native gave;
// both answer Value::Absent() for what has no value, and are called only where it is not null. Everything that has a
// native form also needs its form as a variable or Function, which is used elsewhere, and must mean the same.
struct NativeField {
  // `field`: the name that the path's "*" stands for, else empty. `detail`: of the registration.
  Value (*read)(const void* native, const void* detail, std::string_view field);
  const void* detail = nullptr;
};
// `args` without the receiver, of the declared types.
using NativeFunction = Value (*)(const void* native, absl::Span<const Value> args);

// The libraries beside the standard one, as cel-go names them (github.com/google/cel-go, ext/README.md).
enum class Extension : uint16_t {
  kStrings = 1 << 0,      // charAt indexOf join lastIndexOf lowerAscii upperAscii replace split substring trim reverse
                          // format strings.quote
  kMath = 1 << 1,         // math.greatest math.least math.ceil …
  kLists = 1 << 2,        // slice flatten sort sortBy distinct reverse first last lists.range
  kSets = 1 << 3,         // sets.contains sets.equivalent sets.intersects
  kEncoders = 1 << 4,     // base64.encode base64.decode
  kBindings = 1 << 5,     // cel.bind
  kOptionals = 1 << 6,    // a.?b a[?i] [?x] {?k: v} optional.of optional.none …
  kTwoVariables = 1 << 7  // all exists existsOne transformList transformMap transformMapEntry with two variables
};

// A set of extensions. A plain value.
class Extensions {
 public:
  static Extensions All() { return Extensions(0xFFFF); }
  static Extensions None() { return Extensions(0); }
  Extensions With(Extension e) const { return Extensions(bits_ | static_cast<uint16_t>(e)); }
  bool Has(Extension e) const { return (bits_ & static_cast<uint16_t>(e)) != 0; }

 private:
  explicit Extensions(uint16_t bits) : bits_(bits) {}
  uint16_t bits_;
};

// What an expression may name. Build it once, then share it: const use is thread-safe.
class Env {
 public:
  struct Overload {
    bool member = false;
    std::vector<Type> arguments;  // a member's receiver first
    Type result = Type::Dyn();
    Function function;
    // Of a member function, if given: called instead of `function` where the receiver is a variable itself.
    NativeFunction native = nullptr;
    // The text of the error if `native` answers Value::Absent(); required with it if it may.
    std::string (*absent)(absl::Span<const Value> args) = nullptr;
  };

  // Names are resolved in this namespace first: in container "a.b", x means a.b.x, else a.x, else x. ".x" is always x.
  void SetContainer(std::string container) { container_ = std::move(container); }
  const std::string& container() const { return container_; }
  // All of them, unless said otherwise.
  void SetExtensions(Extensions extensions) { extensions_ = extensions; }
  const Extensions& extensions() const { return extensions_; }
  // A name may be qualified: "a.b".
  void AddVariable(std::string name, Type type) { variables_.insert_or_assign(std::move(name), std::move(type)); }
  // An object type: selecting a field that is not listed is a compile error. Its values are maps (value.h).
  void AddObject(std::string name, std::map<std::string, Type> fields) {
    objects_.insert_or_assign(std::move(name), std::move(fields));
  }
  // May add to the overloads of a standard function; where both could take the values, this one is called.
  void AddFunction(std::string name, Overload overload) { functions_[std::move(name)].push_back(std::move(overload)); }

  // How a field below a variable is read: "user.id", or any one at that place: "user.attributes.*".
  void AddNativeField(std::string path, NativeField field) { native_fields_.insert_or_assign(std::move(path), field); }

  const Type* FindVariable(std::string_view name) const;
  const std::map<std::string, Type>* FindObject(std::string_view name) const;
  const std::vector<Overload>* FindFunctions(std::string_view name) const;
  const NativeField* FindNativeField(std::string_view path) const;
  const std::map<std::string, Type, std::less<>>& variables() const { return variables_; }
  const std::map<std::string, std::vector<Overload>, std::less<>>& functions() const { return functions_; }

 private:
  std::string container_;
  Extensions extensions_ = Extensions::All();
  std::map<std::string, Type, std::less<>> variables_;
  std::map<std::string, std::map<std::string, Type>, std::less<>> objects_;
  std::map<std::string, std::vector<Overload>, std::less<>> functions_;
  std::map<std::string, NativeField, std::less<>> native_fields_;
};

// The values of the variables for one evaluation. Called only during Evaluate, on its thread.
class Activation {
 public:
  virtual ~Activation() = default;
  // Nothing = the variable has no value now (an evaluation error unless absorbed).
  virtual std::optional<Value> Find(std::string_view name) const = 0;
  // For the environment's native fields and functions; null if they are not to be used.
  virtual const void* native() const { return nullptr; }
};

class MapActivation : public Activation {
 public:
  void Set(std::string name, Value value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  std::optional<Value> Find(std::string_view name) const override;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

// What an expression reads of its environment; see analysis.h.
struct Reads {
  // A variable and names of fields: {"user", "attributes", "plan"}. Everything below the last name is read, too.
  using Path = std::vector<std::string>;
  struct Call {
    std::string function;
    std::string receiver;  // the variable that it is a member of; empty if it is of something else, or of nothing
    std::vector<std::optional<Value>> args;  // after the receiver; nothing: known only when it is evaluated
  };
  std::set<Path> paths;     // but the receivers of `calls`
  std::vector<Call> calls;  // of the environment's functions
};

// Immutable: Evaluate is safe from any thread.
class Program {
 public:
  virtual ~Program() = default;
  // The value; or INVALID_ARGUMENT with the text of the expression's own error ("no such key: total"),
  // RESOURCE_EXHAUSTED over the cost limit. The value may borrow from the activation and from the program. `horizon`,
  // if given, learns until when the outcome stays as it is; the activation's own readers and functions must enter
  // theirs.
  virtual absl::StatusOr<Value> Evaluate(const Activation& activation, Horizon* horizon = nullptr) const = 0;
  virtual const Type& result_type() const = 0;
  virtual const Reads& reads() const = 0;
};

// Parses, checks, plans. INVALID_ARGUMENT: "line L, column C: what is wrong", RESOURCE_EXHAUSTED: over a limit. `env`
// need not outlive the program.
absl::StatusOr<std::shared_ptr<const Program>> Compile(std::string_view expression, const Env& env,
                                                       const Limits& limits = {});

// As Compile, without the type checker (CEL's "parse only"): a wrong type or an unknown name becomes an error of the
// evaluation, which && and || may absorb.
absl::StatusOr<std::shared_ptr<const Program>> CompileUnchecked(std::string_view expression, const Env& env,
                                                                const Limits& limits = {});

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_CEL_H_
