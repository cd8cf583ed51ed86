#include "storage/memory/memory_launches.h"

namespace cadenza {

absl::StatusOr<bool> MemoryLaunches::BeginLaunch(const Launch& launch) {
  absl::MutexLock lock(&mu_);
  std::map<absl::Time, Stored>& stored = launches_[Key(launch.workspace, launch.campaign_id)];
  if (!stored.empty() && stored.rbegin()->first >= launch.due_time) return false;
  Stored& begun = stored[launch.due_time];
  begun.launch = launch;
  begun.launch.cursor.clear();
  begun.launch.users_launched = 0;
  begun.launch.done = false;
  begun.launch.end_time = absl::UnixEpoch();
  std::erase_if(stored, [&launch](const auto& entry) {
    return entry.second.launch.done && entry.first < launch.due_time - kKept;
  });
  return true;
}

absl::StatusOr<std::optional<absl::Time>> MemoryLaunches::LastLaunch(std::string_view workspace,
                                                                     std::string_view campaign_id) {
  absl::MutexLock lock(&mu_);
  auto it = launches_.find(Key(workspace, campaign_id));
  if (it == launches_.end() || it->second.empty()) return std::nullopt;
  return it->second.rbegin()->first;
}

absl::StatusOr<std::optional<Launch>> MemoryLaunches::ClaimLaunch(std::string_view process, absl::Duration lease) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mu_);
  Stored* first = nullptr;
  for (auto& [key, campaign] : launches_) {
    for (auto& [due_time, stored] : campaign) {
      const bool free = stored.holder.empty() || stored.lease_end < now;
      if (stored.launch.done || !free) continue;
      if (first == nullptr || due_time < first->launch.due_time) first = &stored;
    }
  }
  if (first == nullptr) return std::nullopt;
  first->holder = std::string(process);
  first->lease_end = now + lease;
  return first->launch;
}

absl::Status MemoryLaunches::SaveLaunch(const Launch& launch, std::string_view process, absl::Duration lease) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mu_);
  std::map<absl::Time, Stored>& campaign = launches_[Key(launch.workspace, launch.campaign_id)];
  auto it = campaign.find(launch.due_time);
  if (it == campaign.end() || it->second.launch.done || it->second.holder != process) {
    return absl::AbortedError("another process has taken the launch over");
  }
  Stored& stored = it->second;
  stored.launch.cursor = launch.cursor;
  stored.launch.users_launched = launch.users_launched;
  stored.launch.done = launch.done;
  stored.launch.end_time = launch.done ? launch.end_time : absl::UnixEpoch();
  stored.lease_end = now + lease;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Launch>> MemoryLaunches::ListLaunches(std::string_view workspace,
                                                                 std::string_view campaign_id, absl::Time before,
                                                                 int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<Launch> found;
  auto campaign = launches_.find(Key(workspace, campaign_id));
  if (campaign == launches_.end()) return found;
  for (auto it = campaign->second.rbegin(); it != campaign->second.rend(); ++it) {
    if (static_cast<int>(found.size()) == limit) break;
    if (it->first >= before) continue;
    found.push_back(it->second.launch);
  }
  return found;
}

}  // namespace cadenza
