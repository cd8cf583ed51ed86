#include "server/control/campaign_apply.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/str_join.h"
#include "server/control/campaign_checks.h"
#include "server/control/retry.h"
#include "server/control/schedule_check.h"
#include "server/control/user_sample.h"
#include "server/control/workspace_review.h"
#include "server/rules/running_test.h"
#include "server/rules/survey.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using State = Campaign::State;
using Action = CampaignResult::Action;

// How many changes since are told.
constexpr int kChangesTold = 5;

std::string FieldOf(size_t index) { return StrCat("campaigns[", index, "]"); }

// Whether what is stored is what `results` would put: an attempt whose outcome was unknown has arrived.
bool CampaignsHaveArrived(const std::vector<CampaignResult>& results,
                          const std::vector<std::optional<Campaign>>& current) {
  for (size_t i = 0; i < results.size(); ++i) {
    if (current[i] != results[i].campaign) return false;
  }
  return true;
}

// With validate_only nothing has another revision than it has.
template <typename T>
void KeepRevision(const std::optional<T>& previous, T* would_be) {
  would_be->revision = previous.has_value() ? previous->revision : 0;
}

void KeepRevisions(AppliedCampaigns* applied) {
  for (CampaignResult& result : applied->results) KeepRevision(result.previous, &result.campaign);
  DefinitionResults& others = applied->definitions;
  if (others.settings.has_value()) KeepRevision(others.settings->previous, &others.settings->now);
  for (auto& result : others.content_blocks) KeepRevision(result.previous, &result.now);
  for (auto& result : others.segments) KeepRevision(result.previous, &result.now);
}

absl::StatusOr<State> NextState(const std::optional<Campaign>& current, State wanted, size_t index) {
  const State now = current.has_value() ? current->state : State::kDraft;
  if (wanted == State::kUnspecified || wanted == now) return now;
  if (now == State::kArchived || wanted == State::kDraft) {
    return absl::FailedPreconditionError(
        StrCat(FieldOf(index), ".campaign: ", current->campaign_id, " is ", StateName(now),
               now == State::kArchived ? ", and stays so; create another" : "; no campaign becomes a draft again"));
  }
  return wanted;
}

}  // namespace

