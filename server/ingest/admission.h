// Admission: how much may wait for a commit in this process, by count and by bytes. A ticket is the permit; it travels
// inside the work item and gives itself back when the item is settled or dropped, so memory is bounded by construction.
#ifndef CADENZA_SERVER_INGEST_ADMISSION_H_
#define CADENZA_SERVER_INGEST_ADMISSION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/metrics.h"

namespace cadenza::ingest {

class Admission;

// Permits `inputs` and `bytes` until destroyed. Shared by the inputs of one batch.
class Ticket {
 public:
  Ticket(std::shared_ptr<Admission> admission, int64_t inputs, int64_t bytes)
      : admission_(std::move(admission)), inputs_(inputs), bytes_(bytes) {}
  ~Ticket();
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

 private:
  std::shared_ptr<Admission> admission_;
  const int64_t inputs_;
  const int64_t bytes_;
};

// Thread-safe. Always held by a shared_ptr.
class Admission : public std::enable_shared_from_this<Admission> {
 public:
  struct Options {
    int64_t inputs_max = 50'000;
    int64_t bytes_max = 256 << 20;
  };
  static std::shared_ptr<Admission> Create(const Options& options, Metrics* metrics);

  // A ticket if there is room and nobody waits, else null.
  std::shared_ptr<Ticket> TryAcquire(int64_t inputs, int64_t bytes);
  using Waiter = std::function<void(std::shared_ptr<Ticket>)>;
  // A ticket at once if there is room and nobody waits; else null, and `waiter` is called, first come first served,
  // once there is room: on the thread that made room, holding no lock. A batch larger than everything is let in when
  // nothing else is.
  std::shared_ptr<Ticket> Acquire(int64_t inputs, int64_t bytes, Waiter waiter);
  // Whether somebody waits. What waits is bounded by the streams that are open; a call that could come any number of
  // times asks this first.
  bool has_waiters() const;

 private:
  friend class Ticket;
  struct Waiting {
    int64_t inputs;
    int64_t bytes;
    Waiter waiter;
  };

  Admission(const Options& options, Metrics* metrics) : options_(options), metrics_(metrics) {}
  void Release(int64_t inputs, int64_t bytes);
  bool FitsLocked(int64_t inputs, int64_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeLocked(int64_t inputs, int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  Metrics* const metrics_;
  mutable absl::Mutex mu_;
  int64_t inputs_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::ingest

#endif  // CADENZA_SERVER_INGEST_ADMISSION_H_
