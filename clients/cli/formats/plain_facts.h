// Profiles and events as people write them by hand, brought into the contract's JSON.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_PLAIN_FACTS_H_
#define CADENZA_CLIENTS_CLI_FORMATS_PLAIN_FACTS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cadenza::cli {

// A cadenza.v1.Profile from what `cadenza profile --json` prints, or {"user_id": "ada", "attributes": {"plan":
// "gold"}}. Attributes may be plain or tagged ({"string_value": "gold"}). INVALID_ARGUMENT: not a JSON object.
absl::StatusOr<std::string> PlainProfileToJson(std::string_view text);

// A cadenza.v1.Input from an input as `cadenza send --stdin` takes it, or {"name": …, "time": …, "properties": {…}}. An
// event_id or a user that is not there is made up. INVALID_ARGUMENT: not a JSON object.
absl::StatusOr<std::string> PlainEventToJson(std::string_view text);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_PLAIN_FACTS_H_
