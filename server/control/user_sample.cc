#include "server/control/user_sample.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "storage/base/status_macros.h"
#include "storage/codec/profile_codec.h"

namespace cadenza {
namespace {

constexpr int kStretchRows = 1000;
constexpr size_t kLoadedAtOnce = 500;

// The profiles of the keys that have one.
absl::StatusOr<int> LookAt(Store& store, std::string_view workspace, const std::vector<std::string>& keys,
                           const std::function<void(const Profile&)>& look) {
  int users = 0;
  for (size_t begin = 0; begin < keys.size(); begin += kLoadedAtOnce) {
    LoadRequest request;
    const size_t end = std::min(keys.size(), begin + kLoadedAtOnce);
    for (size_t i = begin; i < end; ++i) request.keys.push_back({std::string(workspace), keys[i]});
    CADENZA_ASSIGN_OR_RETURN(const LoadResult loaded, store.Load(request));
    for (size_t i = 0; i < loaded.rows.size(); ++i) {
      if (!loaded.rows[i].has_value()) continue;
      CADENZA_ASSIGN_OR_RETURN(const Profile profile,
                               DecodeProfile(request.keys[i], loaded.rows[i]->version, loaded.rows[i]->state));
      look(profile);
      ++users;
    }
  }
  return users;
}

}  // namespace

absl::StatusOr<UserSample> LookAtUsers(Store& store, std::string_view workspace, int most, absl::Duration patience,
                                       const std::function<void(const Profile&)>& look) {
  UserSample sample;
  const absl::Time deadline = absl::Now() + patience;
  std::string after;
  for (int rows = 0; rows < kSampleRows; rows += kStretchRows) {
    CADENZA_ASSIGN_OR_RETURN(UserStretch stretch, store.segments().ListUsers(workspace, after, kStretchRows));
    if (stretch.at_end) {
      sample.all = true;
      break;
    }
    const auto left = static_cast<size_t>(most - sample.users);
    const bool cut = stretch.keys.size() > left;
    if (cut) stretch.keys.resize(left);
    CADENZA_ASSIGN_OR_RETURN(const int users, LookAt(store, workspace, stretch.keys, look));
    sample.users += users;
    if (cut || absl::Now() > deadline) break;
    after = stretch.last_key;
  }
  return sample;
}

}  // namespace cadenza
