#include "server/control/campaign_admin.h"

#include <utility>

#include "server/control/campaign_checks.h"
#include "server/control/schedule_check.h"
#include "server/control/workspace_review.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

// How often a change is tried when others change the same campaign, or its outcome is unknown.
constexpr int kAttempts = 5;

absl::Status CheckNames(std::string_view workspace, std::string_view campaign_id) {
  if (workspace.empty() || workspace.size() > limits::kWorkspaceBytes) {
    return InvalidField("workspace", "must have 1 to 63 bytes");
  }
  if (campaign_id.empty() || campaign_id.size() > limits::kCampaignIdBytes) {
    return InvalidField("campaign_id", "must have 1 to 63 bytes");
  }
  return absl::OkStatus();
}

absl::Status WrongState(const Campaign& campaign, std::string_view needed) {
  return absl::FailedPreconditionError(
      StrCat("campaign ", campaign.campaign_id, " is ", StateName(campaign.state), "; ", needed));
}

// Stores keep microseconds. What is read back must be what was written.
void ToMicroseconds(Campaign* campaign) {
  campaign->cooldown = absl::Trunc(campaign->cooldown, absl::Microseconds(1));
  campaign->message.time_to_live = absl::Trunc(campaign->message.time_to_live, absl::Microseconds(1));
}

absl::Time ToMicroseconds(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

absl::StatusOr<Campaign> ReadCampaign(Store& store, std::string_view workspace, std::string_view campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(const CampaignRow row, store.campaigns().GetCampaign(workspace, campaign_id));
  return DecodeCampaign(row);
}

}  // namespace

Campaign CampaignAdmin::Done(Campaign campaign) {
  if (changed_) changed_();
  return campaign;
}

// After an UNKNOWN the same row is put again: if the first attempt did arrive, ALREADY_EXISTS says so, and the row that
// is there is ours.
absl::StatusOr<Campaign> CampaignAdmin::Create(Campaign campaign, std::vector<rules::TemplateWarning>* warnings,
                                               std::string_view author) {
  CADENZA_RETURN_IF_ERROR(CheckNames(campaign.workspace, campaign.campaign_id));
  campaign.state = Campaign::State::kDraft;
  campaign.revision = 1;
  campaign.activate_time = absl::InfinitePast();
  campaign.create_time = campaign.update_time = ToMicroseconds(clock_->Now());
  ToMicroseconds(&campaign);
  CADENZA_RETURN_IF_ERROR(ReviewCampaign(*store_, campaign, warnings).status());
  bool unknown = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::Status status = store_->campaigns().PutCampaign(EncodeCampaign(campaign, author));
    if (status.ok()) return Done(std::move(campaign));
    if (absl::IsUnknown(status)) {
      unknown = true;
    } else if (absl::IsAlreadyExists(status)) {
      if (unknown) {
        CADENZA_ASSIGN_OR_RETURN(Campaign stored, ReadCampaign(*store_, campaign.workspace, campaign.campaign_id));
        if (stored == campaign) return Done(std::move(campaign));
      }
      return absl::AlreadyExistsError(
          StrCat("campaign ", campaign.campaign_id, " exists; update it, or choose another id"));
    } else if (!absl::IsAborted(status)) {
      return unknown ? StillUnknown() : status;
    }
  }
  return unknown ? StillUnknown() : absl::AbortedError("the store kept refusing the change; try again");
}

absl::StatusOr<Campaign> CampaignAdmin::Get(std::string_view workspace, std::string_view campaign_id) {
  CADENZA_RETURN_IF_ERROR(CheckNames(workspace, campaign_id));
  absl::StatusOr<Campaign> campaign = ReadCampaign(*store_, workspace, campaign_id);
  if (absl::IsNotFound(campaign.status())) return absl::NotFoundError(StrCat("there is no campaign ", campaign_id));
  // Its caller is to know which one it is.
  if (absl::IsDataLoss(campaign.status())) return absl::FailedPreconditionError(campaign.status().message());
  return campaign;
}

absl::StatusOr<CampaignPage> CampaignAdmin::List(std::string_view workspace, int page_size, std::string_view page_token,
                                                 bool with_archived) {
  if (page_size == 0) page_size = kDefaultPageSize;
  if (page_size < 0 || page_size > kMaxPageSize) return InvalidField("page_size", "must be 0 to 1000");
  if (page_token.size() > limits::kCampaignIdBytes) {
    return InvalidField("page_token", "is not one; give back next_page_token unchanged");
  }
  CADENZA_RETURN_IF_ERROR(CheckNames(workspace, "any"));
  CampaignPage page;
  CADENZA_ASSIGN_OR_RETURN(std::vector<CampaignRow> rows,
                           store_->campaigns().ListCampaigns(workspace, page_token, page_size + 1, with_archived));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.pop_back();
    page.next_page_token = rows.back().campaign_id;
  }
  for (const CampaignRow& row : rows) {
    absl::StatusOr<Campaign> campaign = DecodeCampaign(row);
    if (campaign.ok()) {
      page.campaigns.push_back(*std::move(campaign));
    } else {
      page.damaged.push_back({row.campaign_id, std::string(campaign.status().message())});
    }
  }
  return page;
}

