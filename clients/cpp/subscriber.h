// The subscriber's side of MessageService.SubscribeMessages: one user's messages in order, across broken streams.
//
//   Subscriber subscriber({.workspace = "shop", .user = UserId("ada"), .cursor = saved,
//                          .on_message = [&](const v1::Message& message) { Show(message); Save(message.cursor()); }});
//   absl::Status why = subscriber.Wait();
#ifndef CADENZA_CLIENTS_CPP_SUBSCRIBER_H_
#define CADENZA_CLIENTS_CPP_SUBSCRIBER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cadenza/v1/message_service.grpc.pb.h"
#include "clients/cpp/channel.h"

namespace cadenza::client {

struct SubscriberOptions {
  ChannelOptions channel = {};
  std::string workspace = {};
  v1::UserRef user = {};
  // Of the last message dealt with, from Subscriber::cursor() or Message.cursor. Empty: from the oldest message kept.
  std::string cursor = {};
  BackoffOptions backoff = {};

  // Both run on the subscriber's thread, one at a time. They may block (the server then waits) and may call
  // RequestStop, cursor and stats.

  // Required. For each message, in the order of message_seq; its cursor counts as dealt with when the call returns. A
  // message comes once as long as the subscriber lives; after the user was merged into another, the other's messages
  // come from the oldest kept, those already seen among them (the message_id tells).
  std::function<void(const v1::Message& message)> on_message = nullptr;
  // For each stream that was opened: whether messages after the cursor are gone for good, and the highest message_seq
  // at that moment.
  std::function<void(const v1::SubscribeOpened& opened)> on_opened = nullptr;
};

struct SubscriberStats {
  int64_t messages = 0;
  int64_t opened = 0;      // streams that the server answered
  int64_t reconnects = 0;  // streams opened after the first
};

// Thread-safe. One thread of its own.
//
// Broken streams are opened again after a backoff, with the cursor; drained ones at once. ABORTED with reason
// USER_MERGED opens again without a cursor. An error that another attempt would not mend (client::IsFinal) ends the
// subscriber.
class Subscriber {
 public:
  // Begins to connect at once.
  explicit Subscriber(SubscriberOptions options);
  // Stops, and waits for a callback under way.
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // Asks it to end; returns at once. Also from a callback, after which no further message is called back.
  void RequestStop();
  // Waits for the end: OK after RequestStop, else the error that ended it. DEADLINE_EXCEEDED: it has not ended. Not
  // from a callback.
  absl::Status Wait(absl::Time deadline = absl::InfiniteFuture());

  // Of the last message that was dealt with; give it to the next subscriber.
  std::string cursor() const;
  SubscriberStats stats() const;
  // Why the last stream broke; OK if none did.
  absl::Status last_error() const;

 private:
  void Run();
  absl::Status RunStream(bool* opened, bool* drained);
  // Whether to go on reading.
  bool Deliver(const v1::MessageBatch& batch);

  const SubscriberOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::MessageService::Stub> stub_;

  mutable absl::Mutex mu_;
  absl::CondVar changed_;
  std::string cursor_ ABSL_GUARDED_BY(mu_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mu_) = nullptr;  // of the open stream
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status final_status_ ABSL_GUARDED_BY(mu_);
  absl::Status last_error_ ABSL_GUARDED_BY(mu_);
  SubscriberStats stats_ ABSL_GUARDED_BY(mu_);

  std::thread thread_;
};

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_SUBSCRIBER_H_
