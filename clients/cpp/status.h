// Errors of a server, as absl::Status: the canonical code, the message, and the google.rpc details as a payload.
#ifndef CADENZA_CLIENTS_CPP_STATUS_H_
#define CADENZA_CLIENTS_CPP_STATUS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace cadenza::client {

absl::Status FromGrpc(const grpc::Status& status);

struct FieldViolation {
  std::string field;
  std::string description;
};

// Of google.rpc.BadRequest; empty if the status carries none.
std::vector<FieldViolation> FieldViolations(const absl::Status& status);

// Of google.rpc.ErrorInfo ("USER_MERGED"); empty if the status carries none.
std::string ErrorReason(const absl::Status& status);

// Whether a stream that ended so would end so again: the request is wrong, or not allowed. Everything else
// (UNAVAILABLE, ABORTED, RESOURCE_EXHAUSTED, INTERNAL, a lost connection, ...) is worth another attempt.
bool IsFinal(const absl::Status& status);

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_STATUS_H_
