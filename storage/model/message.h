// A message that a campaign wrote to a user, as stored and delivered (cadenza.v1.Message).
#ifndef CADENZA_STORAGE_MODEL_MESSAGE_H_
#define CADENZA_STORAGE_MODEL_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "storage/base/ids.h"

namespace cadenza {

struct Message {
  UserKey user;             // resolved: the user whose sequence it is in
  int64_t message_seq = 0;  // 1, 2, 3 … per user
  std::string message_id;   // hex of the digest of (workspace, user, campaign, event id)
  std::string campaign_id;
  std::string event_id;
  std::string channel;
  std::string title;
  std::string body;
  absl::Time create_time;  // the clock of the input
  absl::Time expire_time;
  std::string variant_id = {};  // "" = the campaign has none
  friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_MESSAGE_H_
