// JSON (RFC 8259) as values and back. Usable alone.
#ifndef CADENZA_SERVER_RULES_LIQUID_JSON_H_
#define CADENZA_SERVER_RULES_LIQUID_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/model/value.h"

namespace cadenza::liquid {

// Objects keep the order of their members (of up to 256; larger ones are sorted). Whole numbers beyond int64 become
// doubles. INVALID_ARGUMENT: what is wrong, and at which byte; also for nesting beyond 64.
absl::StatusOr<Value> ParseJson(std::string_view text);

// Without blanks; timestamps as text in UTC, numbers that JSON has not (NaN, infinity) as null.
void AppendJson(const Value& value, std::string* out);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_JSON_H_
