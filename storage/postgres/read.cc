#include <limits>

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

Params OfUser(const UserKey& user) {
  Params params;
  params.Int(ShardOf(user)).Text(user.workspace).Text(user.key);
  return params;
}

}  // namespace

absl::StatusOr<std::vector<StoredEvent>> PostgresStore::ListEvents(const UserKey& user, int64_t after, bool descending,
                                                                   int limit) {
  if (descending && after == 0) after = std::numeric_limits<int64_t>::max();
  Params params = OfUser(user);
  params.Int(after).Int(limit);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(descending ? kListEventsDown : kListEventsUp, params));
  std::vector<StoredEvent> events;
  events.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) {
    events.push_back({rows.Int(i, 0), FromMicros(rows.Int(i, 1)), rows.String(i, 2), rows.String(i, 3)});
  }
  return events;
}

absl::StatusOr<std::vector<Message>> PostgresStore::ListMessages(const UserKey& user, int64_t after, int limit,
                                                                 absl::Time now) {
  Params params = OfUser(user);
  params.Int(after).Int(limit).Int(ToMicros(now));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kListMessages, params));
  std::vector<Message> messages;
  messages.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) {
    Message& message = messages.emplace_back();
    message.user = user;
    message.message_seq = rows.Int(i, 0);
    message.message_id = rows.String(i, 1);
    message.campaign_id = rows.String(i, 2);
    message.event_id = rows.String(i, 3);
    message.channel = rows.String(i, 4);
    message.title = rows.String(i, 5);
    message.body = rows.String(i, 6);
    message.create_time = FromMicros(rows.Int(i, 7));
    message.expire_time = FromMicros(rows.Int(i, 8));
    message.variant_id = rows.String(i, 9);
  }
  return messages;
}

absl::StatusOr<std::vector<int64_t>> PostgresStore::TopMessageSeqs(const std::vector<UserKey>& users) {
  std::vector<int64_t> tops(users.size(), 0);
  if (users.empty()) return tops;
  KeyColumns columns;
  for (const UserKey& user : users) columns.Add(user);
  Params params;
  std::move(columns).MoveTo(&params);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kTopMessageSeqs, params));
  for (int i = 0; i < rows.size(); ++i) tops[rows.Int(i, 0) - 1] = rows.Int(i, 1);
  return tops;
}

absl::StatusOr<Revisions> PostgresStore::ReadRevisions() {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kReadRevisions, Params()));
  if (rows.size() != 1) return absl::InternalError("the table rule_set must hold one row");
  return Revisions{.rule_set = rows.Int(0, 0), .catalogs = rows.Int(0, 1)};
}

}  // namespace cadenza::postgres