absl::Status CampaignApplier::Check(const DesiredState& state, const ApplyOptions& options) const {
  const std::vector<DesiredCampaign>& desired = state.campaigns;
  if (desired.empty() && state.definitions.empty()) {
    return InvalidField("campaigns", "must have an element, if nothing else is given");
  }
  if (desired.size() > kMaxDesired) return InvalidField("campaigns", "must have at most 1000 elements");
  CADENZA_RETURN_IF_ERROR(CheckDefinitions(state.definitions));
  CADENZA_RETURN_IF_ERROR(CheckAuthor(options.author));
  if (options.sample_users < 0 || options.sample_users > kMaxSampleUsers) {
    return InvalidField("sample_users", "must be 0 to 10000");
  }
  std::set<std::string_view> ids;
  for (size_t i = 0; i < desired.size(); ++i) {
    const std::string& id = desired[i].campaign.campaign_id;
    if (id.empty() || id.size() > limits::kCampaignIdBytes) {
      return InvalidField(FieldOf(i) + ".campaign.campaign_id", "must have 1 to 63 bytes");
    }
    if (!ids.insert(id).second) {
      return InvalidField(FieldOf(i) + ".campaign.campaign_id", StrCat(id, " stands twice"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Campaign>> CampaignApplier::Current(std::string_view workspace,
                                                                 std::string_view campaign_id) {
  const absl::StatusOr<CampaignRow> row = store_->campaigns().GetCampaign(workspace, campaign_id);
  if (absl::IsNotFound(row.status())) return std::optional<Campaign>();
  CADENZA_RETURN_IF_ERROR(row.status());
  CADENZA_ASSIGN_OR_RETURN(Campaign campaign, DecodeCampaign(*row));
  return std::optional<Campaign>(std::move(campaign));
}

// "ada@laptop at 2026-…: paused": for whoever lost the race.
std::string CampaignApplier::WhoChanged(std::string_view workspace, std::string_view campaign_id, int64_t since) {
  const absl::StatusOr<std::vector<CampaignVersion>> versions =
      ListVersions(workspace, campaign_id, /*before=*/0, kChangesTold);
  if (!versions.ok()) return "";
  std::vector<std::string> told;
  for (const CampaignVersion& version : *versions) {
    if (version.campaign.revision <= since) break;
    told.push_back(StrCat("revision ", version.campaign.revision, " by ",
                          version.author.empty() ? "somebody" : version.author, " at ",
                          absl::FormatTime("%Y-%m-%d %H:%M:%SZ", version.campaign.update_time, absl::UTCTimeZone())));
  }
  return told.empty() ? "" : StrCat(": ", absl::StrJoin(told, ", "));
}

absl::Status CampaignApplier::CheckEtags(std::string_view workspace, const DesiredState& state, const Stored& stored) {
  const std::vector<DesiredCampaign>& desired = state.campaigns;
  const std::vector<std::optional<Campaign>>& current = stored.campaigns;
  std::vector<std::string> conflicts;
  FindConflicts(state.definitions, stored.definitions, &conflicts);
  for (size_t i = 0; i < desired.size(); ++i) {
    const Campaign& wanted = desired[i].campaign;
    const int64_t expected = desired[i].must_be_new ? 0 : wanted.revision;
    if (expected == 0 && !desired[i].must_be_new) continue;
    const int64_t found = current[i].has_value() ? current[i]->revision : 0;
    if (expected == found) continue;
    conflicts.push_back(found == 0 ? StrCat("campaign ", wanted.campaign_id, " does not exist")
                                   : StrCat("campaign ", wanted.campaign_id,
                                            expected == 0 ? " exists by now" : " was changed since", " (its etag is ",
                                            found, ", not ", expected == 0 ? "absent" : StrCat(expected), ")",
                                            WhoChanged(workspace, wanted.campaign_id, expected)));
  }
  if (conflicts.empty()) return absl::OkStatus();
  return absl::AbortedError(StrCat(absl::StrJoin(conflicts, "; "), "; nothing was changed"));
}

absl::StatusOr<std::vector<CampaignResult>> CampaignApplier::Decide(const std::vector<DesiredCampaign>& desired,
                                                                    const std::vector<std::optional<Campaign>>& current,
                                                                    absl::Time now) {
  std::vector<CampaignResult> results(desired.size());
  for (size_t i = 0; i < desired.size(); ++i) {
    CampaignResult& result = results[i];
    // What is read back is what is compared.
    CADENZA_ASSIGN_OR_RETURN(Campaign next, DecodeCampaign(EncodeCampaign(desired[i].campaign)));
    CADENZA_ASSIGN_OR_RETURN(next.state, NextState(current[i], desired[i].campaign.state, i));
    result.previous = current[i];
    // As if nothing had changed but what people write.
    next.revision = current[i].has_value() ? current[i]->revision : 0;
    next.create_time = current[i].has_value() ? current[i]->create_time : now;
    next.update_time = current[i].has_value() ? current[i]->update_time : now;
    next.activate_time = current[i].has_value() ? current[i]->activate_time : absl::InfinitePast();
    if (next == current[i]) {
      result.campaign = std::move(next);
      continue;
    }
    if (current[i].has_value() && current[i]->state == State::kArchived) {
      return absl::FailedPreconditionError(
          StrCat(FieldOf(i), ".campaign: ", next.campaign_id, " is archived, and stays as it is; create another"));
    }
    // A schedule does not make up for times before it was in force.
    const bool in_force =
        current[i].has_value() && current[i]->state == State::kActive && current[i]->trigger == next.trigger;
    if (next.state == State::kActive && !in_force) next.activate_time = now;
    result.action = current[i].has_value() ? Action::kUpdated : Action::kCreated;
    next.revision += 1;
    next.update_time = now;
    result.campaign = std::move(next);
  }
  return results;
}

absl::Status CampaignApplier::Review(std::string_view workspace, absl::Time now, AppliedCampaigns* applied) {
  CADENZA_ASSIGN_OR_RETURN(const WorkspaceContent content,
                           ReadWorkspaceContent(*store_, std::string(workspace), ChangedBlocks(applied->definitions)));
  CADENZA_RETURN_IF_ERROR(ReviewDefinitions(*store_, workspace, content, &applied->definitions));
  for (size_t i = 0; i < applied->results.size(); ++i) {
    CampaignResult& result = applied->results[i];
    if (result.action == Action::kUnchanged) continue;
    const absl::Status reviewed = ReviewCampaign(content, result.campaign, &result.warnings).status();
    if (!reviewed.ok()) return WithFieldPrefix(reviewed, FieldOf(i) + ".campaign.");
    const bool comes_into_force = result.campaign.state == State::kActive && result.campaign.activate_time == now;
    const absl::Status ahead = comes_into_force ? CheckScheduleAhead(result.campaign, now) : absl::OkStatus();
    if (!ahead.ok()) return WithFieldPrefix(ahead, FieldOf(i) + ".campaign.");
    if (!result.previous.has_value()) continue;
    for (rules::TemplateWarning& warning : rules::WarnOfRunningTest(*result.previous, result.campaign)) {
      result.warnings.push_back(std::move(warning));
    }
  }
  return absl::OkStatus();
}

absl::Status CampaignApplier::Sample(std::string_view workspace, int users, AppliedCampaigns* applied) {
  std::vector<Campaign> campaigns;
  std::vector<std::vector<rules::TemplateWarning>*> campaign_warnings;
  for (CampaignResult& result : applied->results) {
    if (result.action == Action::kUnchanged) continue;
    campaign_warnings.push_back(&result.warnings);
    campaigns.push_back(result.campaign);
  }
  std::vector<Segment> segments;
  std::vector<std::vector<rules::TemplateWarning>*> segment_warnings;
  for (ApplyResult<Segment>& result : applied->definitions.segments) {
    if (result.action == Action::kUnchanged) continue;
    segment_warnings.push_back(&result.warnings);
    segments.push_back(result.now);
  }
  if (users == 0 || (campaigns.empty() && segments.empty())) return absl::OkStatus();
  rules::Survey survey(campaigns, segments);
  const absl::Time now = clock_->Now();
  const absl::Duration gap = options_.session_gap(workspace);
  CADENZA_ASSIGN_OR_RETURN(const UserSample sample,
                           LookAtUsers(*store_, workspace, users, options_.sample_patience,
                                       [&](const Profile& profile) { survey.Look(profile, now, gap); }));
  applied->users_examined = sample.users;
  applied->all_users_examined = sample.all;
  const auto add = [](std::vector<rules::TemplateWarning> found, std::vector<rules::TemplateWarning>* warnings) {
    std::move(found.begin(), found.end(), std::back_inserter(*warnings));
  };
  for (size_t i = 0; i < campaigns.size(); ++i) add(survey.Warnings(i, sample.all), campaign_warnings[i]);
  for (size_t i = 0; i < segments.size(); ++i) add(survey.SegmentWarnings(i, sample.all), segment_warnings[i]);
  return absl::OkStatus();
}

absl::StatusOr<CampaignApplier::Stored> CampaignApplier::Read(std::string_view workspace, const DesiredState& desired) {
  Stored stored;
  for (const DesiredCampaign& one : desired.campaigns) {
    CADENZA_ASSIGN_OR_RETURN(std::optional<Campaign> found, Current(workspace, one.campaign.campaign_id));
    stored.campaigns.push_back(std::move(found));
  }
  CADENZA_ASSIGN_OR_RETURN(stored.definitions, ReadDefinitions(*store_, workspace, desired.definitions));
  return stored;
}

// The read at the start of each attempt is also how an unknown outcome is resolved.
absl::StatusOr<AppliedCampaigns> CampaignApplier::Apply(std::string_view workspace, const DesiredState& desired,
                                                        const ApplyOptions& options) {
  CADENZA_RETURN_IF_ERROR(Check(desired, options));
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  AppliedCampaigns applied;
  bool unknown = false;
  for (int attempt = 0; attempt < kStoreAttempts; ++attempt) {
    const absl::StatusOr<Stored> stored = Read(workspace, desired);
    if (!stored.ok()) return unknown ? StillUnknown() : stored.status();
    if (unknown && CampaignsHaveArrived(applied.results, stored->campaigns) &&
        HaveArrived(applied.definitions, stored->definitions)) {
      if (options_.changed) options_.changed();
      return applied;
    }
    CADENZA_RETURN_IF_ERROR(CheckEtags(workspace, desired, *stored));
    CADENZA_ASSIGN_OR_RETURN(applied.definitions, DecideDefinitions(desired.definitions, stored->definitions, now));
    CADENZA_ASSIGN_OR_RETURN(applied.results, Decide(desired.campaigns, stored->campaigns, now));
    CADENZA_RETURN_IF_ERROR(Review(workspace, now, &applied));
    CADENZA_RETURN_IF_ERROR(Sample(workspace, options.sample_users, &applied));
    if (options.validate_only) {
      KeepRevisions(&applied);
      return applied;
    }
    DefinitionsPut changes;
    AppendTo(applied.definitions, &changes);
    for (const CampaignResult& result : applied.results) {
      if (result.action == Action::kUnchanged) continue;
      changes.campaigns.push_back(EncodeCampaign(result.campaign, options.author));
    }
    if (changes.empty()) return applied;
    const absl::Status put = store_->PutDefinitions(changes);
    if (put.ok()) {
      if (options_.changed) options_.changed();
      return applied;
    }
    unknown |= absl::IsUnknown(put);
    const bool again = absl::IsUnknown(put) || absl::IsAborted(put) || absl::IsAlreadyExists(put) ||
                       absl::IsNotFound(put);  // deleted just now
    if (!again) return unknown ? StillUnknown() : put;
  }
  if (unknown) return StillUnknown();
  return absl::AbortedError("what is to be changed is being changed by others; nothing was changed, try again");
}

absl::StatusOr<std::vector<CampaignVersion>> CampaignApplier::ListVersions(std::string_view workspace,
                                                                           std::string_view campaign_id, int64_t before,
                                                                           int limit) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<CampaignRow> rows,
                           store_->campaigns().ListVersions(workspace, campaign_id, before, limit));
  if (rows.empty() && before == 0) return absl::NotFoundError(StrCat("there is no campaign ", campaign_id));
  std::vector<CampaignVersion> versions;
  for (const CampaignRow& row : rows) {
    CADENZA_ASSIGN_OR_RETURN(Campaign campaign, DecodeCampaign(row));
    versions.push_back({std::move(campaign), row.author});
  }
  return versions;
}

absl::StatusOr<CampaignResult> CampaignApplier::Rollback(std::string_view workspace, std::string_view campaign_id,
                                                         int64_t to, int64_t revision, std::string_view author) {
  absl::StatusOr<CampaignRow> row = store_->campaigns().GetVersion(workspace, campaign_id, to);
  if (absl::IsNotFound(row.status())) {
    return absl::NotFoundError(StrCat("campaign ", campaign_id, " has no version ", to));
  }
  CADENZA_RETURN_IF_ERROR(row.status());
  DesiredCampaign desired;
  CADENZA_ASSIGN_OR_RETURN(desired.campaign, DecodeCampaign(*row));
  desired.campaign.state = State::kUnspecified;
  desired.campaign.revision = revision;
  CADENZA_ASSIGN_OR_RETURN(AppliedCampaigns applied,
                           Apply(workspace, {.campaigns = {desired}}, {.author = std::string(author)}));
  return std::move(applied.results.front());
}

}  // namespace cadenza
