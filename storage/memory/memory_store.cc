#include "storage/memory/memory_store.h"

#include <algorithm>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/batch_check.h"

namespace cadenza {

absl::StatusOr<LoadResult> MemoryStore::Load(const LoadRequest& request) {
  absl::MutexLock lock(&mu_);
  Prune(options_.clock->Now());
  LoadResult result;
  result.rows.reserve(request.keys.size());
  for (const UserKey& key : request.keys) {
    auto it = rows_.find(key);
    result.rows.push_back(it == rows_.end() ? std::nullopt : std::optional(it->second));
  }
  result.events.reserve(request.events.size());
  for (const EventRef& ref : request.events) {
    auto it = seen_.find(EventKey(ref.user, ref.event_id));
    result.events.push_back(it == seen_.end() ? std::nullopt : std::optional(it->second.event));
  }
  result.catalog_items = content_.LoadItems(request.catalog_items);
  return result;
}

int64_t MemoryStore::VersionOf(const UserKey& key) const {
  auto it = rows_.find(key);
  return it == rows_.end() ? 0 : it->second.version;
}

absl::Status MemoryStore::CheckMessages(const CommitBatch& batch, const CommitResult& result) const {
  absl::flat_hash_set<std::pair<UserKey, int64_t>> taken;
  auto take = [&](const UserKey& user, int64_t seq) {
    auto it = logs_.find(user);
    const bool stored = it != logs_.end() && it->second.messages.contains(seq);
    return !stored && taken.emplace(user, seq).second;
  };
  for (const MessageWrite& write : batch.messages) {
    if (result.conflicted[write.owner]) continue;
    if (!take(write.message.user, write.message.message_seq)) {
      return absl::InvalidArgumentError(absl::StrCat("message_seq ", write.message.message_seq, " is taken"));
    }
  }
  for (const MessageMove& move : batch.moves) {
    auto it = logs_.find(move.from);
    if (it == logs_.end()) continue;
    for (const auto& [seq, message] : it->second.messages) {
      if (!take(move.to, seq + move.offset)) {
        return absl::InvalidArgumentError(absl::StrCat("message_seq ", seq + move.offset, " is taken"));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CommitResult> MemoryStore::Commit(const CommitBatch& batch) {
  CADENZA_RETURN_IF_ERROR(CheckBatch(batch));
  absl::MutexLock lock(&mu_);
  const absl::Time now = options_.clock->Now();
  Prune(now);
  if (batch.check_events) {
    for (const EventWrite& write : batch.events) {
      if (seen_.contains(EventKey(write.named, write.event_id))) return absl::AlreadyExistsError(write.event_id);
    }
  }
  CommitResult result;
  bool any_conflict = false;
  for (const ProfileWrite& write : batch.profiles) {
    result.conflicted.push_back(VersionOf(write.key) != write.expected_version);
    any_conflict |= result.conflicted.back();
  }
  if (batch.all_or_nothing && any_conflict) {
    result.conflicted.assign(batch.profiles.size(), true);
    return result;
  }
  CADENZA_RETURN_IF_ERROR(CheckMessages(batch, result));

  for (size_t i = 0; i < batch.profiles.size(); ++i) {
    if (!result.conflicted[i]) rows_[batch.profiles[i].key] = batch.profiles[i].row;
  }
  for (const EventWrite& write : batch.events) {
    if (!result.conflicted[write.owner]) StoreEvent(batch.profiles[write.owner].key, write, now);
  }
  for (const MessageWrite& write : batch.messages) {
    if (result.conflicted[write.owner]) continue;
    auto& messages = logs_[write.message.user].messages;
    messages.emplace(write.message.message_seq, write.message);
    while (messages.size() > options_.messages_per_user) messages.erase(messages.begin());
  }
  for (const MessageMove& move : batch.moves) MoveMessages(move);
  for (const MemberWrite& write : batch.members) {
    if (!result.conflicted[write.owner]) segments_.Write(batch.profiles[write.owner].key, write);
  }
  timers_.Apply(batch, result);
  counters_.Apply(batch, result);
  Prune(now);
  return result;
}

void MemoryStore::StoreEvent(const UserKey& owner, const EventWrite& write, absl::Time now) {
  EventKey key(write.named, write.event_id);
  seen_[key] = Remembered{{write.user_seq, write.digest}, now};
  seen_order_.emplace_back(now, std::move(key));
  auto& events = logs_[owner].events;
  events[write.user_seq] = LoggedEvent{{write.user_seq, write.receive_time, write.body, write.decisions}, write.time};
  while (events.size() > options_.events_per_user) events.erase(events.begin());
}

void MemoryStore::MoveMessages(const MessageMove& move) {
  auto from = logs_.find(move.from);
  if (from == logs_.end()) return;
  std::map<int64_t, Message> moving = std::move(from->second.messages);
  from->second.messages.clear();
  auto& to = logs_[move.to].messages;
  for (auto& [seq, message] : moving) {
    message.user = move.to;
    message.message_seq = seq + move.offset;
    to.emplace(message.message_seq, std::move(message));
  }
  while (to.size() > options_.messages_per_user) to.erase(to.begin());
}

void MemoryStore::Prune(absl::Time now) {
  while (!seen_order_.empty() && seen_order_.front().first + options_.dedupe_window < now) {
    auto it = seen_.find(seen_order_.front().second);
    // An id that was used again after the window has a later entry of its own.
    if (it != seen_.end() && it->second.time == seen_order_.front().first) seen_.erase(it);
    seen_order_.pop_front();
  }
}

absl::StatusOr<int64_t> MemoryStore::OpenJournal() {
  absl::MutexLock lock(&mu_);
  return ++journals_;
}

absl::StatusOr<std::vector<StoredEvent>> MemoryStore::ListEvents(const UserKey& user, int64_t after, bool descending,
                                                                 int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<StoredEvent> found;
  auto log = logs_.find(user);
  if (log == logs_.end()) return found;
  const auto& events = log->second.events;
  auto has_room = [&] { return static_cast<int>(found.size()) < limit; };
  if (descending) {
    auto it = after == 0 ? events.end() : events.lower_bound(after);
    while (it != events.begin() && has_room()) found.push_back((--it)->second);
  } else {
    for (auto it = events.upper_bound(after); it != events.end() && has_room(); ++it) found.push_back(it->second);
  }
  return found;
}

absl::StatusOr<std::vector<Message>> MemoryStore::ListMessages(const UserKey& user, int64_t after, int limit,
                                                               absl::Time now) {
  absl::MutexLock lock(&mu_);
  std::vector<Message> found;
  auto log = logs_.find(user);
  if (log == logs_.end()) return found;
  const auto& messages = log->second.messages;
  for (auto it = messages.upper_bound(after); it != messages.end() && static_cast<int>(found.size()) < limit; ++it) {
    if (it->second.expire_time > now) found.push_back(it->second);
  }
  return found;
}

absl::StatusOr<std::vector<int64_t>> MemoryStore::TopMessageSeqs(const std::vector<UserKey>& users) {
  absl::MutexLock lock(&mu_);
  std::vector<int64_t> tops;
  tops.reserve(users.size());
  for (const UserKey& user : users) {
    auto log = logs_.find(user);
    const bool has_any = log != logs_.end() && !log->second.messages.empty();
    tops.push_back(has_any ? log->second.messages.rbegin()->first : 0);
  }
  return tops;
}

// Each kind is checked under its mutex while the others are, and stored once all are found good.
absl::Status MemoryStore::PutDefinitions(const DefinitionsPut& put) {
  const auto campaigns = [&] { return campaigns_.PutCampaigns(put.campaigns); };
  const auto segments = [&] { return segments_.PutWith(put.segments, campaigns); };
  const auto content = [&] { return content_.PutWith(put.content_blocks, segments); };
  return put.settings.has_value() ? workspaces_.PutWith(*put.settings, content) : content();
}

absl::StatusOr<Revisions> MemoryStore::ReadRevisions() {
  absl::MutexLock lock(&mu_);
  Revisions revisions = content_.Changes();
  revisions.rule_set += campaigns_.changes() + workspaces_.changes() + segments_.changes();
  return revisions;
}

UserStretch MemoryStore::ListUsers(std::string_view workspace, std::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  UserStretch stretch;
  for (const auto& [key, row] : rows_) {
    if (key.workspace == workspace && key.key > after) stretch.keys.push_back(key.key);
  }
  std::sort(stretch.keys.begin(), stretch.keys.end());
  if (stretch.keys.size() > static_cast<size_t>(limit)) stretch.keys.resize(static_cast<size_t>(limit));
  stretch.at_end = stretch.keys.empty();
  stretch.last_key = stretch.at_end ? std::string(after) : stretch.keys.back();
  std::erase_if(stretch.keys, [&](const std::string& key) {
    return !rows_.at(UserKey{std::string(workspace), key}).merged_into.empty();
  });
  return stretch;
}

absl::Status MemoryStore::Maintain() {
  absl::MutexLock lock(&mu_);
  Prune(options_.clock->Now());
  return absl::OkStatus();
}

}  // namespace cadenza
