#include "server/rules/rule_set.h"

#include <algorithm>

#include "server/rules/content_blocks.h"
#include "server/rules/workspace.h"
#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

std::string Key(std::string_view workspace, std::string_view campaign_id) {
  std::string key(workspace);
  key.push_back('\0');
  key.append(campaign_id);
  return key;
}

// `compiled` and its variants, with other content blocks.
std::shared_ptr<const CompiledCampaign> Linked(const CompiledCampaign& compiled,
                                               std::shared_ptr<const ContentBlocks> blocks) {
  auto linked = std::make_shared<CompiledCampaign>(compiled);
  for (auto& variant : linked->variants) {
    if (variant != nullptr) variant = Linked(*variant, blocks);
  }
  linked->blocks = std::move(blocks);
  return linked;
}

}  // namespace

std::shared_ptr<const RuleSet> RuleSet::Build(int64_t revision, const std::vector<Campaign>& campaigns,
                                              const RuleSet* previous, std::vector<std::string>* errors,
                                              const std::vector<ContentBlock>& blocks,
                                              const std::vector<Segment>& segments,
                                              const std::vector<WorkspaceSettings>& settings) {
  std::shared_ptr<RuleSet> made(new RuleSet());
  made->revision_ = revision;
  made->BuildBlocks(blocks, previous, errors);
  for (const Campaign& campaign : campaigns) {
    const bool active = campaign.state == Campaign::State::kActive;
    if (!active && (campaign.state != Campaign::State::kPaused || campaign.conversions.empty())) continue;
    const auto kept = active ? &RuleSet::by_id_ : &RuleSet::paused_;
    std::string id = Key(campaign.workspace, campaign.campaign_id);
    std::shared_ptr<const CompiledCampaign> compiled;
    if (previous != nullptr) {
      const auto known = (previous->*kept).find(id);
      if (known != (previous->*kept).end() && known->second->campaign.revision == campaign.revision) {
        compiled = known->second;
      }
    }
    if (compiled == nullptr) {
      auto fresh = CompileCampaign(campaign);
      if (!fresh.ok()) {
        if (errors != nullptr) {
          errors->push_back(StrCat(campaign.workspace, "/", campaign.campaign_id, ": ", fresh.status().message()));
        }
        continue;
      }
      compiled = *std::move(fresh);
    }
    if (std::shared_ptr<const ContentBlocks> in_force = made->BlocksOf(campaign.workspace);
        compiled->blocks != in_force) {
      compiled = Linked(*compiled, std::move(in_force));
    }
    (made.get()->*kept).insert_or_assign(std::move(id), std::move(compiled));
  }
  for (const auto& [id, compiled] : made->by_id_) {
    const Campaign& campaign = compiled->campaign;
    if (campaign.trigger.kind == Trigger::Kind::kSchedule) made->scheduled_.push_back(compiled);
    Workspace& workspace = made->workspaces_[campaign.workspace];
    ListOf(campaign.trigger, &workspace).push_back(compiled);
    workspace.goals.Add(compiled);
  }
  for (const auto& [id, compiled] : made->paused_) made->workspaces_[compiled->campaign.workspace].goals.Add(compiled);
  for (auto& [name, workspace] : made->workspaces_) Sort(&workspace);
  made->BuildSettings(settings, previous, errors);
  made->segments_ = SegmentSet::Build(segments, previous == nullptr ? nullptr : &previous->segments_, errors);
  return made;
}

bool RuleSet::GoesBefore(const CompiledCampaign& a, const CompiledCampaign& b) {
  if (a.campaign.priority != b.campaign.priority) return a.campaign.priority > b.campaign.priority;
  return a.campaign.campaign_id < b.campaign.campaign_id;
}

void RuleSet::Sort(Workspace* workspace) {
  const auto sort = [](List* list) {
    std::sort(list->begin(), list->end(), [](const auto& a, const auto& b) { return GoesBefore(*a, *b); });
  };
  for (StringMap<List>* lists : {&workspace->by_event, &workspace->by_attribute, &workspace->on_segment_entered,
                                 &workspace->on_segment_left, &workspace->on_receipt}) {
    for (auto& [key, list] : *lists) sort(&list);
  }
  for (List* list :
       {&workspace->on_session_start, &workspace->on_purchase, &workspace->on_subscription, &workspace->launched}) {
    sort(list);
  }
}

