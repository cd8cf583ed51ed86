#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

// The order of the columns in every statement about campaigns.
Params ParamsOf(const Campaign& campaign) {
  Params params;
  params.Text(campaign.workspace).Text(campaign.campaign_id).Int(campaign.revision).Text(campaign.display_name);
  params.Int(static_cast<int64_t>(campaign.state)).Int(static_cast<int64_t>(campaign.trigger.kind));
  params.Text(campaign.trigger.event_name).Text(campaign.trigger.product_id).Text(campaign.condition);
  params.Int(absl::ToInt64Microseconds(campaign.cooldown));
  params.Text(campaign.message.channel).Text(campaign.message.title).Text(campaign.message.body);
  params.Int(absl::ToInt64Microseconds(campaign.message.time_to_live));
  params.Int(ToMicros(campaign.create_time)).Int(ToMicros(campaign.update_time));
  params.Int(static_cast<int64_t>(campaign.message.content_type));
  ArrayParam locales(ArrayParam::Element::kText), titles(ArrayParam::Element::kText),
      bodies(ArrayParam::Element::kText);
  for (const Localization& localization : campaign.message.localizations) {
    locales.AddBytes(localization.locale);
    titles.AddBytes(localization.title);
    bodies.AddBytes(localization.body);
  }
  params.Array(std::move(locales)).Array(std::move(titles)).Array(std::move(bodies));
  params.Int(absl::ToInt64Microseconds(campaign.delay));
  params.Text(absl::StrJoin(campaign.exception_event_names, "\n")).Int(campaign.recheck_condition ? 1 : 0);
  params.Text(campaign.trigger.segment_id);
  return params;
}

Campaign CampaignOf(const Rows& rows, int row) {
  Campaign campaign;
  campaign.workspace = rows.String(row, 0);
  campaign.campaign_id = rows.String(row, 1);
  campaign.revision = rows.Int(row, 2);
  campaign.display_name = rows.String(row, 3);
  campaign.state = static_cast<Campaign::State>(rows.Int(row, 4));
  campaign.trigger.kind = static_cast<Trigger::Kind>(rows.Int(row, 5));
  campaign.trigger.event_name = rows.String(row, 6);
  campaign.trigger.product_id = rows.String(row, 7);
  campaign.condition = rows.String(row, 8);
  campaign.cooldown = absl::Microseconds(rows.Int(row, 9));
  campaign.message.channel = rows.String(row, 10);
  campaign.message.title = rows.String(row, 11);
  campaign.message.body = rows.String(row, 12);
  campaign.message.time_to_live = absl::Microseconds(rows.Int(row, 13));
  campaign.create_time = FromMicros(rows.Int(row, 14));
  campaign.update_time = FromMicros(rows.Int(row, 15));
  campaign.message.content_type = static_cast<ContentType>(rows.Int(row, 16));
  std::vector<std::string> locales = rows.Texts(row, 17), titles = rows.Texts(row, 18), bodies = rows.Texts(row, 19);
  for (size_t i = 0; i < locales.size() && i < titles.size() && i < bodies.size(); ++i) {
    campaign.message.localizations.push_back({std::move(locales[i]), std::move(titles[i]), std::move(bodies[i])});
  }
  campaign.delay = absl::Microseconds(rows.Int(row, 20));
  campaign.exception_event_names = absl::StrSplit(Sv(rows.Bytes(row, 21)), '\n', absl::SkipEmpty());
  campaign.recheck_condition = rows.Int(row, 22) != 0;
  campaign.trigger.segment_id = rows.String(row, 23);
  return campaign;
}

}  // namespace

absl::StatusOr<std::vector<Campaign>> PostgresStore::ListCampaigns(std::string_view workspace, std::string_view after,
                                                                   int limit, bool with_archived) {
  const int64_t left_out = with_archived ? -1 : static_cast<int64_t>(Campaign::State::kArchived);
  CADENZA_ASSIGN_OR_RETURN(Rows rows,
                           Run(kListCampaigns, Params().Text(workspace).Text(after).Int(limit).Int(left_out)));
  std::vector<Campaign> campaigns;
  campaigns.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) campaigns.push_back(CampaignOf(rows, i));
  return campaigns;
}

absl::StatusOr<Campaign> PostgresStore::GetCampaign(std::string_view workspace, std::string_view campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetCampaign, Params().Text(workspace).Text(campaign_id)));
  if (rows.size() == 0) return absl::NotFoundError(StrCat("there is no campaign \"", campaign_id, "\""));
  return CampaignOf(rows, 0);
}

absl::Status PostgresStore::PutCampaign(const Campaign& campaign) {
  if (campaign.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  const bool is_new = campaign.revision == 1;
  CADENZA_ASSIGN_OR_RETURN(
      Rows rows, Run(is_new ? kInsertCampaign : kReplaceCampaign, ParamsOf(campaign), OnLoss::kMayHaveChanged));
  if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
  if (is_new) return absl::AlreadyExistsError(StrCat("campaign \"", campaign.campaign_id, "\" exists already"));
  CADENZA_ASSIGN_OR_RETURN(Campaign current, GetCampaign(campaign.workspace, campaign.campaign_id));
  return absl::AbortedError(StrCat("campaign \"", campaign.campaign_id, "\" is at revision ", current.revision,
                                   ", not ", campaign.revision - 1));
}

absl::StatusOr<Revisions> PostgresStore::ReadRevisions() {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kReadRevisions, Params()));
  if (rows.size() != 1) return absl::InternalError("the table rule_set must hold one row");
  return Revisions{.rule_set = rows.Int(0, 0), .catalogs = rows.Int(0, 1)};
}

}  // namespace cadenza::postgres
