// The messages to one user that the frequency caps still need to know of, ascending by time. A plain value; no
// thread-safety of its own.
#ifndef CADENZA_STORAGE_MODEL_MESSAGE_HISTORY_H_
#define CADENZA_STORAGE_MODEL_MESSAGE_HISTORY_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cadenza {

struct SentMessage {
  absl::Time time;
  std::string campaign_id;
  std::string channel;
  std::vector<std::string> tags;  // of its campaign, as they were then
  friend bool operator==(const SentMessage&, const SentMessage&) = default;
};

using MessageHistory = std::vector<SentMessage>;

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_MESSAGE_HISTORY_H_
