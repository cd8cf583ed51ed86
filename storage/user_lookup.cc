#include "storage/user_lookup.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/model/limits.h"

namespace cadenza {

// Every name on the way is among the other names of the user at its end.
constexpr int kHopsMax = static_cast<int>(limits::kOtherNames) + 1;

absl::StatusOr<std::vector<FoundUser>> LookUpUsers(Store& store, const std::vector<UserKey>& names, bool fresh) {
  std::vector<FoundUser> users;
  std::vector<size_t> open;
  for (const UserKey& name : names) {
    open.push_back(users.size());
    users.push_back({name, std::nullopt});
  }
  for (int hop = 0; !open.empty(); ++hop) {
    if (hop == kHopsMax) return absl::InternalError("a name leads in a circle");
    LoadRequest request;
    request.fresh = fresh;
    for (size_t i : open) request.keys.push_back(users[i].key);
    CADENZA_ASSIGN_OR_RETURN(LoadResult result, store.Load(request));
    std::vector<size_t> next;
    for (size_t j = 0; j < open.size(); ++j) {
      FoundUser& user = users[open[j]];
      user.row = std::move(result.rows[j]);
      if (!user.row.has_value() || user.row->merged_into.empty()) continue;
      user.key.key = user.row->merged_into;
      user.row.reset();
      next.push_back(open[j]);
    }
    open = std::move(next);
  }
  return users;
}

absl::StatusOr<FoundUser> LookUpUser(Store& store, const UserKey& name, bool fresh) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<FoundUser> users, LookUpUsers(store, {name}, fresh));
  return std::move(users.front());
}

absl::StatusOr<UserKey> OwnerOfEvents(Store& store, const UserKey& name, const UserKey& leads_to) {
  if (name == leads_to) return name;
  CADENZA_ASSIGN_OR_RETURN(const std::vector<StoredEvent> own, store.ListEvents(name, 0, /*descending=*/false, 1));
  return own.empty() ? leads_to : name;
}

}  // namespace cadenza
