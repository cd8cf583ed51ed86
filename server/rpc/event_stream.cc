#include "server/rpc/event_stream.h"

#include <utility>

#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "storage/codec/input_wire.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_reader.h"
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

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* EventStream::Start(const EventContext& context) {
  std::shared_ptr<EventStream> stream(new EventStream(context));
  context.metrics->event_streams.Increment();
  stream->Begin(stream);
  return stream.get();
}

absl::Status EventStream::Handle() {
  grpc::Slice slice;
  if (!request_.TrySingleSlice(&slice).ok() && !request_.DumpToSingleSlice(&slice).ok()) {
    return Broken("request", "cannot be read");
  }
  request_.Clear();
  const std::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  WireReader reader(bytes);
  if (reader.TakeTag(WireTag(v1::StreamEventsRequest::kBatchFieldNumber, WireType::kBytes))) {
    const std::string_view batch = reader.Bytes();
    if (reader.ok() && reader.done()) return Add(batch);
  }
  // The open, and what no encoder writes by habit.
  v1::StreamEventsRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Broken("request", "is not a cadenza.v1.StreamEventsRequest");
  }
  if (request.has_open()) return Open(request.open());
  if (!request.has_batch()) return Broken("request", "must hold `open` or `batch`");
  return Add(request.batch().SerializeAsString());
}

absl::Status EventStream::Add(std::string_view bytes) {
  if (workspace_.empty()) return Broken("open", "must be the first message of a stream");
  if (bytes.size() > limits::kBatchBytes) return Broken("batch", "must be at most 4 MiB");
  absl::StatusOr<InputBatchBytes> batch = SplitInputBatch(bytes);
  if (!batch.ok()) return Broken("batch", "is not a cadenza.v1.InputBatch");
  if (batch->inputs.empty() || batch->inputs.size() > limits::kBatchInputs) {
    return Broken("batch.inputs", "must be 1 to 1,000");
  }
  if (batch->first_seq < 1) return Broken("batch.first_seq", "must be 1 or more");
  std::shared_ptr<Intake> intake;
  {
    absl::MutexLock lock(&mu_);
    intake = intake_;
  }
  auto read = [&](int i, Input* input) { return ParseInput(workspace_, batch->inputs[i], input); };
  if (!intake->Add(batch->first_seq, static_cast<int>(batch->inputs.size()), read).ok()) {
    return Broken("batch.first_seq", "must be the sequence number after the last input sent");
  }
  return absl::OkStatus();
}

absl::Status EventStream::Open(const v1::StreamOpen& open) {
  if (!workspace_.empty()) return Broken("open", "only the first message of a stream opens it");
  if (absl::Status checked = CheckWorkspace(open.workspace()); !checked.ok()) return WithFieldPrefix(checked, "open.");
  auto intake = Intake::Create(context_.intake,
                               {.workspace = open.workspace(),
                                .import = open.mode() == v1::StreamOpen::MODE_IMPORT,
                                .keep_applied = false,
                                .want_user_seqs = open.want_user_seqs()},
                               [weak = weak_from_this()] {
                                 if (auto stream = weak.lock()) stream->Pump();
                               });
  workspace_ = open.workspace();
  absl::MutexLock lock(&mu_);
  intake_ = std::move(intake);
  tell_opened_ = true;
  return absl::OkStatus();
}

void EventStream::Closed() { context_.metrics->event_streams.Decrement(); }

bool EventStream::NextWriteLocked() {
  reply_.Clear();
  if (tell_opened_) {
    tell_opened_ = false;
    v1::StreamOpened* opened = reply_.mutable_opened();
    opened->set_max_inflight_inputs(static_cast<int32_t>(context_.inflight_inputs_max));
    opened->set_max_inflight_bytes(context_.inflight_bytes_max);
    opened->set_max_batch_inputs(limits::kBatchInputs);
    opened->set_max_batch_bytes(limits::kBatchBytes);
  } else if (tell_drain_.has_value() && intake_ != nullptr) {
    cadenza::ToProto(*tell_drain_, reply_.mutable_drain()->mutable_deadline());
    tell_drain_.reset();
  } else if (intake_ != nullptr && intake_->has_ack()) {
    FillAck(intake_->TakeAck(), reply_.mutable_ack());
  } else {
    return false;
  }
  ReplyLocked();
  return true;
}

void EventStream::ReplyLocked() {
  grpc::Slice slice(reply_.ByteSizeLong());
  reply_.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  response_ = grpc::ByteBuffer(&slice, 1);
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
