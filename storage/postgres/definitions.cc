#include "storage/postgres/definitions.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

absl::Status CheckEachOnce(const DefinitionsPut& put) {
  std::set<std::string_view> blocks;
  for (const ContentBlock& block : put.content_blocks) {
    if (!blocks.insert(block.content_block_id).second) {
      return absl::InvalidArgumentError(
          StrCat("content block \"", block.content_block_id, "\" stands twice in one change"));
    }
  }
  std::set<std::string_view> segments;
  for (const SegmentPut& one : put.segments) {
    if (!segments.insert(one.segment.segment_id).second) {
      return absl::InvalidArgumentError(StrCat("segment \"", one.segment.segment_id, "\" stands twice in one change"));
    }
  }
  return absl::OkStatus();
}

template <typename Range, typename IdOf>
absl::Status Lock(const Statement& statement, std::string_view workspace, const Range& range, IdOf id_of,
                  Connection& connection, Deadline deadline) {
  if (range.empty()) return absl::OkStatus();
  ArrayParam ids(Element::kText);
  for (const auto& one : range) ids.AddBytes(id_of(one));
  Params params;
  params.Text(workspace).Array(std::move(ids));
  return connection.Run(statement, params, deadline, OnLoss::kNothingChanged).status();
}

std::string_view WorkspaceOf(const DefinitionsPut& put) {
  if (put.settings.has_value()) return put.settings->workspace;
  if (!put.content_blocks.empty()) return put.content_blocks.front().workspace;
  return put.segments.empty() ? put.campaigns.front().workspace : put.segments.front().segment.workspace;
}

// Every other change takes its rows and then the rule set's. This one raises the rule set with its first statement, so
// all rows that are there are taken before, each kind in order.
absl::Status LockAll(const DefinitionsPut& put, Connection& connection, Deadline deadline) {
  const std::string_view workspace = WorkspaceOf(put);
  if (put.settings.has_value()) {
    CADENZA_RETURN_IF_ERROR(
        connection.Run(kLockWorkspaceSettings, Params().Text(workspace), deadline, OnLoss::kNothingChanged).status());
  }
  CADENZA_RETURN_IF_ERROR(Lock(
      kLockContentBlocks, workspace, put.content_blocks,
      [](const ContentBlock& block) -> std::string_view { return block.content_block_id; }, connection, deadline));
  CADENZA_RETURN_IF_ERROR(Lock(
      kLockSegments, workspace, put.segments,
      [](const SegmentPut& one) -> std::string_view { return one.segment.segment_id; }, connection, deadline));
  return Lock(
      kLockCampaigns, workspace, put.campaigns,
      [](const CampaignRow& row) -> std::string_view { return row.campaign_id; }, connection, deadline);
}

absl::Status PutAll(const DefinitionsPut& put, Connection& connection, Deadline deadline) {
  CADENZA_RETURN_IF_ERROR(LockAll(put, connection, deadline));
  constexpr OnLoss kUndone = OnLoss::kNothingChanged;
  if (put.settings.has_value()) {
    CADENZA_RETURN_IF_ERROR(PutSettingsOn(connection, deadline, kUndone, *put.settings));
  }
  for (const ContentBlock& block : put.content_blocks) {
    CADENZA_RETURN_IF_ERROR(PutContentBlockOn(connection, deadline, kUndone, block));
  }
  for (const SegmentPut& segment : put.segments) {
    CADENZA_RETURN_IF_ERROR(PutSegmentOn(connection, deadline, kUndone, segment));
  }
  return PutCampaignsOn(connection, deadline, kUndone, put.campaigns);
}

}  // namespace

absl::Status InTransaction(Connection& connection, Deadline deadline, const std::function<absl::Status()>& body) {
  CADENZA_RETURN_IF_ERROR(connection.Script("BEGIN", deadline, OnLoss::kNothingChanged));
  const absl::Status done = body();
  if (done.ok()) return connection.Script("COMMIT", deadline, OnLoss::kMayHaveChanged);
  // Where this fails too, the connection goes, and with it the transaction.
  (void)connection.Script("ROLLBACK", deadline, OnLoss::kNothingChanged);
  return done;
}

absl::Status PostgresStore::PutDefinitions(const DefinitionsPut& put) {
  if (put.empty()) return absl::OkStatus();
  CADENZA_RETURN_IF_ERROR(CheckEachOnce(put));
  const Deadline deadline = NewDeadline();
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(deadline));
  return InTransaction(*connection, deadline, [&] { return PutAll(put, *connection, deadline); });
}

}  // namespace cadenza::postgres
