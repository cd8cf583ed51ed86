// Profile <-> its stored form (cadenza.internal.v1.ProfileRecord). Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_PROFILE_CODEC_H_
#define CADENZA_STORAGE_CODEC_PROFILE_CODEC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza {

// Everything but key and version, which are columns. Equal profiles give equal bytes.
std::string EncodeProfile(const Profile& profile);

// What one profile was encoded to last, kept by whoever will encode it again after a few more inputs: attributes, the
// histories that none of them added to, and what campaigns have of a user to whom none of them did anything, then stay
// as they stand. That is most of a profile.
class EncodedProfile {
 public:
  static constexpr size_t kParts = 4;

  // To be told of each input before it is folded into the profile, and of nothing that only the rules change.
  void Expect(const Input& input);
  // Brings `state` up to date: the same bytes as EncodeProfile gives. REQUIRES: since the last call the profile has
  // changed by what Expect was told, and by rules, and is the same one or a copy of it.
  void Update(const Profile& profile);
  // Memory besides `state`, about.
  size_t extra_bytes() const { return events_.capacity() * sizeof(History); }

  // May be taken out, and given back before the next Update: what is empty is written anew, all of it.
  std::string state;

 private:
  // A history only grows, so one of the same count is the same.
  struct History {
    int64_t count;
    uint32_t end;  // in state
  };
  // What is of one CountedMap, or like it.
  struct Part {
    uint32_t changes;
    uint32_t end;  // in state
  };

  void WriteAll(const Profile& profile);

  uint32_t head_end_ = 0;  // in state
  std::array<Part, kParts> parts_ = {};
  bool had_touches_ = false;
  std::vector<History> events_;  // parallel to Profile::events
};

// DATA_LOSS if `state` is not such a record. The empty state is the empty profile.
absl::StatusOr<Profile> DecodeProfile(const UserKey& key, int64_t version, std::string_view state);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_PROFILE_CODEC_H_
