// The campaigns and segments in force, compiled: immutable, shared by all lanes, replaced as a whole. Pure.
#ifndef CADENZA_SERVER_RULES_RULE_SET_H_
#define CADENZA_SERVER_RULES_RULE_SET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/conversions.h"
#include "server/rules/gates/experiment.h"
#include "server/rules/segment_set.h"
#include "storage/base/text.h"
#include "storage/model/campaign.h"
#include "storage/model/content_block.h"
#include "storage/model/segment.h"
#include "storage/model/workspace_settings.h"

namespace cadenza::cel {
class Program;
}
namespace cadenza::liquid {
class Template;
}

namespace cadenza::schedule {
class QuietHours;
}

namespace cadenza::rules {

class ContentBlocks;
struct CompiledWorkspace;
struct Review;

// One of a message's other languages.
struct CompiledText {
  std::string locale;                             // NormalLocale
  std::shared_ptr<const liquid::Template> title;  // null = empty
  std::shared_ptr<const liquid::Template> body;
};

// A campaign with its conditions and templates compiled.
struct CompiledCampaign {
  Campaign campaign;
  std::shared_ptr<const cel::Program> condition;  // null = always true
  std::shared_ptr<const cel::Program> audience;   // likewise
  std::shared_ptr<const liquid::Template> title;  // null = empty
  std::shared_ptr<const liquid::Template> body;
  std::vector<CompiledText> localizations;      // parallel to campaign.message.localizations
  std::shared_ptr<const ContentBlocks> blocks;  // of its workspace; null = none

  std::shared_ptr<const schedule::QuietHours> quiet;  // null = those of the workspace
  std::optional<Experiment> experiment;               // if the campaign has variants
  // The campaign with each variant's message in the place of its own, parallel to campaign.variants; null of a control.
  std::vector<std::shared_ptr<const CompiledCampaign>> variants;
  std::vector<CompiledConversion> conversions;  // parallel to campaign.conversions
};

// Checks every field and compiles. INVALID_ARGUMENT (a rejection, storage/model/rejection.h) names the field, for the
// condition and the templates with line and column. `review`, if given: what the templates name is looked for too
// (content_blocks.h).
absl::StatusOr<std::shared_ptr<const CompiledCampaign>> CompileCampaign(const Campaign& campaign,
                                                                        Review* review = nullptr);

// Immutable after Build; reading is safe from any thread.
class RuleSet {
 public:
  using List = std::vector<std::shared_ptr<const CompiledCampaign>>;

  // Of `campaigns`, those in state active; of the paused ones only the conversions, which go on being counted. One that
  // does not compile (it was stored by another version of the program) is left out and reported in `errors`.
  // `previous`, if given, lends what has not changed since (same revision), so that a change costs one compilation.
  // `blocks` are the content blocks of all workspaces, `segments` all segments, `settings` what holds for all campaigns
  // of each workspace.
  static std::shared_ptr<const RuleSet> Build(int64_t revision, const std::vector<Campaign>& campaigns,
                                              const RuleSet* previous, std::vector<std::string>* errors,
                                              const std::vector<ContentBlock>& blocks = {},
                                              const std::vector<Segment>& segments = {},
                                              const std::vector<WorkspaceSettings>& settings = {});

  // The campaigns of one workspace, by what triggers them: in each list the greater priority first, then in the order
  // of campaign_id. The cost of finding a list does not depend on how many others exist. Those that are launched are
  // found by their id.
  struct Workspace {
    StringMap<List> by_event;
    List on_session_start;
    List on_purchase;              // product_id is left to the engine
    StringMap<List> by_attribute;  // so is the value
    List on_subscription;          // and the channel
    StringMap<List> on_segment_entered;
    StringMap<List> on_segment_left;
    StringMap<List> on_receipt;  // by whose message it is; kind and link are left to the engine
    List launched;
    Goals goals;                                        // of active and paused campaigns
    std::shared_ptr<const CompiledWorkspace> settings;  // null = it has none
  };
  // Empty if there is none of this name.
  const Workspace& Of(std::string_view workspace) const;
  static const List& ListIn(const StringMap<List>& lists, std::string_view key);
  // The order of the lists.
  static bool GoesBefore(const CompiledCampaign& a, const CompiledCampaign& b);

  const List& ForEvent(std::string_view workspace, std::string_view event_name) const;
  const List& ForSessionStart(std::string_view workspace) const;
  const List& ForPurchase(std::string_view workspace) const;  // product_id is left to the engine
  const List& ForSegment(std::string_view workspace, std::string_view segment_id, bool entered) const;

  // The campaigns with a schedule, of all workspaces, in no order.
  const List& scheduled() const { return scheduled_; }

  const SegmentSet& segments() const { return segments_; }

  // An active campaign; null if there is none of this id.
  std::shared_ptr<const CompiledCampaign> Find(std::string_view workspace, std::string_view campaign_id) const;

  int64_t revision() const { return revision_; }
  size_t size() const { return by_id_.size(); }

 private:
  RuleSet() = default;

  void BuildSettings(const std::vector<WorkspaceSettings>& settings, const RuleSet* previous,
                     std::vector<std::string>* errors);
  static void Sort(Workspace* workspace);
  void BuildBlocks(const std::vector<ContentBlock>& blocks, const RuleSet* previous, std::vector<std::string>* errors);
  std::shared_ptr<const ContentBlocks> BlocksOf(std::string_view workspace) const;
  static List& ListOf(const Trigger& trigger, Workspace* workspace);

  int64_t revision_ = 0;
  // By a workspace, a zero byte, and a campaign id: no workspace can name another's.
  StringMap<std::shared_ptr<const CompiledCampaign>> by_id_;
  StringMap<std::shared_ptr<const CompiledCampaign>> paused_;  // those that have conversions
  StringMap<Workspace> workspaces_;
  List scheduled_;
  SegmentSet segments_;
  StringMap<std::shared_ptr<const ContentBlocks>> blocks_;  // by workspace
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_RULE_SET_H_
