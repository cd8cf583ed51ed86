// The cached form of a ProfileRow. Whatever is not exactly what EncodeProfileValue wrote under that Redis key is
// refused, so that garbage, a truncated value or another user's value becomes a miss.
//
//   "CZP1" | version, 20 decimal digits | length of merged_into, 4 bytes, big-endian | merged_into | state | checksum,
//   8 bytes, big-endian
//
// The version is decimal at a fixed place so that the Lua script of PutIfNewer can read it. The checksum covers the
// Redis key and all that precedes it; it finds accidents, not forgery: whoever may write to Redis is trusted with the
// profiles in it.
#ifndef CADENZA_STORAGE_REDIS_PROFILE_VALUE_H_
#define CADENZA_STORAGE_REDIS_PROFILE_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/store.h"

namespace cadenza::redis {

inline constexpr std::string_view kProfileValueMagic = "CZP1";
inline constexpr size_t kProfileValueVersionDigits = 20;

std::string EncodeProfileValue(std::string_view redis_key, const ProfileRow& row);
std::optional<ProfileRow> DecodeProfileValue(std::string_view redis_key, std::string_view value);

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_PROFILE_VALUE_H_
