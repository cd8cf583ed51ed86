// A user and an event out of JSON, as `cadenza render` shows them to a template.
#ifndef CADENZA_CLIENTS_CLI_LIQUID_RENDER_DATA_H_
#define CADENZA_CLIENTS_CLI_LIQUID_RENDER_DATA_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/model/value.h"

namespace cadenza::cli {

// What a template may name: user, event, now, and in Braze's words custom_attribute, event_properties and ${name}.
//
// `profile` is what `cadenza profile --json` prints, or {"user_id": …, "attributes": {…}} with plain values; `event` an
// input as `cadenza send --stdin` takes it, or {"name": …, "time": …, "properties": {…}}; either may be "". `now` is
// the time of the event, or the one given. INVALID_ARGUMENT: what is wrong.
absl::StatusOr<ValueMap> RenderData(std::string_view profile, std::string_view event, absl::Time now);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_LIQUID_RENDER_DATA_H_
