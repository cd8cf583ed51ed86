#include "server/rules/rule_set.h"

#include <algorithm>

#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

std::string Key(std::string_view workspace, std::string_view rest) {
  std::string key(workspace);
  key.push_back('\0');
  key.append(rest);
  return key;
}

std::string TriggerKey(const Campaign& campaign) {
  switch (campaign.trigger.kind) {
    case Trigger::Kind::kEventName:
      return Key(campaign.workspace, StrCat("e", campaign.trigger.event_name));
    case Trigger::Kind::kSessionStarted:
      return Key(campaign.workspace, "s");
    default:
      return Key(campaign.workspace, "p");
  }
}

}  // namespace

std::shared_ptr<const RuleSet> RuleSet::Build(int64_t revision, const std::vector<Campaign>& campaigns,
                                              const RuleSet* previous, std::vector<std::string>* errors) {
  std::shared_ptr<RuleSet> made(new RuleSet());
  made->revision_ = revision;
  for (const Campaign& campaign : campaigns) {
    if (campaign.state != Campaign::State::kActive) continue;
    std::string id = Key(campaign.workspace, campaign.campaign_id);
    std::shared_ptr<const CompiledCampaign> compiled;
    if (previous != nullptr) {
      auto known = previous->by_id_.find(id);
      if (known != previous->by_id_.end() && known->second->campaign.revision == campaign.revision)
        compiled = known->second;
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
    made->by_id_.insert_or_assign(std::move(id), std::move(compiled));
  }
  for (const auto& [id, compiled] : made->by_id_) made->by_trigger_[TriggerKey(compiled->campaign)].push_back(compiled);
  for (auto& [trigger, list] : made->by_trigger_) {
    std::sort(list.begin(), list.end(),
              [](const auto& a, const auto& b) { return a->campaign.campaign_id < b->campaign.campaign_id; });
  }
  return made;
}

const RuleSet::List& RuleSet::Find(std::string_view workspace, std::string_view trigger) const {
  static const auto* none = new List();
  auto found = by_trigger_.find(Key(workspace, trigger));
  return found == by_trigger_.end() ? *none : found->second;
}

const RuleSet::List& RuleSet::ForEvent(std::string_view workspace, std::string_view event_name) const {
  return Find(workspace, StrCat("e", event_name));
}

const RuleSet::List& RuleSet::ForSessionStart(std::string_view workspace) const { return Find(workspace, "s"); }

const RuleSet::List& RuleSet::ForPurchase(std::string_view workspace) const { return Find(workspace, "p"); }

}  // namespace cadenza::rules
