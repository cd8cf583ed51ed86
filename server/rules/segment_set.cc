#include "server/rules/segment_set.h"

#include <algorithm>
#include <utility>

#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"
#include "server/rules/fields.h"
#include "storage/base/status_macros.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

absl::StatusOr<std::shared_ptr<const cel::Program>> CompileOfSegment(const std::string& condition) {
  auto program = CompileCondition(condition, SegmentEnv());
  if (program.ok() || !CompileCondition(condition, ConditionEnv()).ok()) return program;
  return Invalid("condition", StrCat("is asked about a user at any time, so it can use neither `event` nor "
                                     "user.in_segment(): ",
                                     Std(program.status().message())));
}

bool Holds(const CompiledSegment& compiled, const Facts& facts) {
  const absl::StatusOr<cel::Value> value = compiled.condition->Evaluate(CelScope(facts));
  return value.ok() && value->bool_value();
}

// Whether the user was there when the segment was activated, and nobody has looked at all of those yet.
bool IsBeingEvaluated(const Segment& segment, const Profile& profile) {
  const SegmentEvaluation& evaluation = segment.evaluation;
  return evaluation.state == SegmentEvaluation::State::kRunning && profile.create_time < evaluation.start_time;
}

const CompiledSegment* Find(const SegmentSet::List& list, std::string_view segment_id) {
  const auto found =
      std::lower_bound(list.begin(), list.end(), segment_id,
                       [](const auto& compiled, std::string_view id) { return compiled->segment.segment_id < id; });
  return found != list.end() && (*found)->segment.segment_id == segment_id ? found->get() : nullptr;
}

void LeaveWhatIsNotInForce(const SegmentSet::List& list, Profile* profile, std::vector<apply::SegmentChange>* changes) {
  const auto in_force = [&list](const auto& entry) { return Find(list, entry.first) != nullptr; };
  if (std::all_of(profile->segments.begin(), profile->segments.end(), in_force)) return;
  FlatMap<absl::Time> kept;
  for (const auto& entry : profile->segments) {
    if (in_force(entry)) {
      kept.emplace(entry.first, entry.second);
    } else {
      changes->push_back({.segment_id = entry.first, .entered = false, .silent = true});
    }
  }
  profile->segments = std::move(kept);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledSegment>> CompileSegment(const Segment& segment) {
  CADENZA_RETURN_IF_ERROR(CheckId("segment_id", segment.segment_id, limits::kSegmentIdBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("display_name", segment.display_name, kDisplayNameBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("condition", segment.condition, limits::kConditionBytes));
  if (segment.condition.empty()) return Invalid("condition", "is required; a segment of all users is `true`");
  auto compiled = std::make_shared<CompiledSegment>();
  compiled->segment = segment;
  CADENZA_ASSIGN_OR_RETURN(compiled->condition, CompileOfSegment(segment.condition));
  return std::shared_ptr<const CompiledSegment>(std::move(compiled));
}

SegmentSet SegmentSet::Build(const std::vector<Segment>& segments, const SegmentSet* previous,
                             std::vector<std::string>* errors) {
  SegmentSet made;
  const auto leave_out = [errors](const Segment& segment, std::string_view why) {
    if (errors != nullptr) errors->push_back(StrCat(segment.workspace, "/segments/", segment.segment_id, ": ", why));
  };
  std::vector<const Segment*> active;
  for (const Segment& segment : segments) {
    if (segment.state == Segment::State::kActive) active.push_back(&segment);
  }
  std::sort(active.begin(), active.end(), [](const auto* a, const auto* b) { return a->segment_id < b->segment_id; });
  for (const Segment* segment : active) {
    const CompiledSegment* known =
        previous == nullptr ? nullptr : Find(previous->Of(segment->workspace), segment->segment_id);
    std::shared_ptr<const CompiledSegment> compiled;
    if (known != nullptr && known->segment.condition == segment->condition) {
      auto renewed = std::make_shared<CompiledSegment>(*known);
      renewed->segment = *segment;
      compiled = std::move(renewed);
    } else {
      auto fresh = CompileSegment(*segment);
      if (!fresh.ok()) {
        leave_out(*segment, Std(fresh.status().message()));
        continue;
      }
      compiled = *std::move(fresh);
    }
    List& list = made.workspaces_[segment->workspace];
    if (list.size() == limits::kActiveSegments) {
      leave_out(*segment, "the workspace has too many active segments");
      continue;
    }
    list.push_back(std::move(compiled));
    ++made.size_;
  }
  return made;
}

const SegmentSet::List& SegmentSet::Of(std::string_view workspace) const {
  static const auto* none = new List();
  if (size_ == 0) return *none;
  const auto found = workspaces_.find(workspace);
  return found == workspaces_.end() ? *none : found->second;
}

absl::Time UpdateSegments(const SegmentSet& set, const Input& input, absl::Duration session_gap, Profile* profile,
                          std::vector<apply::SegmentChange>* changes) {
  const SegmentSet::List& list = set.Of(profile->key.workspace);
  LeaveWhatIsNotInForce(list, profile, changes);
  if (list.empty()) return absl::InfiniteFuture();
  const Facts facts(input, *profile, session_gap);
  for (const auto& compiled : list) {
    const std::string& id = compiled->segment.segment_id;
    const bool was_in = profile->segments.find(id) != profile->segments.end();
    const bool is_in = Holds(*compiled, facts);
    if (was_in == is_in) continue;
    changes->push_back({.segment_id = id, .entered = is_in, .silent = IsBeingEvaluated(compiled->segment, *profile)});
    if (is_in) {
      profile->segments.emplace(id, input.clock);
    } else {
      profile->segments.erase(id);
    }
  }
  return absl::InfiniteFuture();
}

}  // namespace cadenza::rules
