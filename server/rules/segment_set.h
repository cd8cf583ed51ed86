// The segments in force, compiled, and who is in them. Immutable, a part of the rule set. Pure.
//
// A segment is a CEL condition over `user` and `now`; it can use neither `event` nor user.in_segment(), so segments do
// not depend on one another and their order does not matter. A condition that fails (an attribute that the user does
// not have) is false. Whether a user is in a segment is kept in his profile (Profile::segments) and changes with his
// inputs only: after each, the segments whose condition can have changed are evaluated.
//
// A change is silent, and triggers no campaign, where it is not the input that brought it about: the user had a profile
// when the segment was activated or changed, and the evaluation of those users is not finished; or the segment is not
// in force any more.
#ifndef CADENZA_SERVER_RULES_SEGMENT_SET_H_
#define CADENZA_SERVER_RULES_SEGMENT_SET_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/apply/apply.h"
#include "server/rules/condition_analysis.h"
#include "storage/base/text.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"
#include "storage/model/segment.h"

namespace cadenza::cel {
class Program;
}

namespace cadenza::rules {

struct CompiledSegment {
  Segment segment;
  std::shared_ptr<const cel::Program> condition;
  ConditionReads reads;
  bool timed = false;  // it can change while nothing happens
};

// Checks every field and compiles. INVALID_ARGUMENT (a rejection, storage/model/rejection.h) names the field, for the
// condition with line and column.
absl::StatusOr<std::shared_ptr<const CompiledSegment>> CompileSegment(const Segment& segment);

// Immutable after Build; reading is safe from any thread.
class SegmentSet {
 public:
  using List = std::vector<std::shared_ptr<const CompiledSegment>>;

  SegmentSet() = default;
  // Of `segments`, those in state active, at most limits::kActiveSegments of a workspace. What is left out, and what
  // does not compile, is reported in `errors`. `previous` lends what has not changed since.
  static SegmentSet Build(const std::vector<Segment>& segments, const SegmentSet* previous,
                          std::vector<std::string>* errors);

  // Of a workspace, in the order of segment_id. Costs nothing while no workspace has any.
  const List& Of(std::string_view workspace) const;
  size_t size() const { return size_; }

 private:
  StringMap<List> workspaces_;
  size_t size_ = 0;
};

// What may have changed the profile since the segments were last up to date: the input, or messages that it led to.
enum class SegmentCause : uint8_t { kInput, kMessages };

// Whether the segment's condition can have changed by it: it reads what the input touches, or the clock. An Evaluate, a
// user's first input, and whatever merges users concern every segment.
bool Concerns(const CompiledSegment& compiled, const Input& input, SegmentCause cause, const Profile& profile);

// Brings profile->segments up to date after `input`, and appends what changed to `changes`, in the order of segment_id
// (those that are not in force any more first). Users who join now have been in since input.clock. Evaluates the
// segments that the input concerns.
//
// Returns the moment when time alone can change something next: never later than the change, always later than
// input.clock; InfiniteFuture if never. A condition that uses `now` in a way that cannot be followed (horizon.h) is
// looked at again after a minute.
absl::Time UpdateSegments(const SegmentSet& set, const Input& input, SegmentCause cause, absl::Duration session_gap,
                          Profile* profile, std::vector<apply::SegmentChange>* changes);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_SEGMENT_SET_H_
