#include "server/control/definition_apply.h"

#include <algorithm>
#include <set>
#include <utility>

#include "server/control/campaign_checks.h"
#include "server/control/segment_admin.h"
#include "server/rules/segment_set.h"
#include "server/rules/workspace.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire_workspace.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using Action = ApplyAction;

std::string BlockField(size_t index) { return StrCat("content_blocks[", index, "].content_block."); }
std::string SegmentField(size_t index) { return StrCat("segments[", index, "].segment."); }

absl::Status CheckId(const std::string& id, size_t most, const std::string& field, std::set<std::string_view>* ids) {
  if (id.empty() || id.size() > most) return InvalidField(field, StrCat("must have 1 to ", most, " bytes"));
  if (!ids->insert(id).second) return InvalidField(field, StrCat(id, " stands twice"));
  return absl::OkStatus();
}

// Nothing if there is none.
template <typename T>
absl::StatusOr<std::optional<T>> IfFound(absl::StatusOr<T> found) {
  if (absl::IsNotFound(found.status())) return std::optional<T>();
  CADENZA_RETURN_IF_ERROR(found.status());
  return std::optional<T>(*std::move(found));
}

// `expected` 0 and not `must_be_new`: whatever it is.
void FindConflict(std::string_view thing, int64_t expected, bool must_be_new, int64_t found,
                  std::vector<std::string>* conflicts) {
  if (must_be_new ? found == 0 : expected == 0 || expected == found) return;
  if (found == 0) {
    conflicts->push_back(StrCat(thing, " does not exist"));
  } else if (must_be_new) {
    conflicts->push_back(StrCat(thing, " exists by now (its etag is ", found, ")"));
  } else {
    conflicts->push_back(StrCat(thing, " was changed since (its etag is ", found, ", not ", expected, ")"));
  }
}

// Sets what people do not write, and says what happens to it.
template <typename T>
ApplyResult<T> ResultOf(T next, const std::optional<T>& current, absl::Time now) {
  next.revision = current.has_value() ? current->revision : 0;
  next.create_time = current.has_value() ? current->create_time : now;
  next.update_time = current.has_value() ? current->update_time : now;
  ApplyResult<T> result{.previous = current};
  if (next != current) {
    result.action = current.has_value() ? Action::kUpdated : Action::kCreated;
    next.revision += 1;
    next.update_time = now;
  }
  result.now = std::move(next);
  return result;
}

absl::StatusOr<ApplyResult<WorkspaceSettings>> DecideSettings(const WorkspaceSettings& desired,
                                                              const WorkspaceSettings& current, absl::Time now) {
  if (const absl::Status fine = rules::CompileWorkspace(desired).status(); !fine.ok()) {
    return WithFieldPrefix(fine, "settings.");
  }
  // What is read back is what is compared.
  CADENZA_ASSIGN_OR_RETURN(WorkspaceSettings next, DecodeWorkspaceSettings(desired.workspace, current.revision,
                                                                           EncodeWorkspaceSettings(desired)));
  next.update_time = current.update_time;
  ApplyResult<WorkspaceSettings> result;
  if (current.revision != 0) result.previous = current;
  if (next != current) {
    result.action = result.previous.has_value() ? Action::kUpdated : Action::kCreated;
    next.revision += 1;
    next.update_time = now;
  }
  result.now = std::move(next);
  return result;
}

// Whether the users who are there must be looked at: what SegmentAdmin does, too.
bool IsToBeEvaluated(const ApplyResult<Segment>& result) {
  using State = Segment::State;
  const bool was_active = result.previous.has_value() && result.previous->state == State::kActive;
  const bool is_active = result.now.state == State::kActive;
  return was_active != is_active || (is_active && result.previous->condition != result.now.condition);
}

