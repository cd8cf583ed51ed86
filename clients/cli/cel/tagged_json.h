// CEL's values and types as JSON, each value under the name of its type, so that none is lost:
//   {"null":true} {"bool":true} {"int":"-1"} {"uint":"1"} {"double":1.5} {"string":"a"} {"bytes":"YQ=="} {"type":"int"}
//   {"timestamp":"2009-02-13T23:31:30Z"} {"duration":"1.5s"} {"list":[V…]} {"map":[[K,V]…]} {"optional":V or null}
// Integers are in decimal, bytes in base64; a double that JSON does not know is "NaN", "Infinity" or "-Infinity". Pure.
#ifndef CADENZA_CLIENTS_CLI_CEL_TAGGED_JSON_H_
#define CADENZA_CLIENTS_CLI_CEL_TAGGED_JSON_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "server/rules/cel/cel.h"
#include "server/rules/cel/value.h"

namespace cadenza::cli {

// How deep a value or a type may nest.
inline constexpr int kMaxNesting = 100;

// INVALID_ARGUMENT, saying what was found in place of what; also for a map with a key twice.
absl::StatusOr<cel::Value> ValueFromTagged(const nlohmann::json& tagged);

// REQUIRES: no error inside. INVALID_ARGUMENT if it nests too deep.
absl::StatusOr<nlohmann::json> TaggedFromValue(const cel::Value& value);

// The type of this name: "int", "list(string)", "map(string, dyn)", "optional_type(int)", "google.protobuf.Timestamp" …
// Wrappers of google.protobuf and wrapper(int) are dyn, for they may be null; a name that is none of CEL's is an object
// whose fields are not known. INVALID_ARGUMENT if it is malformed.
absl::StatusOr<cel::Type> TypeFromName(std::string_view name);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CEL_TAGGED_JSON_H_
