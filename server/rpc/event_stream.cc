#include "server/rpc/event_stream.h"

#include <utility>

#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

absl::Status Broken(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

}  // namespace

void FillResult(int64_t seq, const Verdict& verdict, v1::InputResult* proto) {
  proto->set_seq(seq);
  switch (verdict.kind) {
    case Verdict::Kind::kApplied:
      proto->mutable_applied()->set_user_seq(verdict.user_seq);
      break;
    case Verdict::Kind::kDuplicate:
      proto->mutable_duplicate()->set_user_seq(verdict.user_seq);
      break;
    case Verdict::Kind::kRejected:
      ToProto(verdict.rejection, proto->mutable_rejection());
      break;
  }
}

void FillAck(ingest::AckLedger::Ack ack, v1::Ack* proto) {
  proto->set_acked_through(ack.acked_through);
  for (const auto& [position, verdict] : ack.results) FillResult(position, verdict, proto->add_results());
  for (const auto& [user, user_seq] : ack.user_seqs) {
    v1::UserSeq* entry = proto->add_user_seqs();
    cadenza::ToProto(user, entry->mutable_user());
    entry->set_user_seq(user_seq);
  }
}

grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* EventStream::Start(
    const EventContext& context) {
  std::shared_ptr<EventStream> stream(new EventStream(context));
  context.metrics->event_streams.Increment();
  stream->Begin(stream);
  return stream.get();
}

absl::Status EventStream::Handle() {
  std::shared_ptr<Intake> intake;
  {
    absl::MutexLock lock(&mu_);
    intake = intake_;
  }
  if (request_.has_open()) {
    if (intake != nullptr) return Broken("open", "only the first message of a stream opens it");
    return Open(request_.open());
  }
  if (!request_.has_batch()) return Broken("request", "must hold `open` or `batch`");
  if (intake == nullptr) return Broken("open", "must be the first message of a stream");
  const v1::InputBatch& batch = request_.batch();
  if (batch.inputs_size() == 0 || batch.inputs_size() > limits::kBatchInputs) {
    return Broken("batch.inputs", "must be 1 to 1,000");
  }
  if (batch.ByteSizeLong() > limits::kBatchBytes) return Broken("batch", "must be at most 4 MiB");
  if (batch.first_seq() < 1) return Broken("batch.first_seq", "must be 1 or more");
  if (!intake->Add(batch.first_seq(), batch.inputs()).ok()) {
    return Broken("batch.first_seq", "must be the sequence number after the last input sent");
  }
  return absl::OkStatus();
}

absl::Status EventStream::Open(const v1::StreamOpen& open) {
  if (absl::Status checked = CheckWorkspace(open.workspace()); !checked.ok()) return WithFieldPrefix(checked, "open.");
  auto intake = Intake::Create(context_.intake,
                               {.workspace = open.workspace(),
                                .import = open.mode() == v1::StreamOpen::MODE_IMPORT,
                                .keep_applied = false,
                                .want_user_seqs = open.want_user_seqs()},
                               [weak = weak_from_this()] {
                                 if (auto stream = weak.lock()) stream->Pump();
                               });
  absl::MutexLock lock(&mu_);
  intake_ = std::move(intake);
  tell_opened_ = true;
  return absl::OkStatus();
}

void EventStream::Closed() { context_.metrics->event_streams.Decrement(); }

bool EventStream::NextWriteLocked() {
  if (tell_opened_) {
    tell_opened_ = false;
    response_.Clear();
    v1::StreamOpened* opened = response_.mutable_opened();
    opened->set_max_inflight_inputs(static_cast<int32_t>(context_.inflight_inputs_max));
    opened->set_max_inflight_bytes(context_.inflight_bytes_max);
    opened->set_max_batch_inputs(limits::kBatchInputs);
    opened->set_max_batch_bytes(limits::kBatchBytes);
    return true;
  }
  if (tell_drain_.has_value() && intake_ != nullptr) {
    response_.Clear();
    cadenza::ToProto(*tell_drain_, response_.mutable_drain()->mutable_deadline());
    tell_drain_.reset();
    return true;
  }
  if (intake_ != nullptr && intake_->has_ack()) {
    response_.Clear();
    FillAck(intake_->TakeAck(), response_.mutable_ack());
    return true;
  }
  return false;
}

bool EventStream::ServedLocked() const { return intake_ == nullptr || intake_->load().inputs == 0; }

bool EventStream::MayReadLocked() const {
  if (intake_ == nullptr) return true;
  const Intake::Load load = intake_->load();
  // A client that does not read its acks may not make us hold ever more of them.
  return !load.parked && load.inputs + load.untold < context_.inflight_inputs_max &&
         load.bytes < context_.inflight_bytes_max;
}

}  // namespace cadenza::rpc
