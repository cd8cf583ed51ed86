// The two interfaces through which a lane speaks outwards. Both are called on the lane's thread, after the commit, and
// must not block.
#ifndef CADENZA_SERVER_LANES_SINKS_H_
#define CADENZA_SERVER_LANES_SINKS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "storage/base/ids.h"
#include "storage/model/message.h"

namespace cadenza {

// How an input ended.
struct Verdict {
  enum class Kind : uint8_t { kApplied, kDuplicate, kRejected };
  Kind kind = Kind::kApplied;
  int64_t user_seq = 0;    // kApplied, kDuplicate
  absl::Status rejection;  // kRejected: see storage/model/rejection.h
};

// One settled input: `position` is what it was admitted with, `named` the user as the producer named it.
struct Settled {
  int64_t position = 0;
  UserKey named;
  Verdict verdict;
};

// Where the verdicts of a stream's inputs go. Implemented by server/rpc. Verdicts come in any order, from any lane
// thread, each once.
class Settlement {
 public:
  virtual ~Settlement() = default;
  virtual void OnSettled(std::vector<Settled> settled) = 0;
};

// Where committed messages go. Implemented by server/delivery.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  // Messages that were committed just now, in order per user.
  virtual void Offer(const std::vector<Message>& messages) = 0;
  // Messages of these users may have been committed without Offer (an unknown outcome that turned out well, another
  // process): look into the store.
  virtual void Hint(const std::vector<UserKey>& users) = 0;
  // `from` was merged into another user: its subscribers must open again.
  virtual void Merged(const UserKey& from) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_LANES_SINKS_H_