// The read at the start of each attempt is also how an unknown outcome is resolved: what is there is ours, or it is not
// and ours is tried again on top of it.
absl::StatusOr<Campaign> CampaignAdmin::Modify(std::string_view workspace, std::string_view campaign_id,
                                               int64_t revision, std::string_view author, const Change& change) {
  const absl::Time now = ToMicroseconds(clock_->Now());
  Campaign unknown;  // put with an unknown outcome, if its revision is not 0
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Campaign> current = Get(workspace, campaign_id);
    if (!current.ok()) return unknown.revision != 0 ? StillUnknown() : current.status();
    if (unknown.revision != 0 && *current == unknown) return Done(std::move(unknown));
    if (revision != 0 && revision != current->revision) {
      return absl::AbortedError(StrCat("campaign ", campaign_id, " was changed since: its etag is ", current->revision,
                                       ", not ", revision, "; read it again"));
    }
    Campaign next = *current;
    CADENZA_RETURN_IF_ERROR(change(&next));
    if (next == *current) return next;
    next.revision = current->revision + 1;
    next.update_time = now;
    absl::Status status = store_->campaigns().PutCampaign(EncodeCampaign(next, author));
    if (status.ok()) return Done(std::move(next));
    if (absl::IsUnknown(status)) {
      unknown = std::move(next);
    } else if (!absl::IsAborted(status)) {
      return unknown.revision != 0 ? StillUnknown() : status;
    }
  }
  if (unknown.revision != 0) return StillUnknown();
  return absl::AbortedError(StrCat("campaign ", campaign_id, " is being changed by others; try again"));
}

absl::StatusOr<Campaign> CampaignAdmin::Update(const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings,
                                               std::string_view author) {
  CADENZA_RETURN_IF_ERROR(CheckNames(campaign.workspace, campaign.campaign_id));
  CADENZA_RETURN_IF_ERROR(ReviewCampaign(*store_, campaign, warnings).status());
  return Modify(
      campaign.workspace, campaign.campaign_id, campaign.revision, author, [this, &campaign](Campaign* current) {
        if (current->state == Campaign::State::kArchived) {
          return WrongState(*current, "an archived campaign stays as it is; create another");
        }
        Campaign next = campaign;
        next.state = current->state;
        next.create_time = current->create_time;
        next.update_time = current->update_time;
        // By another trigger it is as if activated anew: a schedule makes up for nothing before.
        const bool triggered_anew = next.state == Campaign::State::kActive && next.trigger != current->trigger;
        const absl::Time now = ToMicroseconds(clock_->Now());
        if (triggered_anew) CADENZA_RETURN_IF_ERROR(CheckScheduleAhead(next, now));
        next.activate_time = triggered_anew ? now : current->activate_time;
        next.revision = current->revision;
        ToMicroseconds(&next);
        *current = std::move(next);
        return absl::OkStatus();
      });
}

absl::StatusOr<Campaign> CampaignAdmin::Activate(std::string_view workspace, std::string_view campaign_id,
                                                 int64_t revision, std::string_view author) {
  return Modify(workspace, campaign_id, revision, author, [this](Campaign* campaign) {
    if (campaign->state != Campaign::State::kDraft && campaign->state != Campaign::State::kPaused) {
      return WrongState(*campaign, "only a draft or paused one can be activated");
    }
    // It may have been stored by a version of the program that knew other rules, or beside other content blocks.
    CADENZA_RETURN_IF_ERROR(ReviewCampaign(*store_, *campaign, nullptr).status());
    campaign->activate_time = ToMicroseconds(clock_->Now());
    CADENZA_RETURN_IF_ERROR(CheckScheduleAhead(*campaign, campaign->activate_time));
    campaign->state = Campaign::State::kActive;
    return absl::OkStatus();
  });
}

absl::StatusOr<Campaign> CampaignAdmin::Pause(std::string_view workspace, std::string_view campaign_id,
                                              int64_t revision, std::string_view author) {
  return Modify(workspace, campaign_id, revision, author, [](Campaign* campaign) {
    if (campaign->state != Campaign::State::kActive) return WrongState(*campaign, "only an active one can be paused");
    campaign->state = Campaign::State::kPaused;
    return absl::OkStatus();
  });
}

absl::StatusOr<Campaign> CampaignAdmin::Archive(std::string_view workspace, std::string_view campaign_id,
                                                int64_t revision, std::string_view author) {
  return Modify(workspace, campaign_id, revision, author, [](Campaign* campaign) {
    campaign->state = Campaign::State::kArchived;
    return absl::OkStatus();
  });
}

}  // namespace cadenza
