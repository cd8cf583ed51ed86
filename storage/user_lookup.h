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

// Whose stored events are shown for a name that leads to `leads_to`: its own, if it has any (of before it led there),
// else those of whom it leads to. Blocks. Errors: those of Store::ListEvents.
absl::StatusOr<UserKey> OwnerOfEvents(Store& store, const UserKey& name, const UserKey& leads_to);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_USER_LOOKUP_H_
