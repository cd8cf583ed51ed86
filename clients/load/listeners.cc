#include "clients/load/listeners.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "cadenza/v1/message_service.grpc.pb.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {

struct Listeners::State {
  ListenerOptions options;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::MessageService::Stub> stub;
  std::vector<std::unique_ptr<Stream>> streams;

  absl::Mutex mu;
  size_t opened ABSL_GUARDED_BY(mu) = 0;
  size_t done ABSL_GUARDED_BY(mu) = 0;
  bool closing ABSL_GUARDED_BY(mu) = false;
  absl::Status broken ABSL_GUARDED_BY(mu);
  int64_t received ABSL_GUARDED_BY(mu) = 0;
  Histogram latency ABSL_GUARDED_BY(mu);
};

class Listeners::Stream : public grpc::ClientBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse> {
 public:
  Stream(State* state, const std::string& user_id) : state_(state) {
    request_.mutable_open()->set_workspace(state->options.workspace);
    request_.mutable_open()->mutable_user()->set_user_id(user_id);
    state_->stub->async()->SubscribeMessages(&context_, this);
    StartWrite(&request_);
    StartRead(&response_);
    StartCall();
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    const absl::Time now = absl::Now();
    {
      absl::MutexLock lock(&state_->mu);
      if (response_.has_opened()) ++state_->opened;
      for (const v1::Message& message : response_.messages().messages()) {
        const std::optional<absl::Time> due = state_->options.due(message.event_id());
        if (!due.has_value()) continue;
        ++state_->received;
        if (*due != absl::InfiniteFuture()) state_->latency.Record(now - *due);
      }
    }
    response_.Clear();
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&state_->mu);
    ++state_->done;
    if (!state_->closing) {
      state_->broken.Update(
          absl::UnavailableError(StrCat("a message stream of the benchmark ended: ", status.error_message())));
    }
  }

 private:
  State* const state_;
  grpc::ClientContext context_;
  v1::SubscribeMessagesRequest request_;
  v1::SubscribeMessagesResponse response_;
};

Listeners::Listeners() : state_(std::make_unique<State>()) {}

absl::StatusOr<std::unique_ptr<Listeners>> Listeners::Open(ListenerOptions options) {
  std::unique_ptr<Listeners> listeners(new Listeners);
  State& state = *listeners->state_;
  state.options = std::move(options);
  state.channel = grpc::CreateChannel(state.options.target, grpc::InsecureChannelCredentials());
  state.stub = v1::MessageService::NewStub(state.channel);
  for (const std::string& user_id : state.options.user_ids) {
    state.streams.push_back(std::make_unique<Stream>(&state, user_id));
  }
  absl::MutexLock lock(&state.mu);
  state.mu.Await(absl::Condition(
      +[](State* s) ABSL_NO_THREAD_SAFETY_ANALYSIS { return s->opened == s->streams.size() || !s->broken.ok(); },
      &state));
  CADENZA_RETURN_IF_ERROR(state.broken);
  return listeners;
}

Listeners::~Listeners() {
  {
    absl::MutexLock lock(&state_->mu);
    state_->closing = true;
  }
  for (auto& stream : state_->streams) stream->Cancel();
  absl::MutexLock lock(&state_->mu);
  state_->mu.Await(absl::Condition(
      +[](State* s) ABSL_NO_THREAD_SAFETY_ANALYSIS { return s->done == s->streams.size(); }, state_.get()));
}

absl::Status Listeners::Await(int64_t messages, absl::Duration limit) {
  absl::MutexLock lock(&state_->mu);
  const auto enough = [this, messages]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return state_->received >= messages || !state_->broken.ok();
  };
  const bool in_time = state_->mu.AwaitWithTimeout(absl::Condition(&enough), limit);
  CADENZA_RETURN_IF_ERROR(state_->broken);
  if (in_time) return absl::OkStatus();
  return absl::DeadlineExceededError(
      StrCat(state_->received, " of ", messages, " messages arrived within ", absl::FormatDuration(limit)));
}

int64_t Listeners::received() const {
  absl::MutexLock lock(&state_->mu);
  return state_->received;
}

Histogram Listeners::latency() const {
  absl::MutexLock lock(&state_->mu);
  return state_->latency;
}

}  // namespace cadenza::load
