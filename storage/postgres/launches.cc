#include "storage/postgres/launches.h"

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

Launch LaunchOf(const Rows& rows, int row) {
  Launch launch;
  launch.workspace = rows.String(row, 0);
  launch.campaign_id = rows.String(row, 1);
  launch.due_time = FromMicros(rows.Int(row, 2));
  launch.begin_time = FromMicros(rows.Int(row, 3));
  launch.local_time = rows.String(row, 4);
  launch.cursor = rows.String(row, 5);
  launch.users_launched = rows.Int(row, 6);
  launch.done = rows.Bool(row, 7);
  launch.end_time = FromMicros(rows.Int(row, 8));
  return launch;
}

}  // namespace

absl::StatusOr<Rows> PostgresLaunches::Run(const Statement& statement, const Params& params, OnLoss on_loss) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return connection->Run(statement, params, deadline, on_loss);
}

absl::StatusOr<bool> PostgresLaunches::BeginLaunch(const Launch& launch) {
  Params params;
  params.Text(launch.workspace).Text(launch.campaign_id).Int(ToMicros(launch.due_time));
  params.Int(ToMicros(launch.begin_time)).Text(launch.local_time);
  CADENZA_ASSIGN_OR_RETURN(const Rows begun, Run(kBeginLaunch, params, OnLoss::kMayHaveChanged));
  if (begun.size() == 0) return false;
  Params forgotten;
  forgotten.Text(launch.workspace).Text(launch.campaign_id).Int(ToMicros(launch.due_time - kKept));
  // It is begun, whatever becomes of the old ones: the next one takes them along.
  (void)Run(kForgetLaunches, forgotten);
  return true;
}

absl::StatusOr<std::optional<absl::Time>> PostgresLaunches::LastLaunch(std::string_view workspace,
                                                                       std::string_view campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(const Rows rows, Run(kLastLaunch, Params().Text(workspace).Text(campaign_id)));
  if (rows.size() == 0) return std::nullopt;
  return FromMicros(rows.Int(0, 0));
}

absl::StatusOr<std::optional<Launch>> PostgresLaunches::ClaimLaunch(std::string_view process, absl::Duration lease) {
  CADENZA_ASSIGN_OR_RETURN(const Rows rows,
                           Run(kClaimLaunch, Params().Text(process).Int(absl::ToInt64Microseconds(lease))));
  if (rows.size() == 0) return std::nullopt;
  return LaunchOf(rows, 0);
}

absl::Status PostgresLaunches::SaveLaunch(const Launch& launch, std::string_view process, absl::Duration lease) {
  Params params;
  params.Text(launch.workspace).Text(launch.campaign_id).Int(ToMicros(launch.due_time)).Text(process);
  params.Text(launch.cursor).Int(launch.users_launched).Int(launch.done ? 1 : 0);
  params.Int(absl::ToInt64Microseconds(lease)).Int(ToMicros(launch.end_time));
  CADENZA_ASSIGN_OR_RETURN(const Rows rows, Run(kSaveLaunch, params));
  return rows.size() == 1 ? absl::OkStatus() : absl::AbortedError("another process has taken the launch over");
}

absl::StatusOr<std::vector<Launch>> PostgresLaunches::ListLaunches(std::string_view workspace,
                                                                   std::string_view campaign_id, absl::Time before,
                                                                   int limit) {
  Params params;
  params.Text(workspace).Text(campaign_id).Int(limit).Int(ToMicros(before));
  CADENZA_ASSIGN_OR_RETURN(const Rows rows, Run(kListLaunches, params));
  std::vector<Launch> launches;
  launches.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) launches.push_back(LaunchOf(rows, i));
  return launches;
}

}  // namespace cadenza::postgres
