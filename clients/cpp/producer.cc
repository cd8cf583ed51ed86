#include "clients/cpp/producer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/builders.h"
#include "clients/cpp/status.h"
#include "storage/base/ids.h"

namespace cadenza::client {
namespace {

constexpr int kContractBatchInputs = 1000;
constexpr size_t kContractBatchBytes = 4 << 20;
// Of one input in a batch: tag and length.
constexpr size_t kFraming = 8;
// How long a stream that was closed in order may take to end.
constexpr absl::Duration kEndTimeout = absl::Seconds(10);

ProducerOptions WithinContract(ProducerOptions options) {
  options.max_batch_inputs = std::clamp(options.max_batch_inputs, 1, kContractBatchInputs);
  options.max_batch_bytes = std::min(options.max_batch_bytes, kContractBatchBytes);
  return options;
}

}  // namespace

Producer::Producer(ProducerOptions options)
    : options_(WithinContract(std::move(options))),
      channel_(MakeChannel(options_.channel)),
      stub_(v1::EventService::NewStub(channel_)),
      writer_([this] { Run(); }) {}

Producer::~Producer() {
  Abort();
  if (writer_.joinable()) writer_.join();
}

bool Producer::HasRoom(size_t bytes) const {
  return Buffered() == 0 ||
         (Buffered() < options_.max_buffered_inputs && buffered_bytes_ + bytes <= options_.max_buffered_bytes);
}

absl::StatusOr<int64_t> Producer::Send(v1::Input input, absl::Time deadline) {
  if (input.event_id().empty()) input.set_event_id(NewUuidV7(absl::Now()));
  const size_t bytes = input.ByteSizeLong() + kFraming;
  if (bytes > kContractBatchBytes) {
    return absl::InvalidArgumentError(absl::StrCat("input ", input.event_id(), " takes ", bytes,
                                                   " bytes; a batch holds at most ", kContractBatchBytes));
  }
  absl::MutexLock lock(&mu_);
  while (!closing_ && !stopped_ && !HasRoom(bytes)) {
    if (room_.WaitWithDeadline(&mu_, deadline) && !HasRoom(bytes)) {
      return absl::DeadlineExceededError(
          absl::StrCat("the buffer is full: ", Buffered(), " inputs wait for their ack"));
    }
  }
  if (!final_status_.ok()) return final_status_;
  if (closing_ || stopped_) return absl::FailedPreconditionError("the producer is closed");
  waiting_.push_back({std::move(input), static_cast<uint32_t>(bytes)});
  buffered_bytes_ += bytes;
  ++stats_.accepted;
  work_.Signal();
  return next_seq_++;
}

absl::Status Producer::Flush(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  const int64_t target = next_seq_ - 1;
  while (acked_through_ < target && !stopped_) {
    if (settled_.WaitWithDeadline(&mu_, deadline) && acked_through_ < target && !stopped_) {
      return absl::DeadlineExceededError(
          absl::StrCat(target - acked_through_, " inputs are not acked yet",
                       last_error_.ok() ? "" : absl::StrCat("; last trouble: ", last_error_.ToString())));
    }
  }
  if (acked_through_ >= target) return absl::OkStatus();
  return final_status_.ok() ? absl::FailedPreconditionError("the producer was closed") : final_status_;
}

absl::Status Producer::Close(absl::Time deadline) {
  {
    absl::MutexLock lock(&mu_);
    closing_ = true;
    work_.SignalAll();
    room_.SignalAll();
  }
  const absl::Status flushed = Flush(deadline);
  if (!flushed.ok()) Abort();
  {
    absl::MutexLock lock(&mu_);
    while (!stopped_) {
      if (settled_.WaitWithDeadline(&mu_, deadline)) break;
    }
  }
  Abort();
  return flushed;
}

absl::Status Producer::status() const {
  absl::MutexLock lock(&mu_);
  return final_status_;
}

absl::Status Producer::last_error() const {
  absl::MutexLock lock(&mu_);
  return last_error_;
}

ProducerStats Producer::stats() const {
  absl::MutexLock lock(&mu_);
  ProducerStats stats = stats_;
  stats.acked = acked_through_;
  stats.buffered_inputs = Buffered();
  stats.buffered_bytes = buffered_bytes_;
  return stats;
}

void Producer::Abort() {
  absl::MutexLock lock(&mu_);
  closing_ = true;
  abort_ = true;
  if (context_ != nullptr) context_->TryCancel();
  work_.SignalAll();
  room_.SignalAll();
}

void Producer::Run() {
  Backoff backoff(options_.backoff);
  while (true) {
    const absl::Status ended = RunStream();
    absl::MutexLock lock(&mu_);
    if (IsDone()) break;
    if (IsFinal(ended)) {
      final_status_ = ended;
      break;
    }
    if (!ended.ok()) last_error_ = ended;
    if (state_.opened) backoff.Reset();
    if (!state_.draining) {
      const absl::Time again = absl::Now() + backoff.Next();
      while (!IsDone() && !work_.WaitWithDeadline(&mu_, again)) continue;
      if (IsDone()) break;
    }
    ++stats_.reconnects;
  }
  absl::MutexLock lock(&mu_);
  stopped_ = true;
  settled_.SignalAll();
  room_.SignalAll();
}

absl::Status Producer::RunStream() {
  LetConnect(*channel_);
  grpc::ClientContext context;
  {
    absl::MutexLock lock(&mu_);
    if (abort_) return absl::CancelledError("closed");
    ResetStream();
    context_ = &context;
  }
  const std::unique_ptr<Stream> stream = stub_->StreamEvents(&context);
  v1::StreamEventsRequest open;
  open.mutable_open()->set_workspace(options_.workspace);
  open.mutable_open()->set_mode(options_.mode);
  open.mutable_open()->set_want_user_seqs(options_.on_ack != nullptr);
  stream->Write(open);
  std::thread reader([this, &stream] { ReadLoop(*stream); });
  WriteLoop(*stream);
  stream->WritesDone();
  absl::Status violation;
  {
    absl::MutexLock lock(&mu_);
    const bool in_order = state_.opened && state_.violation.ok();
    const absl::Time end = absl::Now() + (in_order ? kEndTimeout : absl::ZeroDuration());
    while (!state_.ended && !work_.WaitWithDeadline(&mu_, end)) continue;
    if (!state_.ended) context.TryCancel();
    violation = state_.violation;
  }
  reader.join();
  const absl::Status finished = FromGrpc(stream->Finish());
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  if (!violation.ok()) return violation;
  if (finished.ok() && !closing_ && !state_.draining) return absl::UnavailableError("the server ended the stream");
  return finished;
}

void Producer::ResetStream() {
  state_ = StreamState();
  state_.unwritten = unacked_.size();
  state_.written_through = acked_through_;
  if (unacked_.empty()) return;
  Batch& first = *unacked_.front();
  const int64_t done = acked_through_ - first.first_seq() + 1;
  if (done <= 0) return;
  first.request.mutable_batch()->mutable_inputs()->DeleteSubrange(0, static_cast<int>(done));
  first.request.mutable_batch()->set_first_seq(acked_through_ + 1);
  first.bytes.erase(first.bytes.begin(), first.bytes.begin() + done);
}

void Producer::WriteLoop(Stream& stream) {
  {
    absl::MutexLock lock(&mu_);
    if (!AwaitOpened()) return;
  }
  while (const std::shared_ptr<Batch> batch = AwaitBatch()) {
    if (!stream.Write(batch->request)) return;
  }
}

bool Producer::AwaitOpened() {
  const absl::Time deadline = absl::Now() + options_.open_timeout;
  while (!state_.opened && !StreamIsOver() && !IsDone()) {
    if (work_.WaitWithDeadline(&mu_, deadline) && !state_.opened) {
      state_.violation = absl::DeadlineExceededError("the server did not answer the open of the stream");
    }
  }
  return state_.opened && !StreamIsOver();
}

bool Producer::MayWrite() const {
  if (state_.unwritten == 0 && waiting_.empty()) return false;
  const int64_t in_flight = state_.written_through - acked_through_;
  return in_flight == 0 || state_.limits.max_inflight_inputs() <= 0 || in_flight < state_.limits.max_inflight_inputs();
}

std::shared_ptr<Producer::Batch> Producer::AwaitBatch() {
  absl::MutexLock lock(&mu_);
  while (!StreamIsOver()) {
    if (state_.draining) {
      if (acked_through_ >= state_.written_through) return nullptr;
      if (work_.WaitWithDeadline(&mu_, state_.drain_deadline)) return nullptr;
      continue;
    }
    if (IsDone()) return nullptr;
    if (MayWrite()) return NextBatch();
    work_.Wait(&mu_);
  }
  return nullptr;
}

std::shared_ptr<Producer::Batch> Producer::NextBatch() {
  std::shared_ptr<Batch> batch;
  if (state_.unwritten > 0) {
    batch = unacked_[unacked_.size() - state_.unwritten];
    --state_.unwritten;
  } else {
    int max_inputs = options_.max_batch_inputs;
    size_t max_bytes = options_.max_batch_bytes;
    if (state_.limits.max_inflight_inputs() > 0) {
      const int64_t free = state_.limits.max_inflight_inputs() - (state_.written_through - acked_through_);
      max_inputs = static_cast<int>(std::clamp<int64_t>(free, 1, max_inputs));
    }
    if (state_.limits.max_batch_inputs() > 0) max_inputs = std::min(max_inputs, state_.limits.max_batch_inputs());
    if (state_.limits.max_batch_bytes() > 0) {
      max_bytes = std::min(max_bytes, static_cast<size_t>(state_.limits.max_batch_bytes()));
    }
    batch = std::make_shared<Batch>();
    v1::InputBatch* inputs = batch->request.mutable_batch();
    inputs->set_first_seq(next_seq_ - static_cast<int64_t>(waiting_.size()));
    size_t bytes = 0;
    while (!waiting_.empty() && inputs->inputs_size() < max_inputs &&
           (inputs->inputs_size() == 0 || bytes + waiting_.front().bytes <= max_bytes)) {
      bytes += waiting_.front().bytes;
      batch->bytes.push_back(waiting_.front().bytes);
      *inputs->add_inputs() = std::move(waiting_.front().input);
      waiting_.pop_front();
    }
    unacked_.push_back(batch);
  }
  state_.written_through = batch->last_seq();
  stats_.sent += static_cast<int64_t>(batch->bytes.size());
  ++stats_.batches;
  return batch;
}

void Producer::ReadLoop(Stream& stream) {
  v1::StreamEventsResponse response;
  while (stream.Read(&response)) {
    if (response.has_ack()) {
      HandleAck(response.ack());
      continue;
    }
    absl::MutexLock lock(&mu_);
    if (response.has_opened()) {
      state_.opened = true;
      state_.limits = response.opened();
    } else if (response.has_drain()) {
      state_.draining = true;
      state_.drain_deadline = response.drain().has_deadline() ? FromProto(response.drain().deadline()) : absl::Now();
    }
    work_.Signal();
  }
  absl::MutexLock lock(&mu_);
  state_.ended = true;
  work_.Signal();
}

void Producer::HandleAck(const v1::Ack& ack) {
  // Batches outlive the lock: only this thread drops them while a stream is open.
  std::vector<std::pair<const v1::Input*, const v1::InputResult*>> outcomes;
  {
    absl::MutexLock lock(&mu_);
    if (ack.acked_through() > state_.written_through || ack.acked_through() < acked_through_) {
      state_.violation =
          absl::InternalError(absl::StrCat("the server acked through ", ack.acked_through(), "; sent were ",
                                           acked_through_ + 1, " to ", state_.written_through));
      work_.Signal();
      return;
    }
    auto batch = unacked_.begin();
    for (const v1::InputResult& result : ack.results()) {
      while (batch != unacked_.end() && (*batch)->last_seq() < result.seq()) ++batch;
      if (batch == unacked_.end()) break;
      if (result.seq() <= acked_through_ || result.seq() < (*batch)->first_seq()) continue;
      outcomes.emplace_back(&(*batch)->request.batch().inputs(static_cast<int>(result.seq() - (*batch)->first_seq())),
                            &result);
      stats_.duplicates += result.has_duplicate();
      stats_.rejected += result.has_rejection();
    }
  }
  if (options_.on_result) {
    for (const auto& [input, result] : outcomes) options_.on_result(*input, *result);
  }
  if (options_.on_ack) options_.on_ack(ack);
  absl::MutexLock lock(&mu_);
  Settle(ack);
}

void Producer::Settle(const v1::Ack& ack) {
  while (acked_through_ < ack.acked_through()) {
    const Batch& batch = *unacked_.front();
    const int64_t through = std::min(ack.acked_through(), batch.last_seq());
    for (int64_t seq = acked_through_ + 1; seq <= through; ++seq)
      buffered_bytes_ -= batch.bytes[seq - batch.first_seq()];
    acked_through_ = through;
    if (through == batch.last_seq()) unacked_.pop_front();
  }
  room_.SignalAll();
  settled_.SignalAll();
  work_.Signal();
}

}  // namespace cadenza::client
