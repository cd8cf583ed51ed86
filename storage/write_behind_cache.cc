#include "storage/write_behind_cache.h"

#include <pthread.h>

#include "absl/time/clock.h"

namespace cadenza {
namespace {

size_t SizeOf(const std::optional<ProfileRow>& row) { return row ? row->state.size() + row->merged_into.size() : 0; }

}  // namespace

WriteBehindCache::WriteBehindCache(ProfileCache* cache, Options options)
    : cache_(cache), options_(options), thread_([this] {
        pthread_setname_np(pthread_self(), "cache-writer");
        Run();
      }) {}

WriteBehindCache::~WriteBehindCache() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  thread_.join();
}

std::vector<std::optional<ProfileRow>> WriteBehindCache::Get(const std::vector<UserKey>& keys) {
  std::vector<std::optional<ProfileRow>> rows(keys.size());
  std::vector<UserKey> asked;
  std::vector<size_t> positions;  // of `asked` in `keys`
  {
    absl::MutexLock lock(&mu_);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (auto it = waiting_.find(keys[i]); it != waiting_.end()) {
        rows[i] = it->second;
      } else {
        asked.push_back(keys[i]);
        positions.push_back(i);
      }
    }
  }
  if (asked.empty()) return rows;
  std::vector<std::optional<ProfileRow>> found = cache_->Get(asked);
  for (size_t i = 0; i < positions.size(); ++i) rows[positions[i]] = std::move(found[i]);
  return rows;
}

void WriteBehindCache::PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) {
  const absl::Time due = absl::Now() + options_.linger;
  absl::MutexLock lock(&mu_);
  for (const auto& [key, row] : rows) ChangeLocked(key, &row, due);
}

void WriteBehindCache::Drop(const std::vector<UserKey>& keys) {
  const absl::Time due = absl::Now() + options_.linger;
  absl::MutexLock lock(&mu_);
  for (const UserKey& key : keys) ChangeLocked(key, nullptr, due);
}

void WriteBehindCache::ChangeLocked(const UserKey& key, const ProfileRow* row, absl::Time due) {
  auto it = waiting_.find(key);
  if (it == waiting_.end()) {
    if (waiting_.size() >= options_.users_max) return;
    it = waiting_.try_emplace(key).first;
    order_.push_back({key, due});
  } else if (row != nullptr && it->second && it->second->version > row->version) {
    return;
  }
  Change& change = it->second;
  bytes_ -= SizeOf(change);
  const bool has_room = row != nullptr && bytes_ + row->state.size() + row->merged_into.size() <= options_.bytes_max;
  if (has_room) {
    change = *row;
  } else {
    change.reset();
  }
  bytes_ += SizeOf(change);
}

void WriteBehindCache::Flush() {
  absl::MutexLock lock(&mu_);
  ++flushing_;
  mu_.Await(absl::Condition(
      +[](WriteBehindCache* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->order_.empty() && !self->writing_; },
      this));
  --flushing_;
}

void WriteBehindCache::Run() {
  auto hurried = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_ || flushing_ > 0; };
  auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_ || !order_.empty(); };
  while (true) {
    std::vector<std::pair<UserKey, Change>> changes;
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      mu_.Await(absl::Condition(&has_work));
      if (order_.empty()) return;
      mu_.AwaitWithDeadline(absl::Condition(&hurried), order_.front().time);
      changes = TakeLocked();
      writing_ = true;
    }
    Write(std::move(changes));
  }
}

std::vector<std::pair<UserKey, WriteBehindCache::Change>> WriteBehindCache::TakeLocked() {
  const absl::Time now = stopped_ || flushing_ > 0 ? absl::InfiniteFuture() : absl::Now();
  std::vector<std::pair<UserKey, Change>> taken;
  while (!order_.empty() && order_.front().time <= now && taken.size() < options_.users_per_write) {
    auto it = waiting_.find(order_.front().key);
    bytes_ -= SizeOf(it->second);
    taken.emplace_back(std::move(order_.front().key), std::move(it->second));
    waiting_.erase(it);
    order_.pop_front();
  }
  return taken;
}

void WriteBehindCache::Write(std::vector<std::pair<UserKey, Change>> changes) {
  std::vector<std::pair<UserKey, ProfileRow>> rows;
  std::vector<UserKey> dropped;
  for (auto& [key, change] : changes) {
    if (change) {
      rows.emplace_back(std::move(key), *std::move(change));
    } else {
      dropped.push_back(std::move(key));
    }
  }
  if (!rows.empty()) cache_->PutIfNewer(rows);
  if (!dropped.empty()) cache_->Drop(dropped);
}

}  // namespace cadenza
