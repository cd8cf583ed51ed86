// Profile <-> its stored form (cadenza.internal.v1.ProfileRecord). Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_PROFILE_CODEC_H_
#define CADENZA_STORAGE_CODEC_PROFILE_CODEC_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/model/profile.h"

namespace cadenza {

// Everything but key and version, which are columns. Equal profiles give equal bytes.
std::string EncodeProfile(const Profile& profile);

// DATA_LOSS if `state` is not such a record. The empty state is the empty profile.
absl::StatusOr<Profile> DecodeProfile(const UserKey& key, int64_t version, std::string_view state);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_PROFILE_CODEC_H_
