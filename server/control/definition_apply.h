// What campaigns need (settings, content blocks, segments), brought to what is desired together with them: the parts of
// CampaignApplier::Apply (campaign_apply.h) that are about these. cadenza.v1.CampaignService.ApplyCampaigns says what
// is done; here it is decided, on model types. Thread-safe; what takes a store blocks on it.
#ifndef CADENZA_SERVER_CONTROL_DEFINITION_APPLY_H_
#define CADENZA_SERVER_CONTROL_DEFINITION_APPLY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/control/workspace_review.h"
#include "server/rules/content_blocks.h"
#include "storage/model/content_block.h"
#include "storage/model/segment.h"
#include "storage/model/workspace_settings.h"
#include "storage/store.h"

namespace cadenza {

// What becomes of one definition.
enum class ApplyAction : uint8_t { kUnchanged, kCreated, kUpdated };

template <typename T>
struct ApplyResult {
  ApplyAction action = ApplyAction::kUnchanged;
  T now = {};  // as it is, or would be
  std::optional<T> previous = {};
  std::vector<rules::TemplateWarning> warnings = {};
};

// Times and evaluations are ignored.
struct DesiredSettings {
  WorkspaceSettings settings;
  std::optional<int64_t> revision;  // if given, it must be the current one; 0: there are none yet
};
struct DesiredContentBlock {
  ContentBlock content_block;  // its revision, unless 0, must be the current one
  bool must_be_new = false;
};
struct DesiredSegment {
  Segment segment;  // as with DesiredCampaign: kUnspecified leaves the state, the revision must be the current one
  bool must_be_new = false;
};

// All of one workspace.
struct DesiredDefinitions {
  std::optional<DesiredSettings> settings = {};
  std::vector<DesiredContentBlock> content_blocks = {};
  std::vector<DesiredSegment> segments = {};

  bool empty() const { return !settings.has_value() && content_blocks.empty() && segments.empty(); }
};

// Parallel to what is desired.
struct CurrentDefinitions {
  WorkspaceSettings settings;  // of revision 0: none
  std::vector<std::optional<ContentBlock>> content_blocks = {};
  std::vector<std::optional<Segment>> segments = {};
};
struct DefinitionResults {
  std::optional<ApplyResult<WorkspaceSettings>> settings = {};
  std::vector<ApplyResult<ContentBlock>> content_blocks = {};
  std::vector<ApplyResult<Segment>> segments = {};
};

inline constexpr size_t kMaxDesired = 1000;  // of each kind

// Sizes, and that no id stands twice. INVALID_ARGUMENT names the field: "segments[3].segment.segment_id".
absl::Status CheckDefinitions(const DesiredDefinitions& desired);

absl::StatusOr<CurrentDefinitions> ReadDefinitions(Store& store, std::string_view workspace,
                                                   const DesiredDefinitions& desired);

// Appends a line for each whose revision is not the one that is expected.
void FindConflicts(const DesiredDefinitions& desired, const CurrentDefinitions& current,
                   std::vector<std::string>* conflicts);

// What is to be done, each checked by itself. Errors as WorkspaceAdmin's and SegmentAdmin's.
absl::StatusOr<DefinitionResults> DecideDefinitions(const DesiredDefinitions& desired,
                                                    const CurrentDefinitions& current, absl::Time now);

// The content blocks that change, as they would be.
std::vector<ContentBlock> ChangedBlocks(const DefinitionResults& results);

// Checks what changes against what else the workspace has: content blocks against each other (`content` has them as
// they would be), and that there is room for the segments that become active.
absl::Status ReviewDefinitions(Store& store, std::string_view workspace, const WorkspaceContent& content,
                               DefinitionResults* results);

// What the store is to be told of it.
void AppendTo(const DefinitionResults& results, DefinitionsPut* put);

// Whether what is stored is what `results` would put.
bool HaveArrived(const DefinitionResults& results, const CurrentDefinitions& current);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_DEFINITION_APPLY_H_
