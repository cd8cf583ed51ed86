// From a name to the user that it leads to.
#ifndef CADENZA_STORAGE_USER_LOOKUP_H_
#define CADENZA_STORAGE_USER_LOOKUP_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cadenza {

struct FoundUser {
  UserKey key;                    // where the name leads; the name itself if it leads nowhere
  std::optional<ProfileRow> row;  // absent: nobody is known by that name
};

// Follows ProfileRow::merged_into. `fresh` as in LoadRequest. Parallel to `names`. Errors: those of Store::Load;
// INTERNAL if a name leads in a circle. Blocks.
absl::StatusOr<std::vector<FoundUser>> LookUpUsers(Store& store, const std::vector<UserKey>& names, bool fresh);
absl::StatusOr<FoundUser> LookUpUser(Store& store, const UserKey& name, bool fresh);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_USER_LOOKUP_H_
