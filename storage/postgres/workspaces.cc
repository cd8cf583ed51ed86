#include "storage/postgres/workspaces.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/definitions.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

WorkspaceSettingsRow SettingsOf(const Rows& rows, int row) {
  return {rows.String(row, 0), rows.Int(row, 1), rows.String(row, 2)};
}

}  // namespace

absl::StatusOr<Rows> PostgresWorkspaces::Run(const Statement& statement, const Params& params, OnLoss on_loss) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return connection->Run(statement, params, deadline, on_loss);
}

absl::StatusOr<std::vector<WorkspaceSettingsRow>> PostgresWorkspaces::ListSettings() {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kListWorkspaceSettings, Params()));
  std::vector<WorkspaceSettingsRow> found;
  found.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) found.push_back(SettingsOf(rows, i));
  return found;
}

absl::StatusOr<WorkspaceSettingsRow> PostgresWorkspaces::GetSettings(std::string_view workspace) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetWorkspaceSettings, Params().Text(workspace)));
  if (rows.size() == 0) return absl::NotFoundError(StrCat("workspace \"", workspace, "\" has no settings"));
  return SettingsOf(rows, 0);
}

absl::Status PutSettingsOn(Connection& connection, Deadline deadline, OnLoss on_loss, const WorkspaceSettingsRow& row) {
  if (row.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  const Statement& statement = row.revision == 1 ? kInsertWorkspaceSettings : kReplaceWorkspaceSettings;
  CADENZA_ASSIGN_OR_RETURN(
      const Rows rows, connection.Run(statement, Params().Text(row.workspace).Int(row.revision).Bytes(row.definition),
                                      deadline, on_loss));
  if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
  return absl::AbortedError(StrCat("the settings are not at revision ", row.revision - 1));
}

absl::Status PostgresWorkspaces::PutSettings(const WorkspaceSettingsRow& row) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return PutSettingsOn(*connection, deadline, OnLoss::kMayHaveChanged, row);
}

absl::StatusOr<RateRow> PostgresWorkspaces::ReadRate(std::string_view workspace, std::string_view campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kReadDeliveryRate, Params().Text(workspace).Text(campaign_id)));
  RateRow row;
  for (int i = 0; i < rows.size(); ++i) {
    row.revision = rows.Int(i, 0);
    row.bounds.push_back(FromMicros(rows.Int(i, 1)));
  }
  return row;
}

absl::StatusOr<bool> PostgresWorkspaces::PutRate(std::string_view workspace, std::string_view campaign_id,
                                                 const RateRow& row) {
  ArrayParam bounds(ArrayParam::Element::kInt8);
  for (const absl::Time bound : row.bounds) bounds.AddInt(ToMicros(bound));
  const Statement& statement = row.revision == 1 ? kInsertDeliveryRate : kReplaceDeliveryRate;
  CADENZA_ASSIGN_OR_RETURN(
      Rows rows, Run(statement, Params().Text(workspace).Text(campaign_id).Int(row.revision).Array(std::move(bounds))));
  return rows.size() == 1 && rows.Bool(0, 0);
}

}  // namespace cadenza::postgres