absl::StatusOr<ApplyResult<Segment>> DecideSegment(const Segment& desired, const std::optional<Segment>& current,
                                                   absl::Time now, size_t index) {
  if (const absl::Status fine = rules::CompileSegment(desired).status(); !fine.ok()) {
    return WithFieldPrefix(fine, SegmentField(index));
  }
  using State = Segment::State;
  const State before = current.has_value() ? current->state : State::kDraft;
  Segment next = desired;
  if (next.state == State::kUnspecified) next.state = before;
  next.evaluation = current.has_value() ? current->evaluation : SegmentEvaluation();
  ApplyResult<Segment> result = ResultOf(std::move(next), current, now);
  if (result.action == Action::kUnchanged) return result;
  if (before == State::kArchived || (result.now.state == State::kDraft && before != State::kDraft)) {
    return absl::FailedPreconditionError(StrCat(
        "segments[", index, "].segment: ", desired.segment_id, " is ", NameOf(before),
        before == State::kArchived ? ", and stays as it is; create another" : "; no segment becomes a draft again"));
  }
  if (IsToBeEvaluated(result)) {
    result.now.evaluation = {.state = SegmentEvaluation::State::kRunning, .start_time = now};
  }
  return result;
}

absl::Status CheckRoom(Store& store, std::string_view workspace, const std::vector<ApplyResult<Segment>>& results) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<Segment> stored, store.segments().ListSegments(workspace, "", 0, false));
  std::set<std::string_view> active;
  for (const Segment& segment : stored) {
    if (segment.state == Segment::State::kActive) active.insert(segment.segment_id);
  }
  const size_t before = active.size();
  for (const ApplyResult<Segment>& result : results) {
    if (result.now.state == Segment::State::kActive) {
      active.insert(result.now.segment_id);
    } else {
      active.erase(result.now.segment_id);
    }
  }
  if (active.size() <= limits::kActiveSegments || active.size() <= before) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat("segments: the workspace would have ", active.size(),
                                              " active ones, and can have ", limits::kActiveSegments,
                                              "; archive some"));
}

// The evaluation moves by itself.
bool IsThat(Segment stored, const Segment& put) {
  stored.evaluation = put.evaluation;
  return stored == put;
}

}  // namespace

absl::Status CheckDefinitions(const DesiredDefinitions& desired) {
  std::set<std::string_view> ids;
  if (desired.content_blocks.size() > kMaxDesired) {
    return InvalidField("content_blocks", "must have at most 1000 elements");
  }
  for (size_t i = 0; i < desired.content_blocks.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(CheckId(desired.content_blocks[i].content_block.content_block_id,
                                    limits::kContentBlockIdBytes, BlockField(i) + "content_block_id", &ids));
  }
  ids.clear();
  if (desired.segments.size() > kMaxDesired) return InvalidField("segments", "must have at most 1000 elements");
  for (size_t i = 0; i < desired.segments.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(
        CheckId(desired.segments[i].segment.segment_id, limits::kSegmentIdBytes, SegmentField(i) + "segment_id", &ids));
  }
  return absl::OkStatus();
}

absl::StatusOr<CurrentDefinitions> ReadDefinitions(Store& store, std::string_view workspace,
                                                   const DesiredDefinitions& desired) {
  CurrentDefinitions current;
  if (desired.settings.has_value()) {
    CADENZA_ASSIGN_OR_RETURN(const auto row, IfFound(store.workspaces().GetSettings(workspace)));
    if (row.has_value()) {
      CADENZA_ASSIGN_OR_RETURN(current.settings, DecodeWorkspaceSettings(workspace, row->revision, row->definition));
    }
    current.settings.workspace = std::string(workspace);
  }
  for (const DesiredContentBlock& one : desired.content_blocks) {
    CADENZA_ASSIGN_OR_RETURN(auto found,
                             IfFound(store.content().GetContentBlock(workspace, one.content_block.content_block_id)));
    current.content_blocks.push_back(std::move(found));
  }
  for (const DesiredSegment& one : desired.segments) {
    CADENZA_ASSIGN_OR_RETURN(auto found, IfFound(store.segments().GetSegment(workspace, one.segment.segment_id)));
    current.segments.push_back(std::move(found));
  }
  return current;
}

