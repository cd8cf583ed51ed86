#include <algorithm>

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

// Positions come from WITH ORDINALITY: 1, 2, 3 …
size_t IndexOf(const Rows& rows, int row) { return static_cast<size_t>(rows.Int(row, 0) - 1); }

absl::Status LoadRows(const std::vector<UserKey>& keys, Connection& connection, Deadline deadline, LoadResult* result) {
  result->rows.resize(keys.size());
  if (keys.empty()) return absl::OkStatus();
  KeyColumns columns;
  for (const UserKey& key : keys) columns.Add(key);
  Params params;
  std::move(columns).MoveTo(&params);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, connection.Run(kLoadRows, params, deadline, OnLoss::kNothingChanged));
  for (int i = 0; i < rows.size(); ++i) {
    result->rows[IndexOf(rows, i)] = ProfileRow{rows.Int(i, 1), rows.String(i, 2), rows.String(i, 3)};
  }
  return absl::OkStatus();
}

absl::Status FindEvents(const std::vector<EventRef>& refs, Connection& connection, Deadline deadline,
                        LoadResult* result) {
  result->events.resize(refs.size());
  if (refs.empty()) return absl::OkStatus();
  KeyColumns columns;
  ArrayParam event_ids(ArrayParam::Element::kText);
  for (const EventRef& ref : refs) {
    columns.Add(ref.user);
    event_ids.AddBytes(ref.event_id);
  }
  Params params;
  std::move(columns).MoveTo(&params);
  params.Array(std::move(event_ids));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, connection.Run(kFindEvents, params, deadline, OnLoss::kNothingChanged));
  for (int i = 0; i < rows.size(); ++i) {
    SeenEvent seen{rows.Int(i, 1), {}};
    const std::string_view digest = rows.Bytes(i, 2);
    std::copy_n(digest.begin(), std::min(digest.size(), seen.digest.size()), seen.digest.begin());
    result->events[IndexOf(rows, i)] = seen;
  }
  return absl::OkStatus();
}

}  // namespace

// Two statements, each with a snapshot of its own: what was committed before a row that the first one saw is seen by
// the second.
absl::StatusOr<LoadResult> PostgresStore::Load(const LoadRequest& request) {
  LoadResult result;
  const Deadline deadline = NewDeadline();
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(deadline));
  CADENZA_RETURN_IF_ERROR(LoadRows(request.keys, *connection, deadline, &result));
  CADENZA_RETURN_IF_ERROR(FindEvents(request.events, *connection, deadline, &result));
  return result;
}

}  // namespace cadenza::postgres
