#include "server/rpc/status_map.h"

#include <string>

#include "google/rpc/error_details.pb.h"
#include "storage/base/log.h"
#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

constexpr int64_t kRetryMillis = 500;

// What the caller may read. Trouble inside is named, not described.
std::string PublicMessage(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return "the server cannot reach its storage, or is shutting down; try again";
    case absl::StatusCode::kUnknown:
      return "the outcome is not known; read back before trying again";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return "internal error; the server's log has the details";
    default:
      return std::string(status.message());
  }
}

}  // namespace

void ToProto(const absl::Status& status, google::rpc::Status* proto) {
  proto->set_code(static_cast<int>(status.code()));
  proto->set_message(PublicMessage(status));
  if (proto->message() != Std(status.message())) log::Warn("a call failed inside", {{"status", status}});

  if (std::string field = RejectionField(status); !field.empty()) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    violation->set_field(field);
    violation->set_description(proto->message());
    proto->add_details()->PackFrom(bad_request);
  }
  if (std::string reason = RejectionReason(status); !reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain("cadenza");
    proto->add_details()->PackFrom(info);
  }
  if (status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kResourceExhausted) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(kRetryMillis * 1'000'000);
    proto->add_details()->PackFrom(retry);
  }
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  ToProto(status, &details);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), details.message(), details.SerializeAsString());
}

void ToProto(const absl::Status& rejection, v1::Rejection* proto) {
  proto->set_code(static_cast<int>(rejection.code()));
  proto->set_reason(RejectionReason(rejection));
  proto->set_field(RejectionField(rejection));
  proto->set_message(std::string(rejection.message()));
}

}  // namespace cadenza::rpc
