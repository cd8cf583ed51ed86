// A Store with a ProfileCache in front of it.
//
// Rows that the cache has are taken from it, before the store is asked for the events, as LoadResult demands; so a
// stale row costs a failed fence and a second try, never a wrong decision. After a commit the cache gets what went
// through, and loses what conflicted or may have.
#ifndef CADENZA_STORAGE_CACHING_STORE_H_
#define CADENZA_STORAGE_CACHING_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "storage/profile_cache.h"
#include "storage/store.h"

namespace cadenza {

// Thread-safe, if both parts are. They must outlive it.
class CachingStore : public Store {
 public:
  CachingStore(Store* store, ProfileCache* cache) : store_(store), cache_(cache) {}

  absl::StatusOr<LoadResult> Load(const LoadRequest& request) override;
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override;

  absl::StatusOr<int64_t> OpenJournal() override { return store_->OpenJournal(); }
  absl::StatusOr<std::vector<StoredEvent>> ListEvents(const UserKey& user, int64_t after, bool descending,
                                                      int limit) override {
    return store_->ListEvents(user, after, descending, limit);
  }
  absl::StatusOr<std::vector<Message>> ListMessages(const UserKey& user, int64_t after, int limit,
                                                    absl::Time now) override {
    return store_->ListMessages(user, after, limit, now);
  }
  absl::StatusOr<std::vector<int64_t>> TopMessageSeqs(const std::vector<UserKey>& users) override {
    return store_->TopMessageSeqs(users);
  }
  absl::StatusOr<std::unique_ptr<EventScan>> ScanEvents(const ScanRequest& request) override {
    return store_->ScanEvents(request);
  }
  TimerStore& timers() override { return store_->timers(); }
  CampaignStore& campaigns() override { return store_->campaigns(); }
  WorkspaceStore& workspaces() override { return store_->workspaces(); }
  absl::StatusOr<Revisions> ReadRevisions() override { return store_->ReadRevisions(); }
  ContentStore& content() override { return store_->content(); }
  absl::Status PutDefinitions(const DefinitionsPut& put) override { return store_->PutDefinitions(put); }
  CounterStore& counters() override { return store_->counters(); }
  SegmentStore& segments() override { return store_->segments(); }
  LaunchStore& launches() override { return store_->launches(); }
  absl::Status CheckReady() override { return store_->CheckReady(); }
  absl::Status Probe() override { return store_->Probe(); }
  absl::Status Maintain() override { return store_->Maintain(); }
  std::string Describe() override { return store_->Describe(); }

 private:
  Store* const store_;
  ProfileCache* const cache_;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CACHING_STORE_H_
