// JSON text as a v1::Value: integers that fit become int64, other numbers double, the rest as it is called.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_JSON_VALUE_H_
#define CADENZA_CLIENTS_CLI_FORMATS_JSON_VALUE_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cadenza/v1/value.pb.h"

namespace cadenza::cli {

struct ParsedJson {
  v1::Value value;
  // The text of each number that stands in nested maps only (in no list), by its dotted path ("props.total" ->
  // "139.12"): money is read from it, not from a double.
  std::map<std::string, std::string, std::less<>> numbers;
};

// INVALID_ARGUMENT with the column: not JSON, a key twice in a map, or nested deeper than 100.
absl::StatusOr<ParsedJson> ParseJson(std::string_view text);

// Follows a dotted path through maps; null if something on the way is missing or no map.
const v1::Value* Find(const v1::Value& value, std::string_view path);

// The value that stands in a command line: JSON if it is JSON ("3", "true", "[1,2]", "\"3\""), else the text itself.
v1::Value ValueOfArgument(const std::string& text);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_JSON_VALUE_H_
