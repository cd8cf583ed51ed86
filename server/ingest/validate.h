// The door for inputs: what no lane ever needs to look at again. Pure, thread-safe.
#ifndef CADENZA_SERVER_INGEST_VALIDATE_H_
#define CADENZA_SERVER_INGEST_VALIDATE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/input.h"

namespace cadenza::ingest {

// Checks `input`, as storage/codec/wire.h made it, against storage/model/limits.h and the rules of
// cadenza/v1/input.proto, and fills what the server adds: `time` if the producer gave none (a live stream only),
// receive_time, clock and import. `now` is the server's clock; `import` is the stream's mode.
//
// Errors are Rejections (storage/model/rejection.h) whose field is the path in cadenza.v1.Input
// ("custom_event.properties.a.b", "attribute_change.operations[2].set"): INVALID_FIELD and LIMIT_EXCEEDED
// (INVALID_ARGUMENT), EVENT_ID_TOO_OLD and EVENT_TIME_IN_FUTURE (OUT_OF_RANGE). The input is then of no use.
absl::Status Admit(absl::Time now, bool import, Input* input);

// The same for a CampaignLaunch that the server makes on a caller's behalf (TriggerCampaign), on a live stream.
// INTERNAL for another kind of input.
absl::Status AdmitLaunch(absl::Time now, Input* input);

}  // namespace cadenza::ingest

#endif  // CADENZA_SERVER_INGEST_VALIDATE_H_
