#include "storage/redis/redis_profile_cache.h"

#include <openssl/evp.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/str_format.h"
#include "storage/base/text.h"
#include "storage/redis/profile_value.h"

namespace cadenza::redis {
namespace {

// Bounds of one call of the script, which runs alone in Redis for as long as it takes.
constexpr size_t kChunkRows = 128;
constexpr size_t kChunkBytes = 1 << 20;

// KEYS: the rows. ARGV: time to live in ms, then for each row its version and its value. What is not a value of ours is
// overwritten. Lua compares doubles: exact up to 2^53, more inputs than one user sends. One MGET for all, though it
// copies the old values whole: with a GETRANGE for each, a row cost Redis a tenth more.
constexpr std::string_view kPutScript = R"lua(
local olds = redis.call('MGET', unpack(KEYS))
for i, key in ipairs(KEYS) do
  local old = olds[i]
  local newer = old and string.sub(old, 1, 4) == 'CZP1' and tonumber(string.sub(old, 5, 24))
  if not newer or newer <= tonumber(ARGV[2 * i]) then
    redis.call('SET', key, ARGV[2 * i + 1], 'PX', ARGV[1])
  end
end
return #KEYS
)lua";

const std::string& PutScriptSha() {
  static const std::string& sha = *new std::string([] {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(kPutScript.data(), kPutScript.size(), digest, &size, EVP_sha1(), nullptr);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) absl::StrAppendFormat(&hex, "%02x", digest[i]);
    return hex;
  }());
  return sha;
}

bool IsNoScript(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ERROR && std::string_view(reply.str, reply.len).starts_with("NOSCRIPT");
}

}  // namespace

RedisProfileCache::RedisProfileCache(Options options) : options_(std::move(options)), client_(options_.client) {}

// The workspace's length keeps two pairs of names from meeting in one key.
std::string RedisProfileCache::RedisKey(const UserKey& key) const {
  return StrCat(options_.key_prefix, "p:", key.workspace.size(), ":", key.workspace, ":", key.key);
}

std::vector<std::optional<ProfileRow>> RedisProfileCache::Get(const std::vector<UserKey>& keys) {
  std::vector<std::optional<ProfileRow>> rows(keys.size());
  if (keys.empty()) return rows;
  Command command = {"MGET"};
  for (const UserKey& key : keys) command.push_back(RedisKey(key));
  const Deadline deadline = client_.NewDeadline();
  absl::StatusOr<std::vector<Reply>> replies = client_.Call({command}, deadline);
  if (!replies.ok() || replies->front()->type != REDIS_REPLY_ARRAY || replies->front()->elements != keys.size()) {
    ++counters_.errors;
    counters_.misses += static_cast<int64_t>(keys.size());
    return rows;
  }
  std::vector<std::string> garbage;
  int64_t hits = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    const redisReply* value = replies->front()->element[i];
    if (value == nullptr || value->type != REDIS_REPLY_STRING) continue;
    rows[i] = DecodeProfileValue(command[i + 1], std::string_view(value->str, value->len));
    if (rows[i]) {
      ++hits;
    } else {
      garbage.push_back(command[i + 1]);
    }
  }
  counters_.hits += hits;
  counters_.misses += static_cast<int64_t>(keys.size()) - hits;
  counters_.garbage += static_cast<int64_t>(garbage.size());
  // Garbage may look newer than everything that is put after it.
  DropRedisKeys(std::move(garbage), deadline);
  return rows;
}

void RedisProfileCache::PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) {
  std::vector<Entry> entries;
  std::vector<std::string> too_big;
  for (const auto& [key, row] : rows) {
    std::string redis_key = RedisKey(key);
    if (row.state.size() + row.merged_into.size() > options_.max_value_bytes) {
      too_big.push_back(std::move(redis_key));
      continue;
    }
    std::string value = EncodeProfileValue(redis_key, row);
    entries.push_back({std::move(redis_key), StrCat(row.version), std::move(value)});
  }
  const Deadline deadline = client_.NewDeadline();
  if (!entries.empty() && !PutChunks(entries, deadline)) ++counters_.errors;
  DropRedisKeys(std::move(too_big), deadline);
}

bool RedisProfileCache::PutChunks(const std::vector<Entry>& entries, Deadline deadline) {
  std::string ttl = StrCat(std::chrono::milliseconds(options_.time_to_live).count());
  std::vector<Command> commands;
  for (size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    size_t bytes = 0;
    while (end < entries.size() && end - begin < kChunkRows && (end == begin || bytes < kChunkBytes)) {
      bytes += entries[end++].value.size();
    }
    Command command = {"EVALSHA", PutScriptSha(), StrCat(end - begin)};
    for (size_t i = begin; i < end; ++i) command.push_back(entries[i].redis_key);
    command.push_back(ttl);
    for (size_t i = begin; i < end; ++i) {
      command.push_back(entries[i].version);
      command.push_back(entries[i].value);
    }
    commands.push_back(std::move(command));
  }
  absl::StatusOr<std::vector<Reply>> replies = client_.Call(commands, deadline);
  if (!replies.ok()) return false;
  // A Redis that was restarted does not know the script yet; EVAL teaches it.
  std::vector<Command> again;
  bool good = true;
  for (size_t i = 0; i < commands.size(); ++i) {
    const redisReply& reply = *(*replies)[i];
    if (IsNoScript(reply)) {
      commands[i][0] = "EVAL";
      commands[i][1] = std::string(kPutScript);
      again.push_back(std::move(commands[i]));
    } else if (reply.type != REDIS_REPLY_INTEGER) {
      good = false;
    }
  }
  if (again.empty()) return good;
  replies = client_.Call(again, deadline);
  return good && replies.ok() && std::all_of(replies->begin(), replies->end(), [](const Reply& reply) {
           return reply->type == REDIS_REPLY_INTEGER;
         });
}

void RedisProfileCache::Drop(const std::vector<UserKey>& keys) {
  std::vector<std::string> redis_keys;
  for (const UserKey& key : keys) redis_keys.push_back(RedisKey(key));
  DropRedisKeys(std::move(redis_keys), client_.NewDeadline());
}

void RedisProfileCache::DropRedisKeys(std::vector<std::string> redis_keys, Deadline deadline) {
  if (redis_keys.empty()) return;
  Command command = {"DEL"};
  std::move(redis_keys.begin(), redis_keys.end(), std::back_inserter(command));
  absl::StatusOr<std::vector<Reply>> replies = client_.Call({command}, deadline);
  if (!replies.ok() || replies->front()->type != REDIS_REPLY_INTEGER) ++counters_.errors;
}

}  // namespace cadenza::redis
