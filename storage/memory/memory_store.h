// The Store in the memory of this process: the same semantics as PostgreSQL's, and nothing is durable. For trying
// Cadenza out, and for tests.
//
// One mutex guards everything but campaigns(), workspaces(), content(), counters(), segments(), launches() and
// timers(), which have their own; a call holds it for as long as it works. Never UNAVAILABLE or UNKNOWN.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_STORE_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/clock.h"
#include "storage/memory/memory_campaigns.h"
#include "storage/memory/memory_content.h"
#include "storage/memory/memory_counters.h"
#include "storage/memory/memory_launches.h"
#include "storage/memory/memory_segments.h"
#include "storage/memory/memory_timers.h"
#include "storage/memory/memory_workspaces.h"
#include "storage/model/limits.h"
#include "storage/store.h"

namespace cadenza {

class MemoryStore : public Store {
 public:
  struct Options {
    Clock* clock = &Clock::System();  // not owned; decides what has left the dedupe window
    absl::Duration dedupe_window = limits::kDedupeWindow;
    // Of one user; the oldest go first.
    size_t events_per_user = 10'000;
    size_t messages_per_user = 1'000;
  };

  MemoryStore() : MemoryStore(Options()) {}
  explicit MemoryStore(Options options)
      : options_(options),
        segments_(options.clock, [this](std::string_view workspace, std::string_view after, int limit) {
          return ListUsers(workspace, after, limit);
        }) {}

  absl::StatusOr<LoadResult> Load(const LoadRequest& request) override;
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override;
  absl::StatusOr<int64_t> OpenJournal() override;
  absl::StatusOr<std::vector<StoredEvent>> ListEvents(const UserKey& user, int64_t after, bool descending,
                                                      int limit) override;
  absl::StatusOr<std::vector<Message>> ListMessages(const UserKey& user, int64_t after, int limit,
                                                    absl::Time now) override;
  absl::StatusOr<std::vector<int64_t>> TopMessageSeqs(const std::vector<UserKey>& users) override;
  absl::StatusOr<std::unique_ptr<EventScan>> ScanEvents(const ScanRequest& request) override;
  TimerStore& timers() override { return timers_; }
  CampaignStore& campaigns() override { return campaigns_; }
  WorkspaceStore& workspaces() override { return workspaces_; }
  absl::StatusOr<Revisions> ReadRevisions() override;
  ContentStore& content() override { return content_; }
  absl::Status PutDefinitions(const DefinitionsPut& put) override;
  CounterStore& counters() override { return counters_; }
  SegmentStore& segments() override { return segments_; }
  LaunchStore& launches() override { return launches_; }
  absl::Status CheckReady() override { return absl::OkStatus(); }
  absl::Status Probe() override { return absl::OkStatus(); }
  absl::Status Maintain() override;
  std::string Describe() override { return "memory (nothing is durable)"; }

 private:
  using EventKey = std::pair<UserKey, std::string>;  // user as named, event id
  struct Remembered {
    SeenEvent event;
    absl::Time time;
  };
  struct LoggedEvent : StoredEvent {
    absl::Time time;
  };
  struct Log {
    std::map<int64_t, LoggedEvent> events;  // by user_seq
    std::map<int64_t, Message> messages;    // by message_seq
  };

  int64_t VersionOf(const UserKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckMessages(const CommitBatch& batch, const CommitResult& result) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void StoreEvent(const UserKey& owner, const EventWrite& write, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MoveMessages(const MessageMove& move) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  struct Snapshot;  // memory_scan.cc
  std::shared_ptr<const Snapshot> Scan(const ScanRequest& request) ABSL_LOCKS_EXCLUDED(mu_);
  UserStretch ListUsers(std::string_view workspace, std::string_view after, int limit);
  // Forgets what has left the dedupe window.
  void Prune(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  absl::Mutex mu_;
  absl::flat_hash_map<UserKey, ProfileRow> rows_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<UserKey, Log> logs_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<EventKey, Remembered> seen_ ABSL_GUARDED_BY(mu_);
  std::deque<std::pair<absl::Time, EventKey>> seen_order_ ABSL_GUARDED_BY(mu_);  // by arrival
  int64_t journals_ ABSL_GUARDED_BY(mu_) = 0;
  MemoryCampaigns campaigns_;
  MemoryWorkspaces workspaces_;
  MemorySegments segments_;
  MemoryLaunches launches_{options_.clock};
  MemoryTimers timers_;
  MemoryCounters counters_;
  MemoryContent content_;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_STORE_H_
