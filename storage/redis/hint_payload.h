// What travels over the hint channel:
//   "CZH1" | sender, 16 bytes | for each user: workspace and key, each with its length in 2 bytes, big-endian, before
//   it
#ifndef CADENZA_STORAGE_REDIS_HINT_PAYLOAD_H_
#define CADENZA_STORAGE_REDIS_HINT_PAYLOAD_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"

namespace cadenza::redis {

inline constexpr size_t kHintUsers = 512;  // in one payload, at most

struct HintPayload {
  Digest sender{};
  std::vector<UserKey> users;
};

// REQUIRES: payload.users.size() <= kHintUsers.
std::string EncodeHints(const HintPayload& payload);
// Nothing if `bytes` is not a payload.
std::optional<HintPayload> DecodeHints(std::string_view bytes);

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_HINT_PAYLOAD_H_
