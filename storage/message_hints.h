// Hints between server processes: "these users have new messages". Only hints: they may be lost, doubled, late or
// wrong; whoever gets one looks into the store.
#ifndef CADENZA_STORAGE_MESSAGE_HINTS_H_
#define CADENZA_STORAGE_MESSAGE_HINTS_H_

#include <vector>

#include "storage/base/ids.h"

namespace cadenza {

// Thread-safe.
class MessageHints {
 public:
  virtual ~MessageHints() = default;
  // Tells the other processes. Never blocks on the network, never fails: what cannot be sent is dropped.
  virtual void Publish(const std::vector<UserKey>& users) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MESSAGE_HINTS_H_
