// The subscriber's side of MessageService.SubscribeMessages: one user's messages in order, across broken streams.
//
//   Subscriber subscriber({.workspace = "shop", .user = UserId("ada"), .cursor = saved,
//                          .on_message = [&](const v1::Message& message) { Show(message); Save(message.cursor()); }});
//   absl::Status why = subscriber.Wait();
#ifndef CADENZA_CLIENTS_CPP_SUBSCRIBER_H_
#define CADENZA_CLIENTS_CPP_SUBSCRIBER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
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
  // Reports each message as delivered once on_message has returned.
  bool report_delivered = false;

  // All run on the subscriber's thread, one at a time. They may block (the server then waits) and may call
  // RequestStop, cursor and stats.

  // Required. For each message, in the order of message_seq; its cursor counts as dealt with when the call returns. A
  // message comes once as long as the subscriber lives; after the user was merged into another, the other's messages
  // come from the oldest kept, those already seen among them (the message_id tells).
  std::function<void(const v1::Message& message)> on_message = nullptr;
  // For each stream that was opened: whether messages after the cursor are gone for good, and the highest message_seq
  // at that moment.
  std::function<void(const v1::SubscribeOpened& opened)> on_opened = nullptr;
  // For each receipt that was rejected, for good.
  std::function<void(const v1::MessageReceipt& receipt, const v1::Rejection& rejection)> on_rejected = nullptr;
};

struct SubscriberStats {
  int64_t messages = 0;
  int64_t opened = 0;      // streams that the server answered
  int64_t reconnects = 0;  // streams opened after the first
  int64_t receipts = 0;    // acked: committed, duplicates, or rejected
  int64_t dropped = 0;     // of report_delivered, while kReceiptsMax others waited
};

// Thread-safe. One thread of its own, and another once there are receipts.
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

  // The most receipts that may wait for their ack.
  static constexpr size_t kReceiptsMax = 10'000;
  // Sends a receipt as soon as a stream is open, and again on the next one until it is acked; the server knows it by
  // its event_id, or without one by what it says. Also from a callback. RESOURCE_EXHAUSTED: too many wait.
  // FAILED_PRECONDITION: the subscriber has ended.
  absl::Status Report(v1::MessageReceipt receipt);
  // Waits until every receipt so far is acked; false if that is not so by the deadline, or at the end. Not from a
  // callback.
  bool AwaitReceipts(absl::Time deadline);

  // Of the last message that was dealt with; give it to the next subscriber.
  std::string cursor() const;
  SubscriberStats stats() const;
  // Why the last stream broke; OK if none did.
  absl::Status last_error() const;

 private:
  using Stream = grpc::ClientReaderWriter<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>;

  void Run();
  absl::Status RunStream(bool* opened, bool* drained);
  // Whether to go on reading.
  bool Deliver(const v1::MessageBatch& batch);
  // Of the second thread.
  void WriteReceipts();
  // Lets the second thread write to `stream`, or to none: then it has left the last one when this returns.
  void SetStream(Stream* stream);
  void TakeAck(const v1::Ack& ack);

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

  Stream* stream_ ABSL_GUARDED_BY(mu_) = nullptr;                 // to write receipts to
  bool writing_ ABSL_GUARDED_BY(mu_) = false;                     // to it, outside the lock
  bool closing_ ABSL_GUARDED_BY(mu_) = false;                     // the destructor waits
  std::deque<v1::MessageReceipt> receipts_ ABSL_GUARDED_BY(mu_);  // without an ack
  size_t sent_ ABSL_GUARDED_BY(mu_) = 0;                          // of them, on stream_
  int64_t acked_ ABSL_GUARDED_BY(mu_) = 0;                        // sequence number before the first of them
  std::thread writer_ ABSL_GUARDED_BY(mu_);

  std::thread thread_;
};

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_SUBSCRIBER_H_
