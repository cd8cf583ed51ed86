// SubscribeMessages: one reactor for one stream. Its messages come from a Subscription of the hub, its receipts go to
// the lanes through an Intake.
#ifndef CADENZA_SERVER_RPC_MESSAGE_STREAM_H_
#define CADENZA_SERVER_RPC_MESSAGE_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "cadenza/v1/message_service.pb.h"
#include "server/delivery/cursor.h"
#include "server/delivery/hub.h"
#include "server/rpc/intake.h"
#include "server/rpc/stream_reactor.h"
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
  IntakeContext intake;
};

class MessageStream : public StreamReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>,
                      public std::enable_shared_from_this<MessageStream> {
 public:
  static grpc::ServerBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>* Start(
      const MessageContext& context);

 private:
  explicit MessageStream(const MessageContext& context) : StreamReactor(context.registry), context_(context) {}

  absl::Status Handle() override;
  bool NextWriteLocked() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayReadLocked() const override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Closed() override;

  // On a worker: finds the user, reads the cursor, subscribes.
  absl::Status Subscribe(const v1::SubscribeOpen& open);

  absl::Status AddReceipts(const v1::ReceiptBatch& batch);
  // Made for the first batch.
  absl::StatusOr<std::shared_ptr<Intake>> IntakeOfReceipts();

  const MessageContext context_;
  bool opened_ = false;     // written by Handle, before reads_done_ can be set
  v1::SubscribeOpen open_;  // of Handle

  std::unique_ptr<Subscription> subscription_ ABSL_GUARDED_BY(mu_);
  std::optional<CursorFormat> cursors_ ABSL_GUARDED_BY(mu_);  // once the user is found
  std::optional<v1::SubscribeOpened> tell_opened_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Intake> intake_ ABSL_GUARDED_BY(mu_);  // once a receipt came
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_MESSAGE_STREAM_H_
