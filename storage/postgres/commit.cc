#include <algorithm>
#include <numeric>
#include <tuple>

#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/batch_check.h"
#include "storage/postgres/counters.h"
#include "storage/postgres/store_impl.h"
#include "storage/postgres/timers.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

// The order in which the batch takes its row locks: the same in every process, so that two batches with the same users
// wait for each other rather than deadlock.
std::vector<size_t> LockOrder(const std::vector<ProfileWrite>& writes) {
  std::vector<size_t> order(writes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::vector<int> shards;
  shards.reserve(writes.size());
  for (const ProfileWrite& write : writes) shards.push_back(ShardOf(write.key));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(shards[a], writes[a].key) < std::tie(shards[b], writes[b].key);
  });
  return order;
}

void AddProfiles(const std::vector<ProfileWrite>& writes, const std::vector<size_t>& order, Params* params) {
  KeyColumns keys;
  ArrayParam expected(Element::kInt8), versions(Element::kInt8), merged(Element::kText), states(Element::kBytea);
  for (size_t index : order) {
    const ProfileWrite& write = writes[index];
    keys.Add(write.key);
    expected.AddInt(write.expected_version);
    versions.AddInt(write.row.version);
    merged.AddBytes(write.row.merged_into);
    states.AddBytes(write.row.state);
  }
  std::move(keys).MoveTo(params);
  params->Array(std::move(expected)).Array(std::move(versions)).Array(std::move(merged)).Array(std::move(states));
}

std::vector<int64_t> PositionsOf(const std::vector<size_t>& order) {
  std::vector<int64_t> positions(order.size());
  for (size_t i = 0; i < order.size(); ++i) positions[order[i]] = static_cast<int64_t>(i) + 1;
  return positions;
}

// What a minority of batches has goes with one statement.
bool HasTimersOrCounters(const CommitBatch& batch) { return !batch.timers.empty() || !batch.counters.empty(); }

// Most batches hold no new user, and do without inserting one.
const Statement& StatementOf(const CommitBatch& batch) {
  if (HasTimersOrCounters(batch)) return kCommitBatchWithTimers;
  const bool has_new = std::any_of(batch.profiles.begin(), batch.profiles.end(),
                                   [](const ProfileWrite& write) { return write.expected_version == 0; });
  if (batch.check_events) return has_new ? kCommitBatchWithNewChecked : kCommitBatchChecked;
  return has_new ? kCommitBatchWithNew : kCommitBatch;
}

std::string_view BytesOf(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

// `positions` are those of the owners in the statement's order, from 1.
void AddEvents(const CommitBatch& batch, const std::vector<int64_t>& positions, Params* params) {
  KeyColumns users;
  ArrayParam owners(Element::kInt8), named_shards(Element::kInt2), named_keys(Element::kText), ids(Element::kText),
      seqs(Element::kInt8), kinds(Element::kInt2), names(Element::kText), times(Element::kInt8),
      receive_times(Element::kInt8), bodies(Element::kBytea), digests(Element::kBytea), decisions(Element::kBytea);
  for (const EventWrite& write : batch.events) {
    owners.AddInt(positions[write.owner]);
    users.Add(batch.profiles[write.owner].key);
    named_shards.AddInt(ShardOf(write.named));
    named_keys.AddBytes(write.named.key);
    ids.AddBytes(write.event_id);
    seqs.AddInt(write.user_seq);
    kinds.AddInt(static_cast<int64_t>(write.kind));
    names.AddBytes(write.name);
    times.AddInt(ToMicros(write.time));
    receive_times.AddInt(ToMicros(write.receive_time));
    bodies.AddBytes(write.body);
    digests.AddBytes(BytesOf(write.digest));
    decisions.AddBytes(write.decisions);
  }
  params->Array(std::move(owners));
  std::move(users).MoveTo(params);
  params->Array(std::move(named_shards)).Array(std::move(named_keys)).Array(std::move(ids)).Array(std::move(seqs));
  params->Array(std::move(kinds)).Array(std::move(names)).Array(std::move(times)).Array(std::move(receive_times));
  params->Array(std::move(bodies)).Array(std::move(digests)).Array(std::move(decisions));
}

void AddMessages(const std::vector<MessageWrite>& writes, const std::vector<int64_t>& positions, Params* params) {
  KeyColumns users;
  ArrayParam owners(Element::kInt8), seqs(Element::kInt8), ids(Element::kText), campaigns(Element::kText),
      events(Element::kText), channels(Element::kText), titles(Element::kBytea), bodies(Element::kBytea),
      creates(Element::kInt8), expires(Element::kInt8), variants(Element::kText);
  for (const MessageWrite& write : writes) {
    const Message& message = write.message;
    owners.AddInt(positions[write.owner]);
    users.Add(message.user);
    seqs.AddInt(message.message_seq);
    ids.AddBytes(message.message_id);
    campaigns.AddBytes(message.campaign_id);
    events.AddBytes(message.event_id);
    channels.AddBytes(message.channel);
    titles.AddBytes(message.title);
    bodies.AddBytes(message.body);
    creates.AddInt(ToMicros(message.create_time));
    expires.AddInt(ToMicros(message.expire_time));
    variants.AddBytes(message.variant_id);
  }
  params->Array(std::move(owners));
  std::move(users).MoveTo(params);
  params->Array(std::move(seqs)).Array(std::move(ids)).Array(std::move(campaigns)).Array(std::move(events));
  params->Array(std::move(channels)).Array(std::move(titles)).Array(std::move(bodies));
  params->Array(std::move(creates)).Array(std::move(expires)).Array(std::move(variants));
}

// The ids that are looked for: none lies in the span of nothing.
void AddSpanOfIds(const CommitBatch& batch, Params* params) {
  const std::vector<EventWrite>& events = batch.events;
  const auto by_id = [](const EventWrite& a, const EventWrite& b) { return a.event_id < b.event_id; };
  const auto [least, greatest] = std::minmax_element(events.begin(), events.end(), by_id);
  const bool none = events.empty() || !batch.check_events;
  params->Text(none ? "" : least->event_id).Text(none ? "" : greatest->event_id);
}

// `failed` holds the positions of the writes that did not pass, and 0 if an event is stored already.
absl::StatusOr<CommitResult> ResultOf(const Rows& failed, const std::vector<size_t>& order) {
  CommitResult result{std::vector<bool>(order.size(), false)};
  for (int i = 0; i < failed.size(); ++i) {
    const int64_t position = failed.Int(i, 0);
    if (position == 0) return absl::AlreadyExistsError("an event of the batch is stored already");
    result.conflicted[order[position - 1]] = true;
  }
  return result;
}

absl::Status Move(const MessageMove& move, Connection& connection, Deadline deadline) {
  Params params;
  params.Int(ShardOf(move.from)).Text(move.from.workspace).Text(move.from.key);
  params.Int(ShardOf(move.to)).Text(move.to.workspace).Text(move.to.key).Int(move.offset);
  return connection.Run(kMoveMessages, params, deadline, OnLoss::kNothingChanged).status();
}

}  // namespace

