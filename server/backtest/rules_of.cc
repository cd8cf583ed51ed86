#include "server/backtest/rules_of.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "server/backtest/launch_plan.h"
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

// "shop's settings", "knots": whatever has a delivery rate that holds these campaigns back.
std::vector<std::string> PacedBy(const InForce& rules, const std::vector<const Campaign*>& shown) {
  std::vector<std::string> paced;
  if (!rules.settings.empty() && rules.settings.front().delivery_rate.has_value()) paced.push_back("the workspace");
  for (const Campaign* campaign : shown) {
    const bool is_known = std::find(paced.begin(), paced.end(), campaign->campaign_id) != paced.end();
    if (campaign->delivery_rate.has_value() && !is_known) paced.push_back(campaign->campaign_id);
  }
  return paced;
}

void NoteWhatIsNotTold(const InForce& rules, const std::vector<const Campaign*>& shown,
                       std::vector<std::string>* notes) {
  for (const Campaign* campaign : shown) {
    if (campaign->trigger.kind == Trigger::Kind::kApi) {
      notes->push_back(
          StrCat(campaign->campaign_id,
                 " is launched by calls: only those that were made in the period count, of this campaign_id"));
    }
  }
  const std::vector<std::string> paced = PacedBy(rules, shown);
  if (paced.empty()) return;
  notes->push_back(
      StrCat("no delivery rate holds anything back here (", Std(absl::StrJoin(paced, " and ")),
             paced.size() == 1 ? " has one): " : " have one): ",
             "a message counts when it was ready. Sent for real, those beyond the rate come later, perhaps on "
             "another day, and what is decided anew when they do may be decided otherwise"));
}

void NoteLaunches(const LaunchPlan& plan, const std::vector<Segment>& segments, std::vector<std::string>* notes) {
  if (plan.campaign_id.empty()) return;
  const size_t times = plan.worked_out.size() + plan.as_they_were.size();
  std::string note =
      StrCat(plan.campaign_id, " is launched ", times, times == 1 ? " time" : " times", " in the period");
  if (!plan.as_they_were.empty()) StrAppend(&note, ", ", plan.as_they_were.size(), " of them as it was then");
  if (!plan.worked_out.empty()) {
    StrAppend(&note, ", ", plan.worked_out.size(), plan.as_they_were.empty() ? "" : " of them",
              " for the users who had a profile at that moment");
  }
  notes->push_back(note);
  const auto is_asked_for = [&plan](const Segment& segment) {
    return segment.segment_id == plan.segment_id && segment.state == Segment::State::kActive;
  };
  if (!plan.segment_id.empty() && std::none_of(segments.begin(), segments.end(), is_asked_for)) {
    notes->push_back(
        StrCat("trigger.schedule.segment_id: no segment '", plan.segment_id, "' is active, so nobody is in it"));
  }
}

absl::StatusOr<std::optional<Campaign>> StoredCampaign(const std::string& workspace, const std::string& campaign_id,
                                                       Store* store) {
  const absl::StatusOr<CampaignRow> row = store->campaigns().GetCampaign(workspace, campaign_id);
  if (absl::IsNotFound(row.status())) return std::optional<Campaign>();
  if (!row.ok()) return row.status();
  CADENZA_ASSIGN_OR_RETURN(Campaign campaign, DecodeCampaign(*row));
  campaign.state = Campaign::State::kActive;
  return std::optional<Campaign>(std::move(campaign));
}

}  // namespace

absl::StatusOr<Courses> CoursesOf(const Request& request, Store* store) {
  Courses result;
  CADENZA_RETURN_IF_ERROR(rules::CompileCampaign(request.draft).status());
  CADENZA_ASSIGN_OR_RETURN(const InForce rules, ReadInForce(request.workspace, store, &result.notes));
  std::optional<Campaign> other;
  if (!request.against.empty()) {
    CADENZA_ASSIGN_OR_RETURN(other, StoredCampaign(request.workspace, request.against, store));
    if (!other.has_value()) {
      return absl::NotFoundError(StrCat("--against: there is no campaign '", request.against, "'"));
    }
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
  const auto plan = [&](const Campaign& campaign, const std::optional<Campaign>& stored) {
    return PlanLaunches(campaign, stored, request.from, request.to, &store->launches());
  };
  std::optional<Campaign> stored;
  if (request.draft.trigger.kind == Trigger::Kind::kSchedule) {
    CADENZA_ASSIGN_OR_RETURN(stored, StoredCampaign(request.workspace, request.draft.campaign_id, store));
  }
  CADENZA_ASSIGN_OR_RETURN(LaunchPlan launches, plan(request.draft, stored));
  result.courses.push_back({before_set, build(with_draft), std::move(launches)});
  std::vector<const Campaign*> shown = {&request.draft};
  if (other.has_value()) {
    std::vector<Campaign> with_other = Without(before, request.against);
    with_other.push_back(*other);
    CADENZA_ASSIGN_OR_RETURN(launches, plan(*other, other));
    result.courses.push_back({before_set, build(with_other), std::move(launches)});
    shown.push_back(&*other);
  }
  for (const Course& course : result.courses) NoteLaunches(course.launches, rules.segments, &result.notes);
  NoteWhatIsNotTold(rules, shown, &result.notes);
  return result;
}

}  // namespace cadenza::backtest
