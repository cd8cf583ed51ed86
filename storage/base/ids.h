// Names and ids: how a user is named (UserKey), in which shard the user lies, and the ids that Cadenza makes.
#ifndef CADENZA_STORAGE_BASE_IDS_H_
#define CADENZA_STORAGE_BASE_IDS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"

namespace cadenza {

// The number of shards. Fixed when a database is made; every key of the write transaction starts with the shard.
inline constexpr int kShards = 64;

// The kinds of name that a user can have (cadenza.v1.UserRef).
enum class RefKind : uint8_t { kUserId, kAnonymousId, kAlias };

// The key of a user's row, and of each name that leads to one: a workspace and a tagged name,
//   "u:<user_id>"  "a:<anonymous_id>"  "l:<label>:<name>"
// so that names of different kinds never collide. A plain value: copy, compare, hash.
struct UserKey {
  std::string workspace;
  std::string key;

  static UserKey User(std::string_view workspace, std::string_view user_id);
  static UserKey Anonymous(std::string_view workspace, std::string_view anonymous_id);
  static UserKey Alias(std::string_view workspace, std::string_view label, std::string_view name);

  RefKind kind() const;
  // The name without its tag ("ada" of "u:ada"; "label:name" of an alias).
  std::string_view name() const { return std::string_view(key).substr(2); }

  friend bool operator==(const UserKey&, const UserKey&) = default;
  friend auto operator<=>(const UserKey&, const UserKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const UserKey& k) {
    return H::combine(std::move(h), k.workspace, k.key);
  }
};

// The shard of a key, 0 to kShards - 1. Stored, so it must never change: FNV-1a (64 bit) over workspace, a zero byte,
// key; then the finalizer of MurmurHash3 (fmix64), modulo kShards.
int ShardOf(const UserKey& key);

// 16 bytes: the front half of a SHA-256.
using Digest = std::array<uint8_t, 16>;
Digest DigestOf(std::string_view bytes);
// Lower-case hexadecimal, 32 characters.
std::string ToHex(const Digest& digest);
// What ToHex gave; nothing if `hex` is no such text.
std::optional<Digest> DigestFromHex(std::string_view hex);

// The time inside `id` if it is a UUID of version 7 in its usual 36-character form (RFC 9562, section 5.7), to the
// millisecond.
std::optional<absl::Time> UuidV7Time(std::string_view id);

// A new UUIDv7 for `now`. Thread-safe; ids made by one thread ascend.
std::string NewUuidV7(absl::Time now);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_IDS_H_