void FindConflicts(const DesiredDefinitions& desired, const CurrentDefinitions& current,
                   std::vector<std::string>* conflicts) {
  const auto revision_of = [](const auto& found) -> int64_t { return found.has_value() ? found->revision : 0; };
  if (desired.settings.has_value() && desired.settings->revision.has_value() &&
      *desired.settings->revision != current.settings.revision) {
    conflicts->push_back(StrCat("the settings were changed since (their etag is ", current.settings.revision, ", not ",
                                *desired.settings->revision, ")"));
  }
  for (size_t i = 0; i < desired.content_blocks.size(); ++i) {
    const DesiredContentBlock& one = desired.content_blocks[i];
    FindConflict(StrCat("content block ", one.content_block.content_block_id), one.content_block.revision,
                 one.must_be_new, revision_of(current.content_blocks[i]), conflicts);
  }
  for (size_t i = 0; i < desired.segments.size(); ++i) {
    const DesiredSegment& one = desired.segments[i];
    FindConflict(StrCat("segment ", one.segment.segment_id), one.segment.revision, one.must_be_new,
                 revision_of(current.segments[i]), conflicts);
  }
}

absl::StatusOr<DefinitionResults> DecideDefinitions(const DesiredDefinitions& desired,
                                                    const CurrentDefinitions& current, absl::Time now) {
  DefinitionResults results;
  if (desired.settings.has_value()) {
    CADENZA_ASSIGN_OR_RETURN(results.settings, DecideSettings(desired.settings->settings, current.settings, now));
  }
  for (size_t i = 0; i < desired.content_blocks.size(); ++i) {
    const ContentBlock& block = desired.content_blocks[i].content_block;
    if (const absl::Status fine = rules::CheckContentBlockAlone(block); !fine.ok()) {
      return WithFieldPrefix(fine, BlockField(i));
    }
    results.content_blocks.push_back(ResultOf(block, current.content_blocks[i], now));
  }
  for (size_t i = 0; i < desired.segments.size(); ++i) {
    CADENZA_ASSIGN_OR_RETURN(ApplyResult<Segment> result,
                             DecideSegment(desired.segments[i].segment, current.segments[i], now, i));
    results.segments.push_back(std::move(result));
  }
  return results;
}

std::vector<ContentBlock> ChangedBlocks(const DefinitionResults& results) {
  std::vector<ContentBlock> changed;
  for (const ApplyResult<ContentBlock>& result : results.content_blocks) {
    if (result.action != Action::kUnchanged) changed.push_back(result.now);
  }
  return changed;
}

absl::Status ReviewDefinitions(Store& store, std::string_view workspace, const WorkspaceContent& content,
                               DefinitionResults* results) {
  bool changed = false;
  for (size_t i = 0; i < results->content_blocks.size(); ++i) {
    ApplyResult<ContentBlock>& result = results->content_blocks[i];
    if (result.action == Action::kUnchanged) continue;
    changed = true;
    const absl::Status fine = ReviewContentBlock(content, result.now, &result.warnings);
    if (!fine.ok()) return WithFieldPrefix(fine, BlockField(i));
  }
  if (changed) {
    const absl::Status nesting = content.blocks->CheckNesting();
    if (!nesting.ok()) return InvalidField("content_blocks", Std(nesting.message()));
  }
  return CheckRoom(store, workspace, results->segments);
}

void AppendTo(const DefinitionResults& results, DefinitionsPut* put) {
  if (results.settings.has_value() && results.settings->action != Action::kUnchanged) {
    const WorkspaceSettings& now = results.settings->now;
    put->settings = {now.workspace, now.revision, EncodeWorkspaceSettings(now)};
  }
  for (const ApplyResult<ContentBlock>& result : results.content_blocks) {
    if (result.action != Action::kUnchanged) put->content_blocks.push_back(result.now);
  }
  for (const ApplyResult<Segment>& result : results.segments) {
    if (result.action != Action::kUnchanged) put->segments.push_back({result.now, IsToBeEvaluated(result)});
  }
}

bool HaveArrived(const DefinitionResults& results, const CurrentDefinitions& current) {
  if (results.settings.has_value() && results.settings->now != current.settings) return false;
  for (size_t i = 0; i < results.content_blocks.size(); ++i) {
    if (current.content_blocks[i] != results.content_blocks[i].now) return false;
  }
  for (size_t i = 0; i < results.segments.size(); ++i) {
    if (!current.segments[i].has_value() || !IsThat(*current.segments[i], results.segments[i].now)) return false;
  }
  return true;
}

}  // namespace cadenza
