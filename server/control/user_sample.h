// A bounded look at the users of a workspace.
#ifndef CADENZA_SERVER_CONTROL_USER_SAMPLE_H_
#define CADENZA_SERVER_CONTROL_USER_SAMPLE_H_

#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/model/profile.h"
#include "storage/store.h"

namespace cadenza {

struct UserSample {
  int users = 0;
  bool all = false;  // there are no others
};

// Calls `look` with the profile of each user, at most `most`, in the order of their keys: no random sample. Ends
// earlier when `patience` has passed, or after kSampleRows rows of whatever workspace. Blocks on the store. Errors:
// those of the store; DATA_LOSS if a profile cannot be read.
inline constexpr int kSampleRows = 200'000;
absl::StatusOr<UserSample> LookAtUsers(Store& store, std::string_view workspace, int most, absl::Duration patience,
                                       const std::function<void(const Profile&)>& look);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_USER_SAMPLE_H_
