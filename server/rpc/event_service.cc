#include "server/rpc/event_service.h"

#include <memory>
#include <utility>

#include "server/rpc/batch_call.h"
#include "server/rpc/requests.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

class SubmitCall : public BatchCall {
 public:
  SubmitCall(const EventContext& context, v1::SubmitEventsResponse* response)
      : BatchCall(context.intake, context.registry), response_(response) {}

  void Start(const v1::SubmitEventsRequest& request) {
    if (!Begin()) return;
    if (absl::Status checked = Check(request); !checked.ok()) {
      Terminate(checked);
      return;
    }
    auto read = [&request](int i, Input* input) {
      absl::StatusOr<Input> converted = FromProto(request.workspace(), request.inputs(i));
      if (converted.ok()) *input = *std::move(converted);
      return converted.status();
    };
    Run({.workspace = request.workspace(), .import = request.mode() == v1::StreamOpen::MODE_IMPORT},
        request.inputs_size(), read);
  }

 private:
  static absl::Status Check(const v1::SubmitEventsRequest& request) {
    if (absl::Status checked = CheckWorkspace(request.workspace()); !checked.ok()) return checked;
    if (request.inputs_size() == 0 || request.inputs_size() > limits::kBatchInputs) {
      return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "inputs", "must be 1 to 1,000");
    }
    if (request.ByteSizeLong() > limits::kBatchBytes) {
      return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "inputs",
                      "must be at most 4 MiB together");
    }
    return absl::OkStatus();
  }

  void FillResponse(const ingest::AckLedger::Ack& ack) override {
    for (const auto& [position, verdict] : ack.results) FillResult(position, verdict, response_->add_results());
  }

  v1::SubmitEventsResponse* const response_;  // valid until Finish
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* EventServiceImpl::StreamEvents(
    grpc::CallbackServerContext*) {
  return EventStream::Start(context_);
}

grpc::ServerUnaryReactor* EventServiceImpl::SubmitEvents(grpc::CallbackServerContext*,
                                                         const v1::SubmitEventsRequest* request,
                                                         v1::SubmitEventsResponse* response) {
  auto call = std::make_shared<SubmitCall>(context_, response);
  call->Start(*request);
  return call.get();
}

}  // namespace cadenza::rpc
