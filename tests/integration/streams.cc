#include "tests/integration/streams.h"

#include <algorithm>
#include <utility>

namespace cadenza::testing {

EventStream::EventStream(const Workspace& workspace)
    : workspace_(workspace.name()), stub_(v1::EventService::NewStub(workspace.client().channel())) {
  context_.set_deadline(absl::ToChronoTime(Soon()));
  stream_ = stub_->StreamEvents(&context_);
}

bool EventStream::Open(v1::StreamOpen::Mode mode, bool want_user_seqs) {
  v1::StreamEventsRequest request;
  request.mutable_open()->set_workspace(workspace_);
  request.mutable_open()->set_mode(mode);
  request.mutable_open()->set_want_user_seqs(want_user_seqs);
  v1::StreamEventsResponse response;
  if (!stream_->Write(request) || !stream_->Read(&response)) return false;
  EXPECT_TRUE(response.has_opened()) << response.ShortDebugString();
  opened_ = response.opened();
  return response.has_opened();
}

bool EventStream::Send(int64_t first_seq, std::vector<v1::Input> inputs) {
  v1::StreamEventsRequest request;
  request.mutable_batch()->set_first_seq(first_seq);
  for (v1::Input& input : inputs) *request.mutable_batch()->add_inputs() = WithId(std::move(input));
  return stream_->Write(request);
}

void EventStream::Take(const v1::Ack& ack, Acked* acked) {
  EXPECT_GE(ack.acked_through(), acked_through_) << "acks are cumulative";
  acked_through_ = ack.acked_through();
  for (const v1::InputResult& result : ack.results()) {
    EXPECT_LE(result.seq(), ack.acked_through());
    EXPECT_TRUE(acked->results.empty() || result.seq() > acked->results.back().seq()) << "in order, each once";
    EXPECT_FALSE(result.has_applied()) << "silence says applied";
    acked->results.push_back(result);
  }
  acked->user_seqs.insert(acked->user_seqs.end(), ack.user_seqs().begin(), ack.user_seqs().end());
  acked->through = acked_through_;
}

Acked EventStream::AwaitAcks(int64_t seq) {
  Acked acked;
  acked.through = acked_through_;
  v1::StreamEventsResponse response;
  while (acked_through_ < seq) {
    if (!stream_->Read(&response)) {
      ADD_FAILURE() << "the stream ended at " << acked_through_ << ": " << client::FromGrpc(stream_->Finish());
      break;
    }
    if (response.has_ack()) Take(response.ack(), &acked);
  }
  return acked;
}

Acked EventStream::CloseAndDrain() {
  stream_->WritesDone();
  Acked acked;
  acked.through = acked_through_;
  v1::StreamEventsResponse response;
  while (stream_->Read(&response)) {
    if (response.has_ack()) Take(response.ack(), &acked);
  }
  const grpc::Status status = stream_->Finish();
  EXPECT_TRUE(status.ok()) << client::FromGrpc(status);
  return acked;
}

absl::Status EventStream::Finish() {
  v1::StreamEventsResponse response;
  while (stream_->Read(&response)) {
  }
  return client::FromGrpc(stream_->Finish());
}

MessageStream::MessageStream(const Workspace& workspace, const v1::UserRef& user, const std::string& cursor)
    : stub_(v1::MessageService::NewStub(workspace.client().channel())) {
  context_.set_deadline(absl::ToChronoTime(Soon()));
  stream_ = stub_->SubscribeMessages(&context_);
  v1::SubscribeMessagesRequest request;
  request.mutable_open()->set_workspace(workspace.name());
  *request.mutable_open()->mutable_user() = user;
  request.mutable_open()->set_cursor(cursor);
  v1::SubscribeMessagesResponse response;
  if (!stream_->Write(request) || !stream_->Read(&response)) return;
  EXPECT_TRUE(response.has_opened()) << response.ShortDebugString();
  opened_ = response.opened();
}

std::optional<v1::Message> MessageStream::Next() {
  v1::SubscribeMessagesResponse response;
  while (waiting_.empty()) {
    if (!stream_->Read(&response)) return std::nullopt;
    waiting_.assign(response.messages().messages().rbegin(), response.messages().messages().rend());
  }
  v1::Message message = std::move(waiting_.back());
  waiting_.pop_back();
  return message;
}

Inbox::Inbox(const Workspace& workspace, const v1::UserRef& user, const std::string& cursor) {
  client::SubscriberOptions options;
  options.channel = workspace.channel();
  options.backoff = kBackoff;
  options.workspace = workspace.name();
  options.user = user;
  options.cursor = cursor;
  options.on_opened = [this](const v1::SubscribeOpened&) {
    absl::MutexLock lock(&mu_);
    ++opened_;
  };
  options.on_message = [this](const v1::Message& message) {
    absl::MutexLock lock(&mu_);
    messages_.push_back(message);
  };
  subscriber_ = std::make_unique<client::Subscriber>(std::move(options));
}

std::vector<v1::Message> Inbox::Await(size_t count) {
  absl::MutexLock lock(&mu_);
  const auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return messages_.size() >= count; };
  EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience)) << messages_.size() << " of " << count;
  return messages_;
}

void Inbox::AwaitOpened() {
  absl::MutexLock lock(&mu_);
  const auto opened = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return opened_ > 0; };
  EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&opened), kPatience));
}

size_t Inbox::size() {
  absl::MutexLock lock(&mu_);
  return messages_.size();
}

}  // namespace cadenza::testing
