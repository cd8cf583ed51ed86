// The intake of one stream (or one SubmitEvents call): from protos to the lanes, and from verdicts to acks. It holds
// the ledger and the order of the stream, and its share of admission.
#ifndef CADENZA_SERVER_RPC_INTAKE_H_
#define CADENZA_SERVER_RPC_INTAKE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/ingest/ack_ledger.h"
#include "server/ingest/admission.h"
#include "server/ingest/stream_order.h"
#include "server/lanes/lane_set.h"
#include "server/lanes/sinks.h"
#include "storage/base/clock.h"
#include "storage/base/metrics.h"
#include "storage/model/input.h"

namespace cadenza::rpc {

// What every intake works with; outlives all of them.
struct IntakeContext {
  Clock* clock = nullptr;
  lanes::LaneSet* lanes = nullptr;
  std::shared_ptr<ingest::Admission> admission;
  Metrics* metrics = nullptr;
};

// Thread-safe. Always held by a shared_ptr: the work items hold it.
class Intake : public Settlement, public std::enable_shared_from_this<Intake> {
 public:
  struct Options {
    std::string workspace;
    bool import = false;
    bool launch = false;        // the inputs are launches that the server makes (ingest::AdmitLaunch)
    bool keep_applied = false;  // see AckLedger
    bool want_user_seqs = false;
  };
  // `progress` is called, on any thread and holding no lock, when an ack has become available or a batch was admitted.
  // It must not block, and should hold its stream weakly: a call may come after the stream's end.
  static std::shared_ptr<Intake> Create(const IntakeContext& context, Options options, std::function<void()> progress);

  // Fills the i-th input of a batch, as FromProto of storage/codec/wire.h does, and with its errors.
  using ReadInput = absl::FunctionRef<absl::Status(int i, Input* input)>;
  // Takes one batch of `count` inputs, the first of which has the position `first`. INVALID_ARGUMENT if the position
  // does not follow the one before; otherwise each input ends in exactly one verdict. Inputs that break a limit are
  // rejected here, their neighbours go on. What this call itself makes ready is not told by `progress`.
  absl::Status Add(int64_t first, int count, ReadInput read);

  bool has_ack() const;
  // REQUIRES: has_ack(), and one caller at a time.
  ingest::AckLedger::Ack TakeAck();

  struct Load {
    size_t inputs = 0;    // without a verdict
    int64_t bytes = 0;    // of them
    size_t untold = 0;    // results waiting for TakeAck
    bool parked = false;  // a batch waits for admission: add no other
  };
  Load load() const;

  void OnSettled(std::vector<Settled> settled) override;

 private:
  Intake(const IntakeContext& context, Options options, std::function<void()> progress);
  // Opens the positions of a batch, and settles those of `rejected`. False if they do not follow.
  bool OpenLocked(int64_t first, const std::vector<int64_t>& sizes,
                  std::vector<std::pair<int64_t, absl::Status>> rejected) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Has the items wait for their ticket.
  void Park(std::vector<WorkItem> items, int64_t bytes);
  void AdmitLocked(std::vector<WorkItem> items, const std::shared_ptr<ingest::Ticket>& ticket)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const IntakeContext context_;
  const Options options_;

  const std::function<void()> progress_;

  mutable absl::Mutex mu_;
  ingest::AckLedger ledger_ ABSL_GUARDED_BY(mu_);
  ingest::StreamOrder order_ ABSL_GUARDED_BY(mu_);
  bool parked_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_INTAKE_H_
