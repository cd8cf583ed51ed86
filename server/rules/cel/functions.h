// The standard library (github.com/google/cel-spec, "Standard Definitions"), operators included, and those of the
// extensions (cel.h).
#ifndef CADENZA_SERVER_RULES_CEL_FUNCTIONS_H_
#define CADENZA_SERVER_RULES_CEL_FUNCTIONS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel/cost.h"
#include "server/rules/cel/horizon.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// What an evaluation lends to the functions it calls.
struct CallContext {
  CostMeter cost;
  size_t regex_program_bytes;
  Horizon* horizon = nullptr;  // if anybody wants to know until when the value stays
};

// All overloads of one name: takes the values apart by kind, and answers NoOverload for what it does not know. `args`
// has as many values as one of the signatures, none of them an error.
using Implementation = Value (*)(absl::Span<const Value> args, CallContext& context);

struct Signature {
  bool member;
  std::vector<Type> arguments;  // a member's receiver first
  Type result;
  std::optional<Extension> extension = std::nullopt;  // that the environment must have; nothing: it always does
};

struct StandardFunction {
  std::string name;
  Implementation implementation;
  std::vector<Signature> signatures;
};

// Most calls have no more arguments; none of the standard library itself does.
inline constexpr size_t kFewArguments = 2;

// Whether a program of this environment may use it.
bool IsEnabled(const Signature& signature, const Extensions& extensions);

// Null if there is none. For ever valid; any thread.
const StandardFunction* FindStandardFunction(std::string_view name);
// Every name, operators too.
std::vector<std::string_view> StandardFunctionNames(const Extensions& extensions);

// "+" for "_+_", "in" for "@in": a name as people write it.
std::string_view DisplayName(std::string_view function);
Value NoOverload(std::string_view function, absl::Span<const Value> args);
// The error of every function once the meter is exhausted. The caller of the program gets RESOURCE_EXHAUSTED instead.
Value CostExceeded();

// One for each file functions_*.cc.
using FunctionTable = std::map<std::string, StandardFunction, std::less<>>;
void AddArithmetic(FunctionTable* table);
void AddComparisons(FunctionTable* table);
void AddCollections(FunctionTable* table);
void AddStrings(FunctionTable* table);
void AddConversions(FunctionTable* table);
void AddTimes(FunctionTable* table);
void AddStringExtension(FunctionTable* table);
void AddMath(FunctionTable* table);
void AddBits(FunctionTable* table);
void AddLists(FunctionTable* table);
void AddSets(FunctionTable* table);
void AddEncoders(FunctionTable* table);
void AddOptionals(FunctionTable* table);
void AddFunction(FunctionTable* table, std::string_view name, Implementation implementation,
                 std::vector<Signature> signatures);
// As AddFunction, of an extension.
void AddExtension(FunctionTable* table, Extension extension, std::string_view name, Implementation implementation,
                  std::vector<Signature> signatures);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_FUNCTIONS_H_
