#include "server/rpc/batch_call.h"

#include <utility>

#include "server/rpc/status_map.h"

namespace cadenza::rpc {

bool BatchCall::Begin() {
  const bool registered = registry_->Add(shared_from_this());
  {
    absl::MutexLock lock(&mu_);
    self_ = shared_from_this();
  }
  if (!registered) Terminate(absl::UnavailableError("the server is shutting down; try again"));
  return registered;
}

void BatchCall::Run(Intake::Options options, int count, Intake::ReadInput read) {
  if (context_.admission->has_waiters()) {
    Terminate(absl::ResourceExhaustedError("too many inputs wait for a commit; try again later"));
    return;
  }
  options.keep_applied = true;
  auto intake = Intake::Create(context_, std::move(options), [weak = weak_from_this()] {
    if (auto call = weak.lock()) call->MaybeFinish();
  });
  {
    absl::MutexLock lock(&mu_);
    intake_ = intake;
  }
  if (absl::Status added = intake->Add(0, count, read); !added.ok()) Terminate(added);
  MaybeFinish();
}

void BatchCall::Terminate(const absl::Status& status) {
  absl::MutexLock lock(&mu_);
  if (finished_) return;
  finished_ = true;
  Finish(ToGrpc(status));
}

void BatchCall::MaybeFinish() {
  absl::MutexLock lock(&mu_);
  if (finished_ || intake_ == nullptr || intake_->load().inputs > 0 || !intake_->has_ack()) return;
  finished_ = true;
  FillResponse(intake_->TakeAck());
  Finish(grpc::Status::OK);
}

void BatchCall::OnDone() {
  registry_->Remove(this);
  std::shared_ptr<BatchCall> self;  // may be the last reference: dropped after the lock
  absl::MutexLock lock(&mu_);
  finished_ = true;
  self = std::move(self_);
}

}  // namespace cadenza::rpc
