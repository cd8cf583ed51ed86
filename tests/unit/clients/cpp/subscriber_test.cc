#include "clients/cpp/subscriber.h"

#include "absl/synchronization/notification.h"
#include "clients/cpp/builders.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/unit/clients/cpp/fake_server.h"

namespace cadenza::client {
namespace {

using ::testing::ElementsAre;

// The streams' opens, and the messages that the subscriber saw.
class Log {
 public:
  void AddOpen(std::string cursor) {
    absl::MutexLock lock(&mu_);
    opens_.push_back(std::move(cursor));
  }
  void AddMessage(const v1::Message& message) {
    absl::MutexLock lock(&mu_);
    seqs_.push_back(message.message_seq());
  }
  bool AwaitMessages(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto reached = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return seqs_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }
  std::vector<std::string> opens() {
    absl::MutexLock lock(&mu_);
    return opens_;
  }
  std::vector<int64_t> seqs() {
    absl::MutexLock lock(&mu_);
    return seqs_;
  }

 private:
  absl::Mutex mu_;
  std::vector<std::string> opens_ ABSL_GUARDED_BY(mu_);
  std::vector<int64_t> seqs_ ABSL_GUARDED_BY(mu_);
};

void Open(MessageStream& stream, Log& log) {
  v1::SubscribeMessagesRequest request;
  if (!stream.Read(&request)) return;  // the subscriber was destroyed meanwhile
  EXPECT_EQ(request.open().user().user_id(), "ada");
  log.AddOpen(request.open().cursor());
  v1::SubscribeMessagesResponse response;
  response.mutable_opened()->set_complete(true);
  stream.Write(response);
}

void Push(MessageStream& stream, std::vector<int64_t> seqs) {
  v1::SubscribeMessagesResponse response;
  for (const int64_t seq : seqs) {
    v1::Message* message = response.mutable_messages()->add_messages();
    message->set_message_seq(seq);
    message->set_cursor(absl::StrCat("c", seq));
  }
  stream.Write(response);
}

// Keeps the stream open until the client leaves.
grpc::Status AwaitClient(MessageStream& stream) {
  v1::SubscribeMessagesRequest request;
  while (stream.Read(&request)) continue;
  return grpc::Status::OK;
}

SubscriberOptions Options(const std::string& target, Log& log) {
  SubscriberOptions options;
  options.channel = {.target = target, .own_connection = true, .backoff = Quick()};
  options.workspace = "shop";
  options.user = UserId("ada");
  options.backoff = Quick();
  options.on_message = [&log](const v1::Message& message) { log.AddMessage(message); };
  return options;
}

TEST(SubscriberTest, CallsBackInOrderAndKeepsTheCursor) {
  Log log;
  FakeServer server;
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {3, 4});
    Push(stream, {5});
    return AwaitClient(stream);
  });
  SubscriberOptions options = Options(server.target(), log);
  options.cursor = "c2";
  Subscriber subscriber(std::move(options));
  ASSERT_TRUE(log.AwaitMessages(3));
  subscriber.RequestStop();
  EXPECT_TRUE(subscriber.Wait(Soon()).ok());
  EXPECT_THAT(log.opens(), ElementsAre("c2"));
  EXPECT_THAT(log.seqs(), ElementsAre(3, 4, 5));
  EXPECT_EQ(subscriber.cursor(), "c5");
  EXPECT_EQ(subscriber.stats().messages, 3);
}

TEST(SubscriberTest, ResumesFromItsCursor) {
  Log log;
  FakeServer server;
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {1, 2});
    return Unavailable();
  });
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    return grpc::Status::OK;  // an end without a reason is trouble that passes, too
  });
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {3});
    return AwaitClient(stream);
  });
  Subscriber subscriber(Options(server.target(), log));
  ASSERT_TRUE(log.AwaitMessages(3));
  EXPECT_THAT(log.opens(), ElementsAre("", "c2", "c2"));
  EXPECT_THAT(log.seqs(), ElementsAre(1, 2, 3));
  EXPECT_EQ(subscriber.stats().reconnects, 2);
}

TEST(SubscriberTest, OpensWithoutCursorAfterAMerge) {
  Log log;
  FakeServer server;
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {1});
    google::rpc::ErrorInfo info;
    info.set_reason("USER_MERGED");
    google::rpc::Status details;
    details.set_code(10);
    details.add_details()->PackFrom(info);
    return grpc::Status(grpc::StatusCode::ABORTED, "merged", details.SerializeAsString());
  });
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {1, 2});
    return AwaitClient(stream);
  });
  Subscriber subscriber(Options(server.target(), log));
  ASSERT_TRUE(log.AwaitMessages(3));
  EXPECT_THAT(log.opens(), ElementsAre("", ""));
}

TEST(SubscriberTest, KeepsTheCursorAfterAnotherAbort) {
  Log log;
  FakeServer server;
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {1});
    return grpc::Status(grpc::StatusCode::ABORTED, "something else");
  });
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {2});
    return AwaitClient(stream);
  });
  Subscriber subscriber(Options(server.target(), log));
  ASSERT_TRUE(log.AwaitMessages(2));
  EXPECT_THAT(log.opens(), ElementsAre("", "c1"));
}

TEST(SubscriberTest, MovesWithItsCursorWhenDrained) {
  Log log;
  FakeServer server;
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {1});
    v1::SubscribeMessagesResponse drain;
    drain.mutable_drain();
    stream.Write(drain);
    return AwaitClient(stream);
  });
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {2});
    return AwaitClient(stream);
  });
  Subscriber subscriber(Options(server.target(), log));
  ASSERT_TRUE(log.AwaitMessages(2));
  EXPECT_THAT(log.opens(), ElementsAre("", "c1"));
  EXPECT_TRUE(subscriber.last_error().ok()) << subscriber.last_error();
}

TEST(SubscriberTest, StopsOnAFinalError) {
  Log log;
  FakeServer server;
  server.messages.Add([](MessageStream&) { return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "who?"); });
  Subscriber subscriber(Options(server.target(), log));
  EXPECT_EQ(subscriber.Wait(Soon()).code(), absl::StatusCode::kUnauthenticated);
}

TEST(SubscriberTest, StopsFromItsCallback) {
  Log log;
  FakeServer server;
  server.messages.Add([&](MessageStream& stream) {
    Open(stream, log);
    Push(stream, {1, 2, 3});
    return AwaitClient(stream);
  });
  Subscriber* self = nullptr;
  absl::Notification ready;
  SubscriberOptions options = Options(server.target(), log);
  options.on_message = [&](const v1::Message& message) {
    log.AddMessage(message);
    ready.WaitForNotification();
    if (message.message_seq() == 2) self->RequestStop();
  };
  Subscriber subscriber(std::move(options));
  self = &subscriber;
  ready.Notify();
  EXPECT_TRUE(subscriber.Wait(Soon()).ok());
  EXPECT_THAT(log.seqs(), ElementsAre(1, 2));
  EXPECT_EQ(subscriber.cursor(), "c2");
}

}  // namespace
}  // namespace cadenza::client
