// A case of CEL as JSON (suites/cel.json has many), for `cadenza eval --jsonl` and for the tests:
//   expr                  the expression
//   bindings              variables and their values, tagged (tagged_json.h)
//   typeEnv               variables and their types, by name; one that only `bindings` has is dyn
//   container             the namespace in which names are looked up
//   disableCheck          true: without the type checker
// Other fields are not looked at. Every extension of cel.h is there. Pure.
#ifndef CADENZA_CLIENTS_CLI_CEL_CEL_CASE_H_
#define CADENZA_CLIENTS_CLI_CEL_CEL_CASE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "server/rules/cel/cel.h"

namespace cadenza::cli {

// A case, ready to be evaluated. Keeps what it needs.
struct CelCase {
  std::string expression;
  cel::Env env;
  cel::MapActivation bindings;
  bool checked = true;
};

// INVALID_ARGUMENT: names the field.
absl::StatusOr<CelCase> ParseCelCase(const nlohmann::json& json);

// What the expression gives. Errors as of cel.h.
absl::StatusOr<cel::Value> RunCelCase(const CelCase& parsed);

// The answer to a line with a case on it, on one line: {"value": V} tagged, or {"error": text}, also for a line that is
// no case.
std::string AnswerCelLine(std::string_view line);

// {"error": text}.
std::string CelErrorLine(std::string_view text);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CEL_CEL_CASE_H_
