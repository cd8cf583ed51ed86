#include "server/rpc/event_service.h"

#include <memory>
#include <utility>

#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

// One SubmitEvents call: finishes once every input has its verdict, or the server shuts down. Holds itself until
// OnDone.
class SubmitCall : public grpc::ServerUnaryReactor, public Drainable, public std::enable_shared_from_this<SubmitCall> {
 public:
  SubmitCall(const EventContext& context, v1::SubmitEventsResponse* response)
      : context_(context), response_(response) {}

  void Start(const v1::SubmitEventsRequest& request) {
    const bool registered = context_.registry->Add(shared_from_this());
    {
      absl::MutexLock lock(&mu_);
      self_ = shared_from_this();
    }
    absl::Status checked = Check(request);
    if (checked.ok() && !registered) checked = absl::UnavailableError("the server is shutting down; try again");
    if (checked.ok() && context_.intake.admission->has_waiters()) {
      checked = absl::ResourceExhaustedError("too many inputs wait for a commit; try again later");
    }
    if (!checked.ok()) {
      Terminate(checked);
      return;
    }
    auto intake = Intake::Create(context_.intake,
                                 {.workspace = request.workspace(),
                                  .import = request.mode() == v1::StreamOpen::MODE_IMPORT,
                                  .keep_applied = true,
                                  .want_user_seqs = false},
                                 [weak = weak_from_this()] {
                                   if (auto call = weak.lock()) call->MaybeFinish();
                                 });
    {
      absl::MutexLock lock(&mu_);
      intake_ = intake;
    }
    auto read = [&request](int i, Input* input) {
      absl::StatusOr<Input> converted = FromProto(request.workspace(), request.inputs(i));
      if (converted.ok()) *input = *std::move(converted);
      return converted.status();
    };
    if (absl::Status added = intake->Add(0, request.inputs_size(), read); !added.ok()) Terminate(added);
    MaybeFinish();
  }

  void Drain(absl::Time) override {}  // it ends by itself, after its commit

  void Terminate(const absl::Status& status) override {
    absl::MutexLock lock(&mu_);
    if (finished_) return;
    finished_ = true;
    Finish(ToGrpc(status));
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

  void MaybeFinish() {
    absl::MutexLock lock(&mu_);
    if (finished_ || intake_ == nullptr || intake_->load().inputs > 0 || !intake_->has_ack()) return;
    finished_ = true;
    for (const auto& [position, verdict] : intake_->TakeAck().results) {
      FillResult(position, verdict, response_->add_results());
    }
    Finish(grpc::Status::OK);
  }

  void OnDone() override {
    context_.registry->Remove(this);
    std::shared_ptr<SubmitCall> self;  // may be the last reference: dropped after the lock
    absl::MutexLock lock(&mu_);
    finished_ = true;
    self = std::move(self_);
  }

  const EventContext context_;
  v1::SubmitEventsResponse* const response_;  // valid until Finish

  absl::Mutex mu_;
  std::shared_ptr<SubmitCall> self_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Intake> intake_ ABSL_GUARDED_BY(mu_);
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
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