void RuleSet::BuildSettings(const std::vector<WorkspaceSettings>& settings, const RuleSet* previous,
                            std::vector<std::string>* errors) {
  for (const WorkspaceSettings& of_workspace : settings) {
    const auto known = previous == nullptr ? nullptr : previous->Of(of_workspace.workspace).settings;
    if (known != nullptr && known->settings == of_workspace) {
      workspaces_[of_workspace.workspace].settings = known;
      continue;
    }
    auto compiled = CompileWorkspace(of_workspace);
    if (compiled.ok()) {
      workspaces_[of_workspace.workspace].settings = *std::move(compiled);
    } else if (errors != nullptr) {
      errors->push_back(StrCat(of_workspace.workspace, "/settings: ", compiled.status().message()));
    }
  }
}

void RuleSet::BuildBlocks(const std::vector<ContentBlock>& blocks, const RuleSet* previous,
                          std::vector<std::string>* errors) {
  StringMap<std::vector<ContentBlock>> by_workspace;
  for (const ContentBlock& block : blocks) by_workspace[block.workspace].push_back(block);
  for (const auto& [workspace, of_workspace] : by_workspace) {
    const std::shared_ptr<const ContentBlocks> before = previous == nullptr ? nullptr : previous->BlocksOf(workspace);
    std::shared_ptr<const ContentBlocks> built = ContentBlocks::Build(of_workspace, before.get(), errors);
    blocks_[workspace] = before != nullptr && built->SameAs(*before) ? before : std::move(built);
  }
}

std::shared_ptr<const ContentBlocks> RuleSet::BlocksOf(std::string_view workspace) const {
  const auto found = blocks_.find(workspace);
  return found == blocks_.end() ? nullptr : found->second;
}

RuleSet::List& RuleSet::ListOf(const Trigger& trigger, Workspace* workspace) {
  switch (trigger.kind) {
    case Trigger::Kind::kEventName:
      return workspace->by_event[trigger.event_name];
    case Trigger::Kind::kSessionStarted:
      return workspace->on_session_start;
    case Trigger::Kind::kSegmentEntered:
      return workspace->on_segment_entered[trigger.segment_id];
    case Trigger::Kind::kSegmentLeft:
      return workspace->on_segment_left[trigger.segment_id];
    case Trigger::Kind::kReceipt:
      return workspace->on_receipt[trigger.campaign_id];
    case Trigger::Kind::kAttributeChanged:
      return workspace->by_attribute[trigger.attribute];
    case Trigger::Kind::kSubscriptionChanged:
      return workspace->on_subscription;
    case Trigger::Kind::kApi:
    case Trigger::Kind::kSchedule:
      return workspace->launched;
    default:
      return workspace->on_purchase;
  }
}

const RuleSet::Workspace& RuleSet::Of(std::string_view workspace) const {
  static const auto* none = new Workspace();
  const auto found = workspaces_.find(workspace);
  return found == workspaces_.end() ? *none : found->second;
}

const RuleSet::List& RuleSet::ListIn(const StringMap<List>& lists, std::string_view key) {
  static const auto* none = new List();
  const auto found = lists.find(key);
  return found == lists.end() ? *none : found->second;
}

const RuleSet::List& RuleSet::ForEvent(std::string_view workspace, std::string_view event_name) const {
  return ListIn(Of(workspace).by_event, event_name);
}

std::shared_ptr<const CompiledCampaign> RuleSet::Find(std::string_view workspace, std::string_view campaign_id) const {
  const auto found = by_id_.find(Key(workspace, campaign_id));
  return found == by_id_.end() ? nullptr : found->second;
}

const RuleSet::List& RuleSet::ForSessionStart(std::string_view workspace) const {
  return Of(workspace).on_session_start;
}

const RuleSet::List& RuleSet::ForSegment(std::string_view workspace, std::string_view segment_id, bool entered) const {
  const Workspace& of = Of(workspace);
  return ListIn(entered ? of.on_segment_entered : of.on_segment_left, segment_id);
}

const RuleSet::List& RuleSet::ForPurchase(std::string_view workspace) const { return Of(workspace).on_purchase; }

}  // namespace cadenza::rules
