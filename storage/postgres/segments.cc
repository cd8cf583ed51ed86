#include "storage/postgres/segments.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/definitions.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

Segment SegmentOf(const Rows& rows, int row) {
  Segment segment;
  segment.workspace = rows.String(row, 0);
  segment.segment_id = rows.String(row, 1);
  segment.revision = rows.Int(row, 2);
  segment.display_name = rows.String(row, 3);
  segment.state = static_cast<Segment::State>(rows.Int(row, 4));
  segment.condition = rows.String(row, 5);
  segment.create_time = FromMicros(rows.Int(row, 6));
  segment.update_time = FromMicros(rows.Int(row, 7));
  segment.evaluation.state = static_cast<SegmentEvaluation::State>(rows.Int(row, 8));
  segment.evaluation.start_time = FromMicros(rows.Int(row, 9));
  segment.evaluation.end_time = FromMicros(rows.Int(row, 10));
  segment.evaluation.users_examined = rows.Int(row, 11);
  segment.evaluation.users_total = rows.Int(row, 12);
  return segment;
}

Params ParamsOf(const HeldEvaluation& evaluation, std::string_view process) {
  Params params;
  params.Text(evaluation.workspace).Text(evaluation.segment_id).Int(evaluation.number).Text(process);
  params.Text(evaluation.cursor).Int(evaluation.users_examined).Int(evaluation.users_total);
  return params;
}

absl::Status TakenOver() { return absl::AbortedError("another process or another evaluation has taken over"); }

absl::Status NoSegment(std::string_view segment_id) {
  return absl::NotFoundError(StrCat("there is no segment \"", segment_id, "\""));
}

}  // namespace

absl::StatusOr<Rows> PostgresSegments::Run(const Statement& statement, const Params& params, OnLoss on_loss) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return connection->Run(statement, params, deadline, on_loss);
}

absl::StatusOr<std::vector<Segment>> PostgresSegments::ListSegments(std::string_view workspace, std::string_view after,
                                                                    int limit, bool with_archived) {
  const int64_t left_out = with_archived ? -1 : static_cast<int64_t>(Segment::State::kArchived);
  CADENZA_ASSIGN_OR_RETURN(Rows rows,
                           Run(kListSegments, Params().Text(workspace).Text(after).Int(limit).Int(left_out)));
  std::vector<Segment> segments;
  segments.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) segments.push_back(SegmentOf(rows, i));
  return segments;
}

absl::StatusOr<Segment> PostgresSegments::GetSegment(std::string_view workspace, std::string_view segment_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetSegment, Params().Text(workspace).Text(segment_id)));
  if (rows.size() == 0) return NoSegment(segment_id);
  return SegmentOf(rows, 0);
}

absl::Status PutSegmentOn(Connection& connection, Deadline deadline, OnLoss on_loss, const SegmentPut& put) {
  const Segment& segment = put.segment;
  if (segment.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  const bool is_new = segment.revision == 1;
  Params params;
  params.Text(segment.workspace).Text(segment.segment_id).Int(segment.revision).Text(segment.display_name);
  params.Int(static_cast<int64_t>(segment.state)).Text(segment.condition);
  params.Int(ToMicros(segment.create_time)).Int(ToMicros(segment.update_time)).Int(put.evaluate ? 1 : 0);
  params.Int(ToMicros(absl::InfinitePast()));
  CADENZA_ASSIGN_OR_RETURN(const Rows rows,
                           connection.Run(is_new ? kInsertSegment : kReplaceSegment, params, deadline, on_loss));
  if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
  if (is_new) return absl::AlreadyExistsError(StrCat("segment \"", segment.segment_id, "\" exists already"));
  CADENZA_ASSIGN_OR_RETURN(
      const Rows found, connection.Run(kGetSegment, Params().Text(segment.workspace).Text(segment.segment_id), deadline,
                                       OnLoss::kNothingChanged));
  if (found.size() == 0) return NoSegment(segment.segment_id);
  return absl::AbortedError(StrCat("segment \"", segment.segment_id, "\" is at revision ", SegmentOf(found, 0).revision,
                                   ", not ", segment.revision - 1));
}

absl::Status PostgresSegments::PutSegment(const Segment& segment, bool evaluate) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return PutSegmentOn(*connection, deadline, OnLoss::kMayHaveChanged, {segment, evaluate});
}