absl::StatusOr<CommitResult> PostgresStore::Commit(const CommitBatch& batch) {
  CADENZA_RETURN_IF_ERROR(CheckBatch(batch));
  if (batch.profiles.empty()) return CommitResult();
  const std::vector<size_t> order = LockOrder(batch.profiles);
  Params params;
  AddProfiles(batch.profiles, order, &params);
  const std::vector<int64_t> positions = PositionsOf(order);
  AddEvents(batch, positions, &params);
  AddMessages(batch.messages, positions, &params);
  params.Int(batch.journal).Int(batch.journal_seq);
  if (batch.check_events || HasTimersOrCounters(batch)) AddSpanOfIds(batch, &params);
  if (HasTimersOrCounters(batch)) {
    AddTimers(batch, positions, &params);
    AddCounters(batch, positions, &params);
  }

  const Deadline deadline = NewDeadline();
  SqlError error;
  absl::StatusOr<CommitResult> result;
  {
    CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(deadline));
    if (batch.all_or_nothing || !batch.members.empty()) {
      result = CommitInSteps(batch, params, order, *connection, deadline);
    } else {
      auto failed = connection->Run(StatementOf(batch), params, deadline, OnLoss::kMayHaveChanged);
      result = failed.ok() ? ResultOf(*failed, order) : failed.status();
    }
    error = connection->last_error();
  }
  if (!result.ok()) return ExplainFailure(result.status(), error, batch);
  return result;
}

// An error leaves the transaction open: its connection is then closed, which rolls back.
absl::StatusOr<CommitResult> PostgresStore::CommitInSteps(const CommitBatch& batch, const Params& params,
                                                          const std::vector<size_t>& order, Connection& connection,
                                                          Deadline deadline) {
  CADENZA_RETURN_IF_ERROR(connection.Script("BEGIN", deadline, OnLoss::kNothingChanged));
  CADENZA_ASSIGN_OR_RETURN(Rows failed, connection.Run(StatementOf(batch), params, deadline, OnLoss::kNothingChanged));
  absl::StatusOr<CommitResult> result = ResultOf(failed, order);
  if (!result.ok() || (batch.all_or_nothing && failed.size() > 0)) {
    CADENZA_RETURN_IF_ERROR(connection.Script("ROLLBACK", deadline, OnLoss::kNothingChanged));
    if (result.ok()) result->conflicted.assign(batch.profiles.size(), true);
    return result;
  }
  for (const MessageMove& move : batch.moves) CADENZA_RETURN_IF_ERROR(Move(move, connection, deadline));
  CADENZA_RETURN_IF_ERROR(WriteMembers(batch, *result, connection, deadline));
  for (const TimerMove& move : batch.timer_moves) {
    CADENZA_RETURN_IF_ERROR(connection.Run(kMoveTimers, MoveParams(move), deadline, OnLoss::kNothingChanged).status());
  }
  CADENZA_RETURN_IF_ERROR(connection.Script("COMMIT", deadline, OnLoss::kMayHaveChanged));
  return result;
}

absl::Status PostgresStore::ExplainFailure(absl::Status status, const SqlError& error, const CommitBatch& batch) {
  if (error.constraint == "journal_commits_pkey") {
    return absl::AbortedError(
        StrCat("journal ", batch.journal, " holds commit ", batch.journal_seq, " already: go on with a new journal"));
  }
  // No row of ours breaks a CHECK: what is missing is today's partition.
  if (error.sqlstate == "23514") {
    log::Warn("no partition for today's events: making it");
    CADENZA_RETURN_IF_ERROR(Run(kMakePartitions, Params().Int(options_.partitions_ahead_days)).status());
    return absl::AbortedError("there was no partition for today's events; it is there now");
  }
  return status;
}

absl::StatusOr<int64_t> PostgresStore::OpenJournal() {
  // A journal that was opened and is not known to anybody does no harm: so UNKNOWN does not arise.
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kOpenJournal, Params().Text(options_.process_name)));
  if (rows.size() != 1) return absl::InternalError("PostgreSQL: no journal was made");
  return rows.Int(0, 0);
}

}  // namespace cadenza::postgres
