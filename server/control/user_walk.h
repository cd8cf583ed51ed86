// A walk over the users of a workspace, or of a segment, a stretch at a time, in the order of their keys.
#ifndef CADENZA_SERVER_CONTROL_USER_WALK_H_
#define CADENZA_SERVER_CONTROL_USER_WALK_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "storage/segment_store.h"

namespace cadenza {

// One thread.
class UserWalk {
 public:
  // An empty `segment_id`: all users. `stretch_users` at most in a stretch; to find them, up to `rows_max` rows are
  // looked at in one step, more while most are of other workspaces. `store` must outlive it.
  UserWalk(SegmentStore* store, std::string workspace, std::string segment_id, int stretch_users, int rows_max)
      : store_(store),
        workspace_(std::move(workspace)),
        segment_id_(std::move(segment_id)),
        stretch_users_(stretch_users),
        rows_max_(rows_max),
        rows_(stretch_users) {}

  // The users after `cursor`; see UserStretch.
  absl::StatusOr<UserStretch> Next(std::string_view cursor);

 private:
  absl::StatusOr<UserStretch> NextUsers(std::string_view cursor);
  absl::StatusOr<UserStretch> NextMembers(std::string_view cursor);

  SegmentStore* const store_;
  const std::string workspace_;
  const std::string segment_id_;
  const int stretch_users_;
  const int rows_max_;
  int rows_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_USER_WALK_H_