absl::StatusOr<int64_t> PostgresSegments::CountMembers(std::string_view workspace, std::string_view segment_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kCountMembers, Params().Text(workspace).Text(segment_id)));
  if (rows.size() != 1) return absl::InternalError("PostgreSQL: no count");
  return rows.Int(0, 0);
}

absl::StatusOr<std::vector<SegmentMember>> PostgresSegments::ListMembers(std::string_view workspace,
                                                                         std::string_view segment_id,
                                                                         std::string_view after, int limit) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows,
                           Run(kListMembers, Params().Text(workspace).Text(segment_id).Text(after).Int(limit)));
  std::vector<SegmentMember> members;
  members.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) members.push_back({rows.String(i, 0), FromMicros(rows.Int(i, 1))});
  return members;
}

absl::StatusOr<std::optional<HeldEvaluation>> PostgresSegments::ClaimEvaluation(std::string_view process,
                                                                                absl::Duration lease,
                                                                                absl::Duration grace) {
  Params params;
  params.Text(process).Int(absl::ToInt64Microseconds(lease)).Int(absl::ToInt64Microseconds(grace));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kClaimEvaluation, params));
  if (rows.size() == 0) return std::nullopt;
  HeldEvaluation evaluation;
  evaluation.workspace = rows.String(0, 0);
  evaluation.segment_id = rows.String(0, 1);
  evaluation.segment_state = static_cast<Segment::State>(rows.Int(0, 2));
  evaluation.number = rows.Int(0, 3);
  evaluation.cursor = rows.String(0, 4);
  evaluation.users_examined = rows.Int(0, 5);
  evaluation.users_total = rows.Int(0, 6);
  return evaluation;
}

absl::Status PostgresSegments::SaveEvaluation(const HeldEvaluation& evaluation, std::string_view process,
                                              absl::Duration lease) {
  Params params = ParamsOf(evaluation, process);
  params.Int(absl::ToInt64Microseconds(lease));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kSaveEvaluation, params));
  return rows.size() == 1 ? absl::OkStatus() : TakenOver();
}

absl::Status PostgresSegments::FinishEvaluation(const HeldEvaluation& evaluation, std::string_view process) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kFinishEvaluation, ParamsOf(evaluation, process)));
  return rows.size() == 1 ? absl::OkStatus() : TakenOver();
}

absl::StatusOr<UserStretch> PostgresSegments::ListUsers(std::string_view workspace, std::string_view after, int limit) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kListUsers, Params().Text(workspace).Text(after).Int(limit)));
  UserStretch stretch;
  stretch.at_end = rows.size() == 0;
  stretch.last_key = std::string(after);
  for (int i = 0; i < rows.size(); ++i) {
    if (rows.Int(i, 0) == 1) {
      stretch.keys.push_back(rows.String(i, 1));
    } else {
      stretch.last_key = rows.String(i, 1);
    }
  }
  return stretch;
}

absl::Status WriteMembers(const CommitBatch& batch, const CommitResult& result, Connection& connection,
                          Deadline deadline) {
  struct Columns {
    ArrayParam workspaces{Element::kText}, segments{Element::kText}, users{Element::kText};
  } entered, left;
  ArrayParam since(Element::kInt8);
  for (const MemberWrite& write : batch.members) {
    if (result.conflicted[write.owner]) continue;
    const UserKey& user = batch.profiles[write.owner].key;
    Columns& columns = write.entered ? entered : left;
    columns.workspaces.AddBytes(user.workspace);
    columns.segments.AddBytes(write.segment_id);
    columns.users.AddBytes(user.key);
    if (write.entered) since.AddInt(ToMicros(write.since));
  }
  const auto params_of = [](Columns& columns) {
    Params params;
    params.Array(std::move(columns.workspaces)).Array(std::move(columns.segments)).Array(std::move(columns.users));
    return params;
  };
  if (left.users.size() > 0) {
    CADENZA_RETURN_IF_ERROR(
        connection.Run(kLeaveSegments, params_of(left), deadline, OnLoss::kNothingChanged).status());
  }
  if (entered.users.size() > 0) {
    Params params = params_of(entered);
    params.Array(std::move(since));
    CADENZA_RETURN_IF_ERROR(connection.Run(kEnterSegments, params, deadline, OnLoss::kNothingChanged).status());
  }
  return absl::OkStatus();
}

}  // namespace cadenza::postgres
