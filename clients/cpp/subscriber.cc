#include "clients/cpp/subscriber.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "clients/cpp/builders.h"
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
  std::thread writer;
  {
    absl::MutexLock lock(&mu_);
    closing_ = true;
    changed_.SignalAll();
    writer = std::move(writer_);
  }
  if (writer.joinable()) writer.join();
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

absl::Status Subscriber::Report(v1::MessageReceipt receipt) {
  absl::MutexLock lock(&mu_);
  if (stop_ || ended_) return absl::FailedPreconditionError("the subscriber has ended");
  if (receipts_.size() >= kReceiptsMax) return absl::ResourceExhaustedError("too many receipts wait for their ack");
  receipts_.push_back(std::move(receipt));
  if (!writer_.joinable()) writer_ = std::thread([this] { WriteReceipts(); });
  changed_.SignalAll();
  return absl::OkStatus();
}

bool Subscriber::AwaitReceipts(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  const int64_t last = acked_ + static_cast<int64_t>(receipts_.size());
  while (acked_ < last && !ended_) {
    if (changed_.WaitWithDeadline(&mu_, deadline)) break;
  }
  return acked_ >= last;
}

void Subscriber::WriteReceipts() {
  constexpr size_t kBatch = 100;
  absl::MutexLock lock(&mu_);
  while (true) {
    while (!closing_ && (stream_ == nullptr || sent_ == receipts_.size())) changed_.Wait(&mu_);
    if (closing_) return;
    v1::SubscribeMessagesRequest request;
    request.mutable_receipts()->set_first_seq(acked_ + static_cast<int64_t>(sent_) + 1);
    const size_t end = std::min(receipts_.size(), sent_ + kBatch);
    for (; sent_ < end; ++sent_) *request.mutable_receipts()->add_receipts() = receipts_[sent_];
    Stream* const stream = stream_;
    writing_ = true;
    mu_.Unlock();
    const bool written = stream->Write(request);
    mu_.Lock();
    writing_ = false;
    if (!written) stream_ = nullptr;
    changed_.SignalAll();
  }
}

void Subscriber::SetStream(Stream* stream) {
  absl::MutexLock lock(&mu_);
  stream_ = stream;
  sent_ = 0;
  while (stream == nullptr && writing_) changed_.Wait(&mu_);
  changed_.SignalAll();
}

void Subscriber::TakeAck(const v1::Ack& ack) {
  std::vector<std::pair<v1::MessageReceipt, v1::Rejection>> rejected;
  {
    absl::MutexLock lock(&mu_);
    const int64_t count = ack.acked_through() - acked_;
    if (count < 0 || count > static_cast<int64_t>(receipts_.size())) return;  // of nothing that was sent
    for (const v1::InputResult& result : ack.results()) {
      const int64_t i = result.seq() - acked_ - 1;
      if (result.has_rejection() && i >= 0 && i < count) rejected.emplace_back(receipts_[i], result.rejection());
    }
    receipts_.erase(receipts_.begin(), receipts_.begin() + count);
    sent_ -= std::min(sent_, static_cast<size_t>(count));
    acked_ += count;
    stats_.receipts += count;
    changed_.SignalAll();
  }
  if (options_.on_rejected == nullptr) return;
  for (const auto& [receipt, rejection] : rejected) options_.on_rejected(receipt, rejection);
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
      SetStream(stream.get());
      if (options_.on_opened) options_.on_opened(response.opened());
    } else if (response.has_ack()) {
      TakeAck(response.ack());
    } else if (response.has_drain()) {
      *drained = true;
      break;
    }
  }
  // Where the loop was left early; after the server's end this changes nothing.
  if (*drained) context.TryCancel();
  SetStream(nullptr);
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
    if (options_.report_delivered) {
      const bool taken = Report(MessageReceipt(v1::Receipt::KIND_DELIVERED, message.message_id())).ok();
      absl::MutexLock lock(&mu_);
      stats_.dropped += !taken && !stop_ ? 1 : 0;
    }
    absl::MutexLock lock(&mu_);
    cursor_ = message.cursor();
    ++stats_.messages;
  }
  return true;
}

}  // namespace cadenza::client
