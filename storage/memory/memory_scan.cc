// The scan of a workspace's inputs: a copy of all of them, made by its first Next.
#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"
#include "storage/memory/memory_store.h"

namespace cadenza {

struct MemoryStore::Snapshot {
  struct Entry {
    std::string user_key;
    std::string owner_key;
    int64_t group = 0;
    LoggedEvent event;
  };
  std::vector<Entry> entries;
};

namespace {

template <typename Snapshot>
class MemoryScan : public EventScan {
 public:
  explicit MemoryScan(std::function<std::shared_ptr<const Snapshot>()> take) : take_(std::move(take)) {}

  absl::StatusOr<std::unique_ptr<EventStretch>> Next() override {
    if (snapshot_ == nullptr) snapshot_ = take_();
    const auto& entries = snapshot_->entries;
    if (next_ == entries.size()) return nullptr;
    auto stretch = std::make_unique<EventStretch>();
    const size_t end = std::min(next_ + kStretchEvents, entries.size());
    for (; next_ < end; ++next_) {
      const auto& entry = entries[next_];
      stretch->events.push_back({entry.user_key, entry.owner_key, entry.group, entry.event.user_seq, entry.event.time,
                                 entry.event.receive_time, entry.event.body,
                                 std::string_view(entry.event.decisions).substr(0, kScannedDecisionBytes)});
    }
    stretch->done = static_cast<double>(end) / static_cast<double>(entries.size());
    stretch->owner = snapshot_;
    return stretch;
  }

 private:
  const std::function<std::shared_ptr<const Snapshot>()> take_;
  static constexpr size_t kStretchEvents = 1000;

  std::shared_ptr<const Snapshot> snapshot_;
  size_t next_ = 0;
};

}  // namespace

std::shared_ptr<const MemoryStore::Snapshot> MemoryStore::Scan(const ScanRequest& request) {
  auto snapshot = std::make_shared<Snapshot>();
  absl::MutexLock lock(&mu_);
  for (const auto& [user, log] : logs_) {
    if (user.workspace != request.workspace) continue;
    const auto row = rows_.find(user);
    const bool leads = row != rows_.end() && !row->second.merged_into.empty();
    const std::string& owner = leads ? row->second.merged_into : user.key;
    const auto group = static_cast<int64_t>(absl::HashOf(owner));
    for (const auto& [user_seq, event] : log.events) {
      if (event.time >= request.to && event.receive_time >= request.to) continue;
      snapshot->entries.push_back({user.key, owner, group, event});
    }
  }
  using Entry = Snapshot::Entry;
  std::sort(snapshot->entries.begin(), snapshot->entries.end(), [](const Entry& a, const Entry& b) {
    const bool a_last = a.user_key == a.owner_key;
    const bool b_last = b.user_key == b.owner_key;
    return std::tie(a.group, a.owner_key, a_last, a.user_key, a.event.user_seq) <
           std::tie(b.group, b.owner_key, b_last, b.user_key, b.event.user_seq);
  });
  return snapshot;
}

absl::StatusOr<std::unique_ptr<EventScan>> MemoryStore::ScanEvents(const ScanRequest& request) {
  return std::make_unique<MemoryScan<Snapshot>>([this, request] { return Scan(request); });
}

}  // namespace cadenza
