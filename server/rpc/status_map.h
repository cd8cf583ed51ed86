// absl::Status inside -> grpc::Status outside, with google.rpc details: BadRequest for a field, ErrorInfo for a reason,
// RetryInfo for what is worth trying again. Texts of trouble that is not the caller's (storage, bugs) go to the log,
// not to the caller.
#ifndef CADENZA_SERVER_RPC_STATUS_MAP_H_
#define CADENZA_SERVER_RPC_STATUS_MAP_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "cadenza/v1/error.pb.h"
#include "google/rpc/status.pb.h"

namespace cadenza::rpc {

grpc::Status ToGrpc(const absl::Status& status);

// The same as a message: for one of many things that a call did. `status` is not OK.
void ToProto(const absl::Status& status, google::rpc::Status* proto);

// For an input of a batch.
void ToProto(const absl::Status& rejection, v1::Rejection* proto);

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_STATUS_MAP_H_
