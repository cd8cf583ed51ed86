// Open streams as tests see them: the raw protocol of StreamEvents and SubscribeMessages, and a subscriber that keeps
// what it got.
#ifndef CADENZA_TESTS_INTEGRATION_STREAMS_H_
#define CADENZA_TESTS_INTEGRATION_STREAMS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/status.h"
#include "clients/cpp/subscriber.h"
#include "tests/integration/harness.h"

namespace cadenza::testing {

// Everything that the acks of a stream said, together.
struct Acked {
  int64_t through = 0;
  std::vector<v1::InputResult> results;
  std::vector<v1::UserSeq> user_seqs;
};

// One StreamEvents stream. Blocking, for one thread; a stream that does not answer fails after kPatience.
class EventStream {
 public:
  explicit EventStream(const Workspace& workspace);
  ~EventStream() { context_.TryCancel(); }

  // Sends `open` and reads `opened`; false if the stream ended instead.
  bool Open(v1::StreamOpen::Mode mode = v1::StreamOpen::MODE_LIVE, bool want_user_seqs = false);
  const v1::StreamOpened& opened() const { return opened_; }
  bool Send(int64_t first_seq, std::vector<v1::Input> inputs);
  bool Write(const v1::StreamEventsRequest& request) { return stream_->Write(request); }
  // Reads until everything through `seq` is acked; also fails the test where the acks are not as the contract says.
  Acked AwaitAcks(int64_t seq);
  // Closes the sending side; what was acked until the end.
  Acked CloseAndDrain();
  // Reads to the end: how it ended.
  absl::Status Finish();

 private:
  void Take(const v1::Ack& ack, Acked* acked);

  const std::string workspace_;
  std::unique_ptr<v1::EventService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamEventsRequest, v1::StreamEventsResponse>> stream_;
  v1::StreamOpened opened_;
  int64_t acked_through_ = 0;
};

// One SubscribeMessages stream. Blocking, for one thread.
class MessageStream {
 public:
  MessageStream(const Workspace& workspace, const v1::UserRef& user, const std::string& cursor = "");
  ~MessageStream() { context_.TryCancel(); }

  const v1::SubscribeOpened& opened() const { return opened_; }
  // The next message; nothing once the stream ended.
  std::optional<v1::Message> Next();
  // How it ended. REQUIRES: Next gave nothing.
  absl::Status Finish() { return client::FromGrpc(stream_->Finish()); }

 private:
  std::unique_ptr<v1::MessageService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>> stream_;
  v1::SubscribeOpened opened_;
  std::vector<v1::Message> waiting_;  // newest first
};

// A client::Subscriber and all that came. Thread-safe.
class Inbox {
 public:
  Inbox(const Workspace& workspace, const v1::UserRef& user, const std::string& cursor = "");

  // Returns once `count` messages came, and what came until then; fails the test after kPatience.
  std::vector<v1::Message> Await(size_t count);
  // Returns once a stream was opened.
  void AwaitOpened();
  size_t size();
  client::Subscriber& subscriber() { return *subscriber_; }

 private:
  absl::Mutex mu_;
  std::vector<v1::Message> messages_ ABSL_GUARDED_BY(mu_);
  int opened_ ABSL_GUARDED_BY(mu_) = 0;
  std::unique_ptr<client::Subscriber> subscriber_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_STREAMS_H_
