#include "clients/cpp/subscriber.h"

#include <utility>

#include "clients/cpp/status.h"

namespace cadenza::client {

Subscriber::Subscriber(SubscriberOptions options)
    : options_(std::move(options)),
      channel_(MakeChannel(options_.channel)),
      stub_(v1::MessageService::NewStub(channel_)),
      cursor_(options_.cursor),
      thread_([this] { Run(); }) {}

Subscriber::~Subscriber() {
  RequestStop();
  thread_.join();
}

void Subscriber::RequestStop() {
  absl::MutexLock lock(&mu_);
  stop_ = true;
  if (context_ != nullptr) context_->TryCancel();
  changed_.SignalAll();
}

absl::Status Subscriber::Wait(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  while (!ended_) {
    if (changed_.WaitWithDeadline(&mu_, deadline) && !ended_)
      return absl::DeadlineExceededError("the subscriber is still running");
  }
  return final_status_;
}

std::string Subscriber::cursor() const {
  absl::MutexLock lock(&mu_);
  return cursor_;
}

SubscriberStats Subscriber::stats() const {
  absl::MutexLock lock(&mu_);
  return stats_;
}

absl::Status Subscriber::last_error() const {
  absl::MutexLock lock(&mu_);
  return last_error_;
}

void Subscriber::Run() {
  Backoff backoff(options_.backoff);
  while (true) {
    bool opened = false;
    bool drained = false;
    const absl::Status why = RunStream(&opened, &drained);
    absl::MutexLock lock(&mu_);
    if (stop_) break;
    if (IsFinal(why)) {
      final_status_ = why;
      break;
    }
    const bool merged = absl::IsAborted(why) && ErrorReason(why) == "USER_MERGED";
    if (merged) cursor_.clear();
    if (!drained) last_error_ = why;
    if (opened) backoff.Reset();
    if (!drained && !merged) {
      const absl::Time again = absl::Now() + backoff.Next();
      while (!stop_ && !changed_.WaitWithDeadline(&mu_, again)) continue;
      if (stop_) break;
    }
    ++stats_.reconnects;
  }
  absl::MutexLock lock(&mu_);
  ended_ = true;
  changed_.SignalAll();
}

absl::Status Subscriber::RunStream(bool* opened, bool* drained) {
  LetConnect(*channel_);
  grpc::ClientContext context;
  v1::SubscribeMessagesRequest request;
  request.mutable_open()->set_workspace(options_.workspace);
  *request.mutable_open()->mutable_user() = options_.user;
  {
    absl::MutexLock lock(&mu_);
    if (stop_) return absl::CancelledError("stopped");
    request.mutable_open()->set_cursor(cursor_);
    context_ = &context;
  }
  const auto stream = stub_->SubscribeMessages(&context);
  stream->Write(request);
  v1::SubscribeMessagesResponse response;
  while (stream->Read(&response)) {
    if (response.has_messages()) {
      if (!Deliver(response.messages())) break;
    } else if (response.has_opened()) {
      *opened = true;
      {
        absl::MutexLock lock(&mu_);
        ++stats_.opened;
      }
      if (options_.on_opened) options_.on_opened(response.opened());
    } else if (response.has_drain()) {
      *drained = true;
      break;
    }
  }
  // Where the loop was left early; after the server's end this changes nothing.
  if (*drained) context.TryCancel();
  const absl::Status finished = FromGrpc(stream->Finish());
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  if (*drained) return absl::UnavailableError("the server drains");
  return finished.ok() ? absl::UnavailableError("the server ended the stream") : finished;
}

bool Subscriber::Deliver(const v1::MessageBatch& batch) {
  for (const v1::Message& message : batch.messages()) {
    {
      absl::MutexLock lock(&mu_);
      if (stop_) return false;
    }
    options_.on_message(message);
    absl::MutexLock lock(&mu_);
    cursor_ = message.cursor();
    ++stats_.messages;
  }
  return true;
}

}  // namespace cadenza::client
