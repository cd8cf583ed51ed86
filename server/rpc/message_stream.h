// SubscribeMessages: one reactor for one stream. The same life and locking as EventStream; messages come from a
// Subscription of the hub.
#ifndef CADENZA_SERVER_RPC_MESSAGE_STREAM_H_
#define CADENZA_SERVER_RPC_MESSAGE_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "cadenza/v1/message_service.pb.h"
#include "server/delivery/hub.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/worker_pool.h"
#include "storage/base/clock.h"
#include "storage/base/metrics.h"
#include "storage/store.h"

namespace cadenza::rpc {

// What message streams and ListMessages work with; outlives all of them.
struct MessageContext {
  Store* store = nullptr;
  Clock* clock = nullptr;
  Hub* hub = nullptr;
  WorkerPool* pool = nullptr;
  StreamRegistry* registry = nullptr;
  Metrics* metrics = nullptr;
};

class MessageStream : public grpc::ServerBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>,
                      public Drainable,
                      public std::enable_shared_from_this<MessageStream> {
 public:
  static grpc::ServerBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>* Start(
      const MessageContext& context);

  void Drain(absl::Time deadline) override;
  void Terminate(const absl::Status& status) override;

 private:
  explicit MessageStream(const MessageContext& context) : context_(context) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // On a worker: finds the user, reads the cursor, subscribes.
  absl::Status Subscribe(const v1::SubscribeOpen& open);
  void Pump();
  void PumpLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool NextWriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const MessageContext context_;

  // The reading side: touched by OnReadDone only.
  v1::SubscribeMessagesRequest request_;
  bool opened_ = false;

  absl::Mutex mu_;
  std::shared_ptr<MessageStream> self_ ABSL_GUARDED_BY(mu_);  // until OnDone
  std::unique_ptr<Subscription> subscription_ ABSL_GUARDED_BY(mu_);
  UserKey user_ ABSL_GUARDED_BY(mu_);
  v1::SubscribeMessagesResponse response_ ABSL_GUARDED_BY(mu_);  // untouched while writing_
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<v1::SubscribeOpened> tell_opened_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Time> tell_drain_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_MESSAGE_STREAM_H_
