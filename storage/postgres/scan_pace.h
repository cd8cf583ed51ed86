// How fast a scan of everything may read beside a database that others write to. Pure; one thread.
//
// The database is busy while its write-ahead log grows by more than kBusyBytes a second: that is what ingestion makes
// it do, wherever the servers run, and a database at rest does not. While it is, the scan takes a tenth of the time:
// after a piece that took t it rests for 9 t. Else it does not rest.
#ifndef CADENZA_STORAGE_POSTGRES_SCAN_PACE_H_
#define CADENZA_STORAGE_POSTGRES_SCAN_PACE_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace cadenza::postgres {

class ScanPace {
 public:
  static constexpr int64_t kBusyBytes = 128 << 10;  // about a hundred inputs a second; heartbeats make a few hundred
  static constexpr int kRest = 9;
  // Commits come in batches: a shorter look would take the time between two of them for rest.
  static constexpr absl::Duration kLook = absl::Milliseconds(50);
  static constexpr absl::Duration kRestMax = absl::Seconds(5);

  // Whether the log is to be looked at again.
  bool WantsLook(absl::Time now) const { return !look_time_.has_value() || now - *look_time_ >= kLook; }
  // The log's end, in bytes from its beginning. Until the second look the database counts as busy.
  void OnLook(absl::Time now, int64_t log_end) {
    if (look_time_.has_value() && now > *look_time_) {
      const double grown = static_cast<double>(log_end - log_end_);
      busy_ = grown > static_cast<double>(kBusyBytes) * absl::ToDoubleSeconds(now - *look_time_);
    }
    look_time_ = now;
    log_end_ = log_end;
  }
  bool busy() const { return busy_; }
  // What is left to rest `since` after the begin of a piece on which the database worked for `worked`.
  absl::Duration Rest(absl::Duration worked, absl::Duration since) const {
    if (!busy_) return absl::ZeroDuration();
    const absl::Duration rest = worked * kRest - (since - worked);
    return rest < absl::ZeroDuration() ? absl::ZeroDuration() : rest > kRestMax ? kRestMax : rest;
  }

 private:
  std::optional<absl::Time> look_time_;
  int64_t log_end_ = 0;
  bool busy_ = true;
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_SCAN_PACE_H_
