#include "server/rpc/message_stream.h"

#include <utility>
#include <vector>

#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "storage/base/status_macros.h"
#include "storage/codec/wire.h"
#include "storage/model/rejection.h"
#include "storage/user_lookup.h"

namespace cadenza::rpc {
namespace {

constexpr size_t kMessagesPerWrite = 16;  // at most 2 MiB: clients take 4 MiB by default

absl::Status Broken(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
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
  if (opened_ || !request_.has_open()) return Broken("open", "must be the first message of a stream, and the only one");
  opened_ = true;
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
