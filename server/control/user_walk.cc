#include "server/control/user_walk.h"

#include <algorithm>
#include <vector>

#include "storage/base/status_macros.h"

namespace cadenza {

absl::StatusOr<UserStretch> UserWalk::Next(std::string_view cursor) {
  return segment_id_.empty() ? NextUsers(cursor) : NextMembers(cursor);
}

absl::StatusOr<UserStretch> UserWalk::NextUsers(std::string_view cursor) {
  CADENZA_ASSIGN_OR_RETURN(UserStretch stretch, store_->ListUsers(workspace_, cursor, rows_));
  const auto most = static_cast<size_t>(stretch_users_);
  if (stretch.keys.size() < most / 2) rows_ = std::min(rows_ * 2, rows_max_);
  if (stretch.keys.size() > most) {
    rows_ = std::max(rows_ / 2, stretch_users_);
    stretch.keys.resize(most);
    stretch.last_key = stretch.keys.back();
  }
  return stretch;
}

absl::StatusOr<UserStretch> UserWalk::NextMembers(std::string_view cursor) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<SegmentMember> members,
                           store_->ListMembers(workspace_, segment_id_, cursor, stretch_users_));
  UserStretch stretch{.keys = {}, .last_key = std::string(cursor), .at_end = members.empty()};
  for (const SegmentMember& member : members) stretch.keys.push_back(stretch.last_key = member.user_key);
  return stretch;
}

}  // namespace cadenza
