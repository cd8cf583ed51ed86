#include "storage/postgres/campaigns.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/definitions.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

CampaignRow CampaignOf(const Rows& rows, int row) {
  CampaignRow campaign;
  campaign.workspace = rows.String(row, 0);
  campaign.campaign_id = rows.String(row, 1);
  campaign.revision = rows.Int(row, 2);
  campaign.state = static_cast<Campaign::State>(rows.Int(row, 3));
  campaign.create_time = FromMicros(rows.Int(row, 4));
  campaign.update_time = FromMicros(rows.Int(row, 5));
  campaign.definition = rows.String(row, 6);
  campaign.author = rows.String(row, 7);
  return campaign;
}

std::vector<CampaignRow> CampaignsOf(const Rows& rows) {
  std::vector<CampaignRow> campaigns;
  campaigns.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) campaigns.push_back(CampaignOf(rows, i));
  return campaigns;
}

Params ParamsOf(const std::vector<const CampaignRow*>& rows) {
  ArrayParam workspaces(Element::kText), ids(Element::kText), revisions(Element::kInt8), states(Element::kInt2),
      creates(Element::kInt8), updates(Element::kInt8), definitions(Element::kBytea), authors(Element::kText);
  for (const CampaignRow* row : rows) {
    workspaces.AddBytes(row->workspace);
    ids.AddBytes(row->campaign_id);
    revisions.AddInt(row->revision);
    states.AddInt(static_cast<int64_t>(row->state));
    creates.AddInt(ToMicros(row->create_time));
    updates.AddInt(ToMicros(row->update_time));
    definitions.AddBytes(row->definition);
    authors.AddBytes(row->author);
  }
  Params params;
  params.Array(std::move(workspaces)).Array(std::move(ids)).Array(std::move(revisions)).Array(std::move(states));
  params.Array(std::move(creates)).Array(std::move(updates)).Array(std::move(definitions)).Array(std::move(authors));
  return params;
}

// The order in which their rows are locked: the same in every process.
std::vector<const CampaignRow*> InLockOrder(const std::vector<CampaignRow>& rows) {
  std::vector<const CampaignRow*> ordered;
  ordered.reserve(rows.size());
  for (const CampaignRow& row : rows) ordered.push_back(&row);
  std::sort(ordered.begin(), ordered.end(), [](const CampaignRow* a, const CampaignRow* b) {
    return std::tie(a->workspace, a->campaign_id) < std::tie(b->workspace, b->campaign_id);
  });
  return ordered;
}

absl::Status CheckRows(const std::vector<const CampaignRow*>& ordered) {
  for (size_t i = 0; i < ordered.size(); ++i) {
    const CampaignRow& row = *ordered[i];
    if (row.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
    if (i > 0 && ordered[i - 1]->workspace == row.workspace && ordered[i - 1]->campaign_id == row.campaign_id) {
      return absl::InvalidArgumentError(StrCat("campaign \"", row.campaign_id, "\" stands twice in one change"));
    }
  }
  return absl::OkStatus();
}

absl::Status NoCampaign(std::string_view campaign_id) {
  return absl::NotFoundError(StrCat("there is no campaign \"", campaign_id, "\""));
}

// Why the row could not be put.
absl::Status ExplainRefusal(Connection& connection, Deadline deadline, const CampaignRow& row) {
  if (row.revision == 1) {
    return absl::AlreadyExistsError(StrCat("campaign \"", row.campaign_id, "\" exists already"));
  }
  CADENZA_ASSIGN_OR_RETURN(const Rows found,
                           connection.Run(kGetCampaign, Params().Text(row.workspace).Text(row.campaign_id), deadline,
                                          OnLoss::kNothingChanged));
  if (found.size() == 0) return NoCampaign(row.campaign_id);
  return absl::AbortedError(StrCat("campaign \"", row.campaign_id, "\" is at revision ", CampaignOf(found, 0).revision,
                                   ", not ", row.revision - 1));
}

}  // namespace

absl::StatusOr<Rows> PostgresCampaigns::Run(const Statement& statement, const Params& params) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return connection->Run(statement, params, deadline, OnLoss::kNothingChanged);
}

absl::StatusOr<std::vector<CampaignRow>> PostgresCampaigns::ListCampaigns(std::string_view workspace,
                                                                          std::string_view after, int limit,
                                                                          bool with_archived) {
  const int64_t left_out = with_archived ? -1 : static_cast<int64_t>(Campaign::State::kArchived);
  CADENZA_ASSIGN_OR_RETURN(Rows rows,
                           Run(kListCampaigns, Params().Text(workspace).Text(after).Int(limit).Int(left_out)));
  return CampaignsOf(rows);
}

absl::StatusOr<CampaignRow> PostgresCampaigns::GetCampaign(std::string_view workspace, std::string_view campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetCampaign, Params().Text(workspace).Text(campaign_id)));
  if (rows.size() == 0) return NoCampaign(campaign_id);
  return CampaignOf(rows, 0);
}

absl::Status PutCampaignsOn(Connection& connection, Deadline deadline, OnLoss on_loss,
                            const std::vector<CampaignRow>& rows) {
  if (rows.empty()) return absl::OkStatus();
  const std::vector<const CampaignRow*> ordered = InLockOrder(rows);
  CADENZA_RETURN_IF_ERROR(CheckRows(ordered));
  CADENZA_ASSIGN_OR_RETURN(const Rows put, connection.Run(kPutCampaigns, ParamsOf(ordered), deadline, on_loss));
  if (put.size() == static_cast<int>(ordered.size())) return absl::OkStatus();
  std::vector<bool> passed(ordered.size(), false);
  for (int i = 0; i < put.size(); ++i) passed[put.Int(i, 0) - 1] = true;
  for (const CampaignRow& row : rows) {
    const auto position = std::find(ordered.begin(), ordered.end(), &row) - ordered.begin();
    if (!passed[position]) return ExplainRefusal(connection, deadline, row);
  }
  return absl::InternalError("PostgreSQL: more campaigns were put than given");
}

absl::Status PostgresCampaigns::PutCampaigns(const std::vector<CampaignRow>& rows) {
  if (rows.empty()) return absl::OkStatus();
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  if (rows.size() == 1) return PutCampaignsOn(*connection, deadline, OnLoss::kMayHaveChanged, rows);
  return InTransaction(*connection, deadline,
                       [&] { return PutCampaignsOn(*connection, deadline, OnLoss::kNothingChanged, rows); });
}

absl::StatusOr<std::vector<CampaignRow>> PostgresCampaigns::ListVersions(std::string_view workspace,
                                                                         std::string_view campaign_id, int64_t before,
                                                                         int limit) {
  if (before == 0) before = std::numeric_limits<int64_t>::max();
  CADENZA_ASSIGN_OR_RETURN(
      Rows rows, Run(kListCampaignVersions, Params().Text(workspace).Text(campaign_id).Int(before).Int(limit)));
  return CampaignsOf(rows);
}

absl::StatusOr<CampaignRow> PostgresCampaigns::GetVersion(std::string_view workspace, std::string_view campaign_id,
                                                          int64_t revision) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows,
                           Run(kGetCampaignVersion, Params().Text(workspace).Text(campaign_id).Int(revision)));
  if (rows.size() == 1) return CampaignOf(rows, 0);
  return absl::NotFoundError(StrCat("there is no revision ", revision, " of a campaign \"", campaign_id, "\""));
}

}  // namespace cadenza::postgres
