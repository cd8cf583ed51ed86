// What the tests of this folder share: evaluating an expression in one line, and tables of expressions with their
// results.
#ifndef CADENZA_TESTS_UNIT_SERVER_RULES_CEL_EVALUATE_H_
#define CADENZA_TESTS_UNIT_SERVER_RULES_CEL_EVALUATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {

inline absl::StatusOr<Value> Evaluate(std::string_view expression, const Env& env = {},
                                      const MapActivation& activation = {}, const Limits& limits = {}) {
  const auto program = Compile(expression, env, limits);
  if (!program.ok()) return program.status();
  return (*program)->Evaluate(activation);
}

// What is wrong, without the picture of the place.
inline std::string FirstLine(const absl::Status& status) {
  const std::string message(status.message());
  return message.substr(0, message.find('\n'));
}

// The result as a literal, or "error: " and the first line of its text.
inline std::string Shown(const absl::StatusOr<Value>& result) {
  return result.ok() ? result->DebugString() : "error: " + FirstLine(result.status());
}

struct Case {
  std::string expression;
  std::string shown;
};

inline void ExpectAll(const std::vector<Case>& cases, const Env& env = {}, const MapActivation& activation = {}) {
  for (const Case& c : cases) EXPECT_EQ(Shown(Evaluate(c.expression, env, activation)), c.shown) << c.expression;
}

}  // namespace cadenza::cel

#endif  // CADENZA_TESTS_UNIT_SERVER_RULES_CEL_EVALUATE_H_
