#include "server/control/launch_reader.h"

#include "server/rules/schedule/occurrences.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"

namespace cadenza {
namespace {

std::optional<absl::Time> NextTime(const Campaign& campaign, absl::Time now) {
  if (campaign.state != Campaign::State::kActive || campaign.trigger.kind != Trigger::Kind::kSchedule) {
    return std::nullopt;
  }
  const absl::StatusOr<schedule::Occurrences> occurrences = schedule::Occurrences::Parse(campaign.trigger.schedule);
  if (!occurrences.ok()) return std::nullopt;
  const std::optional<schedule::Occurrence> next = occurrences->Next(now);
  return next.has_value() ? std::optional<absl::Time>(next->due_time) : std::nullopt;
}

}  // namespace

absl::StatusOr<LaunchPage> LaunchReader::List(std::string_view workspace, std::string_view campaign_id,
                                              absl::Time before, int page_size) const {
  const absl::StatusOr<CampaignRow> row = store_->campaigns().GetCampaign(workspace, campaign_id);
  if (absl::IsNotFound(row.status())) return absl::NotFoundError(StrCat("there is no campaign ", campaign_id));
  CADENZA_RETURN_IF_ERROR(row.status());
  CADENZA_ASSIGN_OR_RETURN(const Campaign campaign, DecodeCampaign(*row));
  LaunchPage page;
  CADENZA_ASSIGN_OR_RETURN(page.launches,
                           store_->launches().ListLaunches(workspace, campaign_id, before, page_size + 1));
  page.more = page.launches.size() > static_cast<size_t>(page_size);
  if (page.more) page.launches.pop_back();
  page.next_time = NextTime(campaign, clock_->Now());
  return page;
}

}  // namespace cadenza
