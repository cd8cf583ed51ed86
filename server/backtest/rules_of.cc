#include "server/backtest/rules_of.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/rules/rule_set.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"
#include "storage/codec/wire_workspace.h"

namespace cadenza::backtest {
namespace {

// All rule sets of a back-test are of one revision: none is too old for another's timers.
constexpr int64_t kRevision = 1;

struct InForce {
  std::vector<Campaign> campaigns;  // active ones of the workspace
  std::vector<ContentBlock> blocks;
  std::vector<Segment> segments;
  std::vector<WorkspaceSettings> settings;
};

template <typename Row>
void OnlyOf(const std::string& workspace, std::vector<Row>* rows) {
  std::erase_if(*rows, [&workspace](const Row& row) { return row.workspace != workspace; });
}

absl::StatusOr<InForce> ReadInForce(const std::string& workspace, Store* store, std::vector<std::string>* notes) {
  InForce rules;
  CADENZA_ASSIGN_OR_RETURN(const std::vector<CampaignRow> rows,
                           store->campaigns().ListCampaigns(workspace, "", /*limit=*/0, /*with_archived=*/false));
  for (const CampaignRow& row : rows) {
    if (row.state != Campaign::State::kActive) continue;
    absl::StatusOr<Campaign> campaign = DecodeCampaign(row);
    if (campaign.ok()) {
      rules.campaigns.push_back(*std::move(campaign));
    } else {
      notes->push_back(StrCat("left out: ", Std(campaign.status().message())));
    }
  }
  CADENZA_ASSIGN_OR_RETURN(rules.blocks, store->content().ListContentBlocks(workspace, "", /*limit=*/0));
  CADENZA_ASSIGN_OR_RETURN(rules.segments,
                           store->segments().ListSegments(workspace, "", /*limit=*/0, /*with_archived=*/false));
  OnlyOf(workspace, &rules.blocks);
  OnlyOf(workspace, &rules.segments);
  absl::StatusOr<WorkspaceSettingsRow> row = store->workspaces().GetSettings(workspace);
  if (absl::IsNotFound(row.status())) return rules;
  if (!row.ok()) return row.status();
  CADENZA_ASSIGN_OR_RETURN(WorkspaceSettings settings,
                           DecodeWorkspaceSettings(workspace, row->revision, row->definition));
  rules.settings.push_back(std::move(settings));
  return rules;
}

std::vector<Campaign> Without(std::vector<Campaign> campaigns, const std::string& campaign_id) {
  std::erase_if(campaigns, [&campaign_id](const Campaign& campaign) { return campaign.campaign_id == campaign_id; });
  return campaigns;
}

void NoteWhatIsNotTold(const InForce& rules, const std::vector<const Campaign*>& shown,
                       std::vector<std::string>* notes) {
  bool paced = !rules.settings.empty() && rules.settings.front().delivery_rate.has_value();
  for (const Campaign* campaign : shown) {
    paced = paced || campaign->delivery_rate.has_value();
    const Trigger::Kind kind = campaign->trigger.kind;
    if (kind == Trigger::Kind::kApi || kind == Trigger::Kind::kSchedule) {
      notes->push_back(StrCat(campaign->campaign_id,
                              " is launched: only launches that were made in the period count, of this campaign_id"));
    }
  }
  if (paced) notes->push_back("delivery rates hold nothing back here: messages are counted when they were ready");
}

}  // namespace

absl::StatusOr<Courses> CoursesOf(const Request& request, Store* store) {
  Courses result;
  CADENZA_RETURN_IF_ERROR(rules::CompileCampaign(request.draft).status());
  CADENZA_ASSIGN_OR_RETURN(const InForce rules, ReadInForce(request.workspace, store, &result.notes));
  std::optional<Campaign> other;
  if (!request.against.empty()) {
    absl::StatusOr<CampaignRow> row = store->campaigns().GetCampaign(request.workspace, request.against);
    if (absl::IsNotFound(row.status())) {
      return absl::NotFoundError(StrCat("--against: there is no campaign '", request.against, "'"));
    }
    if (!row.ok()) return row.status();
    CADENZA_ASSIGN_OR_RETURN(other, DecodeCampaign(*row));
    other->state = Campaign::State::kActive;
  }

  std::vector<Campaign> before = rules.campaigns;
  for (Campaign& campaign : before) campaign.start_time = std::max(campaign.start_time, campaign.activate_time);
  const auto build = [&](const std::vector<Campaign>& campaigns) {
    std::vector<std::string> errors;
    auto built =
        rules::RuleSet::Build(kRevision, campaigns, nullptr, &errors, rules.blocks, rules.segments, rules.settings);
    for (const std::string& error : errors) {
      const std::string note = StrCat("left out: ", error);
      if (std::find(result.notes.begin(), result.notes.end(), note) == result.notes.end()) result.notes.push_back(note);
    }
    return built;
  };
  const std::shared_ptr<const rules::RuleSet> before_set = build(before);

  std::vector<Campaign> with_draft = Without(Without(before, request.against), request.draft.campaign_id);
  with_draft.push_back(request.draft);
  with_draft.back().state = Campaign::State::kActive;
  result.courses.push_back({before_set, build(with_draft)});
  std::vector<const Campaign*> shown = {&request.draft};
  if (other.has_value()) {
    std::vector<Campaign> with_other = Without(before, request.against);
    with_other.push_back(*other);
    result.courses.push_back({before_set, build(with_other)});
    shown.push_back(&*other);
  }
  NoteWhatIsNotTold(rules, shown, &result.notes);
  return result;
}

}  // namespace cadenza::backtest
