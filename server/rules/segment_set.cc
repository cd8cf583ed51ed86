#include "server/rules/segment_set.h"

#include <algorithm>
#include <utility>

#include "server/rules/cel/cel.h"
#include "server/rules/cel/horizon.h"
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

bool Holds(const CompiledSegment& compiled, const Facts& facts, cel::Horizon* horizon) {
  const absl::StatusOr<cel::Value> value = compiled.condition->Evaluate(CelScope(facts), horizon);
  return value.ok() && value->bool_value();
}

bool ReadsBelow(const ConditionReads& reads, std::string_view member) {
  return reads.members.any || std::any_of(reads.members.names.begin(), reads.members.names.end(),
                                          [member](const std::string& name) { return name.starts_with(member); });
}

bool IsTimed(const ConditionReads& reads) {
  return reads.clock || reads.any_window || !reads.windows.empty() || ReadsBelow(reads, "user.session");
}

bool Has(const Names& names, const std::string& name) { return names.any || names.names.contains(name); }

// Whether what the input touches is read. Sessions are: they are timed.
struct Touches {
  const ConditionReads& reads;

  bool operator()(const CustomEvent& event) const { return Has(reads.events, event.name); }
  bool operator()(const Purchase& purchase) const {
    static const auto* event_name = new std::string(kPurchaseEventName);
    return Has(reads.events, *event_name) || Has(reads.currencies, purchase.price.currency_code) ||
           ReadsBelow(reads, "user.purchases");
  }
  bool operator()(const SessionStart&) const { return false; }
  bool operator()(const SessionEnd&) const { return false; }
  bool operator()(const AttributeChange& change) const {
    return std::any_of(change.operations.begin(), change.operations.end(), [this](const AttributeOperation& operation) {
      return Has(reads.attributes, operation.path.front());
    });
  }
  bool operator()(const SubscriptionChange& change) const {
    return change.channel.empty() ? !reads.channels.empty() : Has(reads.channels, change.channel);
  }
  // A delayed message, or the moment of a segment, which is timed.
  bool operator()(const TimerFired&) const { return !reads.campaigns.empty(); }
  bool operator()(const CampaignLaunch&) const { return !reads.campaigns.empty(); }
  bool operator()(const Receipt&) const { return !reads.campaigns.empty(); }
  // They merge users, or ask for everything.
  template <typename Other>
  bool operator()(const Other&) const {
    return true;
  }
};

// Where a condition may change at any moment.
constexpr absl::Duration kLookAgain = absl::Minutes(1);

absl::Time NextLook(const cel::Horizon& horizon) {
  const absl::Time at = horizon.known_at().value_or(absl::InfiniteFuture());
  return horizon.unknown() ? std::min(at, horizon.now() + kLookAgain) : at;
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
  compiled->reads = ReadsOf(*compiled->condition);
  compiled->timed = IsTimed(compiled->reads);
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

bool Concerns(const CompiledSegment& compiled, const Input& input, SegmentCause cause, const Profile& profile) {
  if (compiled.timed || profile.version <= 1) return true;
  if (cause == SegmentCause::kMessages) return !compiled.reads.campaigns.empty();
  return std::visit(Touches{compiled.reads}, input.payload);
}

absl::Time UpdateSegments(const SegmentSet& set, const Input& input, SegmentCause cause, absl::Duration session_gap,
                          Profile* profile, std::vector<apply::SegmentChange>* changes) {
  const SegmentSet::List& list = set.Of(profile->key.workspace);
  LeaveWhatIsNotInForce(list, profile, changes);
  if (list.empty()) return absl::InfiniteFuture();
  cel::Horizon horizon(input.clock);
  const Facts facts(input, *profile, session_gap, &horizon);
  for (const auto& compiled : list) {
    if (!Concerns(*compiled, input, cause, *profile)) continue;
    const std::string& id = compiled->segment.segment_id;
    const bool was_in = profile->segments.find(id) != profile->segments.end();
    const bool is_in = Holds(*compiled, facts, &horizon);
    if (was_in == is_in) continue;
    changes->push_back({.segment_id = id, .entered = is_in, .silent = IsBeingEvaluated(compiled->segment, *profile)});
    if (is_in) {
      profile->segments.emplace(id, input.clock);
    } else {
      profile->segments.erase(id);
    }
  }
  return NextLook(horizon);
}

}  // namespace cadenza::rules
