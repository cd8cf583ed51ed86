#include "storage/batch_check.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace cadenza {
namespace {

absl::Status Bad(const char* list, size_t index, const char* what) {
  return absl::InvalidArgumentError(absl::StrCat(list, "[", index, "]", what));
}

absl::Status CheckTimers(const CommitBatch& batch) {
  absl::flat_hash_set<std::pair<size_t, std::string>> ids;
  for (size_t i = 0; i < batch.timers.size(); ++i) {
    const TimerWrite& write = batch.timers[i];
    if (write.owner >= batch.profiles.size()) return Bad("timers", i, ".owner: is no index into profiles");
    if (!ids.emplace(write.owner, write.timer_id).second) return Bad("timers", i, ".timer_id: occurs twice");
  }
  for (size_t i = 0; i < batch.timer_moves.size(); ++i) {
    if (!batch.all_or_nothing) return Bad("timer_moves", i, ": needs all_or_nothing");
    if (batch.timer_moves[i].from == batch.timer_moves[i].to) {
      return Bad("timer_moves", i, ".to: is the user that it moves from");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBatch(const CommitBatch& batch) {
  absl::flat_hash_set<UserKey> keys;
  keys.reserve(batch.profiles.size());
  for (size_t i = 0; i < batch.profiles.size(); ++i) {
    const ProfileWrite& write = batch.profiles[i];
    if (!keys.insert(write.key).second) return Bad("profiles", i, ".key: occurs twice");
    if (write.expected_version < 0) return Bad("profiles", i, ".expected_version: is negative");
    if (write.row.version <= write.expected_version) return Bad("profiles", i, ".row.version: does not grow");
  }
  for (size_t i = 0; i < batch.events.size(); ++i) {
    if (batch.events[i].owner >= batch.profiles.size()) return Bad("events", i, ".owner: is no index into profiles");
  }
  for (size_t i = 0; i < batch.messages.size(); ++i) {
    const MessageWrite& write = batch.messages[i];
    if (write.owner >= batch.profiles.size()) return Bad("messages", i, ".owner: is no index into profiles");
    if (write.message.user != batch.profiles[write.owner].key)
      return Bad("messages", i, ".message.user: is not its owner");
  }
  for (size_t i = 0; i < batch.members.size(); ++i) {
    if (batch.members[i].owner >= batch.profiles.size()) return Bad("members", i, ".owner: is no index into profiles");
  }
  for (size_t i = 0; i < batch.counters.size(); ++i) {
    const CounterWrite& write = batch.counters[i];
    if (write.owner >= batch.profiles.size()) return Bad("counters", i, ".owner: is no index into profiles");
    if (write.key >= batch.counter_keys.size()) return Bad("counters", i, ".key: is no index into counter_keys");
    if (write.place < 1 || write.place > batch.counter_keys[write.key].places()) {
      return Bad("counters", i, ".place: is none of its key");
    }
  }
  CADENZA_RETURN_IF_ERROR(CheckTimers(batch));
  for (size_t i = 0; i < batch.moves.size(); ++i) {
    if (!batch.all_or_nothing) return Bad("moves", i, ": needs all_or_nothing");
    if (batch.moves[i].from == batch.moves[i].to) return Bad("moves", i, ".to: is the user that it moves from");
  }
  return absl::OkStatus();
}

}  // namespace cadenza
