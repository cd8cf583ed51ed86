// The ledger of one stream: turns settlements, which come in any order, into cumulative acks with the results worth
// telling.
//
// Not thread-safe: the stream's mutex guards it. Holds one entry for each position that is open or settled out of
// order; how many that are is bounded by the stream's limit on inputs in flight.
#ifndef CADENZA_SERVER_INGEST_ACK_LEDGER_H_
#define CADENZA_SERVER_INGEST_ACK_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/lanes/sinks.h"

namespace cadenza::ingest {

class AckLedger {
 public:
  struct Ack {
    int64_t acked_through = 0;
    std::vector<std::pair<int64_t, Verdict>> results;  // duplicates and rejections (all, if keep_applied), by position
    std::vector<std::pair<UserKey, int64_t>> user_seqs;  // highest by user, if wanted
  };

  // keep_applied: results hold applied inputs too. want_user_seqs: acks carry user_seqs.
  AckLedger(bool keep_applied, bool want_user_seqs) : keep_applied_(keep_applied), want_user_seqs_(want_user_seqs) {}

  // Opens the next position. The first may be any; each later one must be the one before plus 1 (false otherwise, and
  // nothing happens). `bytes` count in open_bytes() until it is settled.
  bool Open(int64_t position, int64_t bytes);
  // REQUIRES: position is open and was not settled.
  void Settle(int64_t position, const UserKey& named, Verdict verdict);

  // Whether acked_through has moved since the last TakeAck.
  bool has_ack() const { return acked_through_ > told_; }
  // What is new since the last call. REQUIRES: has_ack().
  Ack TakeAck();

  // Positions opened and not settled.
  size_t open_count() const { return open_count_; }
  int64_t open_bytes() const { return open_bytes_; }
  // How much the next ack would carry; grows without bound unless somebody takes it.
  size_t untold_count() const { return results_.size() + user_seqs_.size(); }
  // What the next Open must be, if it is fixed yet.
  std::optional<int64_t> next_position() const { return next_; }

 private:
  struct Entry {
    bool settled = false;
    int64_t bytes = 0;
    std::unique_ptr<UserKey> named;  // if wanted
    Verdict verdict;
  };
  void Advance();

  const bool keep_applied_;
  const bool want_user_seqs_;
  std::optional<int64_t> next_;
  int64_t acked_through_ = 0;
  int64_t told_ = 0;
  size_t open_count_ = 0;
  int64_t open_bytes_ = 0;
  std::deque<Entry> entries_;  // from acked_through_ + 1 on
  std::vector<std::pair<int64_t, Verdict>> results_;
  absl::flat_hash_map<UserKey, int64_t> user_seqs_;
};

}  // namespace cadenza::ingest

#endif  // CADENZA_SERVER_INGEST_ACK_LEDGER_H_
