// Cases of Liquid as lines of JSON, for `cadenza render --jsonl`.
#ifndef CADENZA_CLIENTS_CLI_LIQUID_LIQUID_CASE_H_
#define CADENZA_CLIENTS_CLI_LIQUID_LIQUID_CASE_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace cadenza::cli {

// A line is an object: "template", and if need be "data" (an object), "templates" (partials by name), "mode" ("lax", as
// if not given; "warn", "strict"), "inline_errors" (errors stand in the text), "now" (RFC 3339), "time_zone", "locale",
// "escape" ("html" or "json"). Partials of {% render %} see only what they are given. The answer has no line end:
// {"output": text} or {"error": text}.
std::string AnswerLiquidLine(std::string_view line, absl::Time now);

// {"error": text}.
std::string LiquidErrorLine(std::string_view text);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_LIQUID_LIQUID_CASE_H_
