#include "storage/postgres/timers.h"

#include <algorithm>
#include <tuple>

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

constexpr int64_t kIsNext = 1;  // first column of find_due_timers: not a due timer, but when the next one will be

// shard, workspace, user_key, timer_id, set_seq, fire_time, due_time, attempts, error, payload, from `column` on.
Timer TimerOf(const Rows& rows, int row, int column) {
  Timer timer;
  timer.user = {rows.String(row, column), rows.String(row, column + 1)};
  timer.timer_id = rows.String(row, column + 2);
  timer.set_seq = rows.Int(row, column + 3);
  timer.fire_time = FromMicros(rows.Int(row, column + 4));
  timer.due_time = FromMicros(rows.Int(row, column + 5));
  timer.attempts = static_cast<int>(rows.Int(row, column + 6));
  timer.error = rows.String(row, column + 7);
  timer.payload = rows.String(row, column + 8);
  return timer;
}

}  // namespace

absl::StatusOr<DueTimers> PostgresTimers::FindDue(const DueRequest& request) {
  Params params;
  params.Text(process_name_).Int(ToMicros(request.now)).Int(request.limit + 1);
  params.Int(static_cast<int64_t>(request.bytes_max));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, run_(kFindDueTimers, params));
  DueTimers due;
  for (int i = 0; i < rows.size(); ++i) {
    if (rows.Int(i, 0) == kIsNext) {
      due.next_due = FromMicros(rows.Int(i, 6));
    } else if (static_cast<int>(due.timers.size()) == request.limit || rows.Bool(i, 10)) {
      due.more = true;
    } else {
      due.timers.push_back(TimerOf(rows, i, 1));
    }
  }
  return due;
}

absl::Status PostgresTimers::RecordFailures(const std::vector<TimerFailure>& failures) {
  if (failures.empty()) return absl::OkStatus();
  std::vector<const TimerFailure*> ordered;
  for (const TimerFailure& failure : failures) ordered.push_back(&failure);
  std::sort(ordered.begin(), ordered.end(), [](const TimerFailure* a, const TimerFailure* b) {
    return std::tie(a->user, a->timer_id) < std::tie(b->user, b->timer_id);
  });
  KeyColumns users;
  ArrayParam ids(Element::kText), seqs(Element::kInt8), attempts(Element::kInt8), due_times(Element::kInt8),
      parked(Element::kInt2), errors(Element::kBytea);
  for (const TimerFailure* failure : ordered) {
    users.Add(failure->user);
    ids.AddBytes(failure->timer_id);
    seqs.AddInt(failure->set_seq);
    attempts.AddInt(failure->attempts);
    due_times.AddInt(ToMicros(failure->due_time));
    parked.AddInt(failure->parked ? 1 : 0);
    errors.AddBytes(failure->error);
  }
  Params params;
  std::move(users).MoveTo(&params);
  params.Array(std::move(ids)).Array(std::move(seqs)).Array(std::move(attempts)).Array(std::move(due_times));
  params.Array(std::move(parked)).Array(std::move(errors));
  return run_(kRecordTimerFailures, params).status();
}

absl::StatusOr<std::vector<Timer>> PostgresTimers::ListParked(const ParkedRequest& request) {
  Params params;
  params.Text(request.workspace).Text(request.after_user_key).Text(request.after_timer_id).Int(request.limit);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, run_(kListParkedTimers, params));
  std::vector<Timer> timers;
  for (int i = 0; i < rows.size(); ++i) {
    timers.push_back(TimerOf(rows, i, 0));
    timers.back().parked = true;
  }
  return timers;
}

absl::StatusOr<bool> PostgresTimers::RetryParked(const UserKey& user, std::string_view timer_id, absl::Time now) {
  Params params;
  params.Int(ShardOf(user)).Text(user.workspace).Text(user.key).Text(timer_id).Int(ToMicros(now));
  CADENZA_ASSIGN_OR_RETURN(const Rows rows, run_(kRetryParkedTimer, params));
  return rows.size() > 0;
}

absl::StatusOr<std::vector<Timer>> PostgresTimers::ReadTimers(const std::vector<UserKey>& users) {
  KeyColumns keys;
  for (const UserKey& user : users) keys.Add(user);
  Params params;
  std::move(keys).MoveTo(&params);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, run_(kReadTimers, params));
  std::vector<Timer> timers;
  for (int i = 0; i < rows.size(); ++i) {
    timers.push_back(TimerOf(rows, i, 0));
    timers.back().parked = rows.Bool(i, 9);
  }
  return timers;
}

absl::StatusOr<TimerCounts> PostgresTimers::Count(absl::Time now, int most) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, run_(kCountTimers, Params().Int(ToMicros(now)).Int(most)));
  return TimerCounts{rows.Int(0, 0), rows.Int(0, 1)};
}

absl::Status PostgresTimers::Leave() { return run_(kForgetHeartbeat, Params().Text(process_name_)).status(); }

void AddTimers(const CommitBatch& batch, const std::vector<int64_t>& positions, Params* params) {
  KeyColumns set_users, deleted_users;
  ArrayParam set_owners(Element::kInt8), set_ids(Element::kText), seqs(Element::kInt8), fire_times(Element::kInt8),
      payloads(Element::kBytea), due_times(Element::kInt8), deleted_owners(Element::kInt8), deleted_ids(Element::kText);
  for (const TimerWrite& write : batch.timers) {
    const UserKey& user = batch.profiles[write.owner].key;
    if (write.kind == TimerWrite::Kind::kDelete) {
      deleted_owners.AddInt(positions[write.owner]);
      deleted_users.Add(user);
      deleted_ids.AddBytes(write.timer_id);
      continue;
    }
    set_owners.AddInt(positions[write.owner]);
    set_users.Add(user);
    set_ids.AddBytes(write.timer_id);
    seqs.AddInt(write.set_seq);
    fire_times.AddInt(ToMicros(write.fire_time));
    payloads.AddBytes(write.payload);
    due_times.AddInt(ToMicros(std::max(write.fire_time, write.due_time)));
  }
  params->Array(std::move(set_owners));
  std::move(set_users).MoveTo(params);
  params->Array(std::move(set_ids)).Array(std::move(seqs)).Array(std::move(fire_times)).Array(std::move(payloads));
  params->Array(std::move(deleted_owners));
  std::move(deleted_users).MoveTo(params);
  params->Array(std::move(deleted_ids)).Array(std::move(due_times));
}

Params MoveParams(const TimerMove& move) {
  Params params;
  params.Int(ShardOf(move.from)).Text(move.from.workspace).Text(move.from.key);
  params.Int(ShardOf(move.to)).Text(move.to.workspace).Text(move.to.key).Int(move.set_seq);
  return params;
}

}  // namespace cadenza::postgres
