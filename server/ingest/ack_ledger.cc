#include "server/ingest/ack_ledger.h"

#include <algorithm>

namespace cadenza::ingest {

bool AckLedger::Open(int64_t position, int64_t bytes) {
  if (next_.has_value() && position != *next_) return false;
  if (!next_.has_value()) acked_through_ = told_ = position - 1;
  next_ = position + 1;
  entries_.emplace_back().bytes = bytes;
  ++open_count_;
  open_bytes_ += bytes;
  return true;
}

void AckLedger::Settle(int64_t position, const UserKey& named, Verdict verdict) {
  Entry& entry = entries_[position - acked_through_ - 1];
  entry.settled = true;
  if (want_user_seqs_) entry.named = std::make_unique<UserKey>(named);
  entry.verdict = std::move(verdict);
  --open_count_;
  open_bytes_ -= entry.bytes;
  Advance();
}

void AckLedger::Advance() {
  while (!entries_.empty() && entries_.front().settled) {
    Entry& entry = entries_.front();
    ++acked_through_;
    if (want_user_seqs_ && entry.verdict.kind != Verdict::Kind::kRejected) {
      int64_t& top = user_seqs_[*entry.named];
      top = std::max(top, entry.verdict.user_seq);
    }
    if (keep_applied_ || entry.verdict.kind != Verdict::Kind::kApplied) {
      results_.emplace_back(acked_through_, std::move(entry.verdict));
    }
    entries_.pop_front();
  }
}

AckLedger::Ack AckLedger::TakeAck() {
  told_ = acked_through_;
  Ack ack{.acked_through = acked_through_, .results = std::exchange(results_, {}), .user_seqs = {}};
  ack.user_seqs.assign(user_seqs_.begin(), user_seqs_.end());
  std::sort(ack.user_seqs.begin(), ack.user_seqs.end());
  user_seqs_.clear();
  return ack;
}

}  // namespace cadenza::ingest
