#include "server/rpc/message_stream.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/rpc/event_stream.h"
#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "storage/base/ids.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "storage/user_lookup.h"

namespace cadenza::rpc {
namespace {

constexpr size_t kMessagesPerWrite = 16;  // at most 2 MiB: clients take 4 MiB by default

absl::Status Broken(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

// Of what a resend has again, so that it is known as a duplicate.
std::string EventIdOf(const v1::MessageReceipt& proto) {
  const std::string_view zero("\0", 1);
  const v1::Receipt& receipt = proto.receipt();
  const std::string time = proto.has_time() ? StrCat(proto.time().seconds(), ".", proto.time().nanos()) : "";
  return StrCat("receipt-", ToHex(DigestOf(StrCat(receipt.message_id(), zero, static_cast<int>(receipt.kind()), zero,
                                                  receipt.link_id(), zero, time))));
}

absl::Status ReadReceipt(std::string_view workspace, const v1::UserRef& user, const v1::MessageReceipt& proto,
                         Input* input) {
  if (!proto.has_receipt()) return Broken("receipt", "is required");
  v1::Input made;
  made.set_event_id(proto.event_id().empty() ? EventIdOf(proto) : proto.event_id());
  *made.mutable_user() = user;
  if (proto.has_time()) *made.mutable_time() = proto.time();
  *made.mutable_receipt() = proto.receipt();
  CADENZA_ASSIGN_OR_RETURN(*input, FromProto(workspace, made));
  return absl::OkStatus();
}

}  // namespace

grpc::ServerBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>* MessageStream::Start(
    const MessageContext& context) {
  std::shared_ptr<MessageStream> stream(new MessageStream(context));
  context.metrics->subscribers.Increment();
  stream->Begin(stream);
  return stream.get();
}

absl::Status MessageStream::Handle() {
  if (opened_ && request_.has_receipts()) return AddReceipts(request_.receipts());
  if (opened_ || !request_.has_open()) return Broken("open", "must be the first message of a stream, then `receipts`");
  opened_ = true;
  open_ = request_.open();
  // The stream may end while the worker is at it, so the worker holds it.
  auto subscribe = [self = shared_from_this(), open = request_.open()] {
    if (absl::Status status = self->Subscribe(open); !status.ok()) self->Terminate(status);
  };
  if (!context_.pool->Submit(std::move(subscribe))) return absl::UnavailableError("too many calls wait for the store");
  return absl::OkStatus();
}

absl::Status MessageStream::Subscribe(const v1::SubscribeOpen& open) {
  if (absl::Status checked = CheckWorkspace(open.workspace()); !checked.ok()) return WithFieldPrefix(checked, "open.");
  CADENZA_ASSIGN_OR_RETURN(UserKey name, CheckUser(open.workspace(), open.user(), "open.user"));
  CADENZA_ASSIGN_OR_RETURN(FoundUser user, LookUpUser(*context_.store, name, /*fresh=*/true));
  CADENZA_ASSIGN_OR_RETURN(std::vector<int64_t> tops, context_.store->TopMessageSeqs({user.key}));

  v1::SubscribeOpened opened;
  opened.set_complete(true);
  opened.set_top_message_seq(tops.front());
  int64_t after = 0;
  if (!open.cursor().empty()) {
    absl::StatusOr<Cursor> cursor = ParseCursor(user.key, open.cursor());
    if (!cursor.ok()) return Broken("open.cursor", "is not one that this service gave; leave it out to start over");
    if (cursor->same_user && cursor->message_seq <= tops.front()) {
      after = cursor->message_seq;
    } else {
      opened.set_complete(false);
    }
  }
  {
    absl::MutexLock lock(&mu_);
    cursors_.emplace(user.key);
    tell_opened_ = std::move(opened);
  }
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Subscription> subscription,
                           context_.hub->Subscribe(user.key, after, [weak = weak_from_this()] {
                             if (auto stream = weak.lock()) stream->Pump();
                           }));
  absl::MutexLock lock(&mu_);
  if (!done()) subscription_ = std::move(subscription);
  PumpLocked();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Intake>> MessageStream::IntakeOfReceipts() {
  absl::MutexLock lock(&mu_);
  if (intake_ == nullptr) {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(open_.workspace()));
    CADENZA_RETURN_IF_ERROR(CheckUser(open_.workspace(), open_.user(), "open.user").status());
    intake_ = Intake::Create(context_.intake, {.workspace = open_.workspace()}, [weak = weak_from_this()] {
      if (auto stream = weak.lock()) stream->Pump();
    });
  }
  return intake_;
}

absl::Status MessageStream::AddReceipts(const v1::ReceiptBatch& batch) {
  const int count = batch.receipts_size();
  if (count < 1 || count > limits::kBatchInputs) return Broken("receipts.receipts", "must be 1 to 1,000");
  if (batch.first_seq() < 1) return Broken("receipts.first_seq", "must be 1 or more");
  CADENZA_ASSIGN_OR_RETURN(const std::shared_ptr<Intake> intake, IntakeOfReceipts());
  const auto read = [&](int i, Input* input) {
    return ReadReceipt(open_.workspace(), open_.user(), batch.receipts(i), input);
  };
  if (intake->Add(batch.first_seq(), count, read).ok()) return absl::OkStatus();
  return Broken("receipts.first_seq", "must be the sequence number after the last receipt sent");
}

bool MessageStream::MayReadLocked() const {
  if (intake_ == nullptr) return true;
  const Intake::Load load = intake_->load();
  return !load.parked && load.inputs + load.untold < limits::kReceiptsInFlight;
}

void MessageStream::Closed() {
  context_.metrics->subscribers.Decrement();
  // Closed outside the lock: that waits for its `ready`, which takes the lock.
  std::unique_ptr<Subscription> subscription;
  absl::MutexLock lock(&mu_);
  subscription = std::move(subscription_);
}

bool MessageStream::NextWriteLocked() {
  if (subscription_ == nullptr) {
    if (reads_done_ && !opened_) EndLocked(Broken("open", "must be the first message of a stream"));
    return false;
  }
  response_.Clear();
  if (tell_opened_.has_value()) {
    *response_.mutable_opened() = *std::exchange(tell_opened_, std::nullopt);
    return true;
  }
  if (tell_drain_.has_value()) {
    cadenza::ToProto(*tell_drain_, response_.mutable_drain()->mutable_deadline());
    tell_drain_.reset();
    return true;
  }
  if (intake_ != nullptr && intake_->has_ack()) {
    FillAck(intake_->TakeAck(), response_.mutable_ack());
    return true;
  }
  // Asked before the last Take, so that what came before the end is still told.
  absl::Status status = subscription_->status();
  std::vector<Message> messages = subscription_->Take(kMessagesPerWrite);
  for (const Message& message : messages) {
    v1::Message* proto = response_.mutable_messages()->add_messages();
    cadenza::ToProto(message, proto);
    proto->set_cursor(cursors_->At(message.message_seq));
  }
  if (!messages.empty()) return true;
  if (!status.ok()) EndLocked(std::move(status));
  return false;
}

}  // namespace cadenza::rpc
