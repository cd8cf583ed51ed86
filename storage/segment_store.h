// Durable state of segments: what they are, who is in them, and how far the users who were there before have been
// evaluated. A part of Store (store.h), whose errors and threads apply. Who is in a segment is changed by Store::Commit
// alone.
#ifndef CADENZA_STORAGE_SEGMENT_STORE_H_
#define CADENZA_STORAGE_SEGMENT_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/model/segment.h"

namespace cadenza {

// An evaluation under way, as the process that holds it knows it.
struct HeldEvaluation {
  std::string workspace;
  std::string segment_id;
  Segment::State segment_state = Segment::State::kActive;
  int64_t number = 0;       // of this evaluation: another change of the segment begins another one
  std::string cursor = {};  // the key of the last user examined, "" at the start
  int64_t users_examined = 0;
  int64_t users_total = SegmentEvaluation::kNotCounted;
  friend bool operator==(const HeldEvaluation&, const HeldEvaluation&) = default;
};

// A stretch of the users of a workspace, in the order of their keys.
struct UserStretch {
  std::vector<std::string> keys;  // of users; names that lead elsewhere are left out
  std::string last_key;           // where the next stretch begins; what lies there may be of another workspace
  bool at_end = false;            // nothing follows; last_key is then what was asked for
};

class SegmentStore {
 public:
  virtual ~SegmentStore() = default;

  // In the order of (workspace, segment_id), of one workspace, or of all if `workspace` is empty; segment_id > after.
  // limit 0 = all.
  virtual absl::StatusOr<std::vector<Segment>> ListSegments(std::string_view workspace, std::string_view after,
                                                            int limit, bool with_archived) = 0;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<Segment> GetSegment(std::string_view workspace, std::string_view segment_id) = 0;
  // Inserts (segment.revision 1; ALREADY_EXISTS if the id is taken) or replaces revision - 1 (ABORTED if that is not
  // the current one, NOT_FOUND if there is none). Raises the rule set revision in the same transaction. With
  // `evaluate`, an evaluation of the users who are there becomes due at segment.update_time, and one that was under way
  // ends; without, segment.evaluation is ignored and stays what it was.
  virtual absl::Status PutSegment(const Segment& segment, bool evaluate) = 0;

  // How many users are in the segment: exact, as of one moment. Costs a walk over the index entries of its members.
  virtual absl::StatusOr<int64_t> CountMembers(std::string_view workspace, std::string_view segment_id) = 0;
  // In the order of user_key, user_key > after.
  virtual absl::StatusOr<std::vector<SegmentMember>> ListMembers(std::string_view workspace,
                                                                 std::string_view segment_id, std::string_view after,
                                                                 int limit) = 0;

  // --- evaluations ---
  // One that is due and that no other process holds, the longest due first; held by `process` until `lease` has passed
  // since the last Claim or Save. Nothing if there is none. Due: `grace` has passed since its start_time, by the
  // store's clock.
  virtual absl::StatusOr<std::optional<HeldEvaluation>> ClaimEvaluation(std::string_view process, absl::Duration lease,
                                                                        absl::Duration grace) = 0;
  // Remembers how far it is (cursor, users_examined, users_total), and holds it for another `lease`. ABORTED if
  // `process` does not hold it any more, or another one has begun: then leave it.
  virtual absl::Status SaveEvaluation(const HeldEvaluation& evaluation, std::string_view process,
                                      absl::Duration lease) = 0;
  // As SaveEvaluation, and it is done. Raises the rule set revision.
  virtual absl::Status FinishEvaluation(const HeldEvaluation& evaluation, std::string_view process) = 0;
  // Users with a key > after. Looks at about `limit` rows, of whatever workspace, so a stretch may be empty.
  virtual absl::StatusOr<UserStretch> ListUsers(std::string_view workspace, std::string_view after, int limit) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_SEGMENT_STORE_H_
