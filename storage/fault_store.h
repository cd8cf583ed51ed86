// A Store for tests that misbehaves on demand in front of a real one.
#ifndef CADENZA_STORAGE_FAULT_STORE_H_
#define CADENZA_STORAGE_FAULT_STORE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/store.h"

namespace cadenza {

// Thread-safe. Faults are taken in the order in which they were given, one by each call of their kind; a call that
// finds none goes straight through.
class FaultStore : public Store {
 public:
  enum class Call : uint8_t {
    kLoad,
    kCommit,
    kOpenJournal,
    kRead,
    kCampaigns,
    kOperate
  };  // kCampaigns: ReadRevisions and PutDefinitions too

  struct Fault {
    // What the call answers; OK = what the store behind says.
    absl::Status error;
    // With an error: the store behind does the work all the same, and its answer is lost (for kCommit with UNKNOWN:
    // commit, then lie).
    bool do_it = false;
    // Waited before anything else, on the calling thread.
    absl::Duration delay;
    // Called on the calling thread after the delay and before the work; may block until the test lets it go.
    std::function<void()> before;
  };

  // `base` is not owned and outlives this.
  explicit FaultStore(Store* base) : base_(base) {}

  // The next `times` calls of this kind have the fault.
  void Inject(Call call, Fault fault, int times = 1) ABSL_LOCKS_EXCLUDED(mu_);
  // Every call of this kind has the fault, after the injected ones are used up, until Heal.
  void InjectAlways(Call call, Fault fault) ABSL_LOCKS_EXCLUDED(mu_);
  // Forgets all faults.
  void Heal() ABSL_LOCKS_EXCLUDED(mu_);
  // How many calls of this kind there were.
  int64_t Calls(Call call) const ABSL_LOCKS_EXCLUDED(mu_);

  absl::StatusOr<LoadResult> Load(const LoadRequest& request) override;
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override;
  absl::StatusOr<int64_t> OpenJournal() override;
  absl::StatusOr<std::vector<StoredEvent>> ListEvents(const UserKey& user, int64_t after, bool descending,
                                                      int limit) override;
  absl::StatusOr<std::vector<Message>> ListMessages(const UserKey& user, int64_t after, int limit,
                                                    absl::Time now) override;
  absl::StatusOr<std::vector<int64_t>> TopMessageSeqs(const std::vector<UserKey>& users) override;
  // Without faults.
  absl::StatusOr<std::unique_ptr<EventScan>> ScanEvents(const ScanRequest& request) override {
    return base_->ScanEvents(request);
  }
  TimerStore& timers() override { return base_->timers(); }
  CampaignStore& campaigns() override { return campaigns_; }
  absl::StatusOr<Revisions> ReadRevisions() override;
  absl::Status PutDefinitions(const DefinitionsPut& put) override;
  // Without faults.
  WorkspaceStore& workspaces() override { return base_->workspaces(); }
  ContentStore& content() override { return base_->content(); }
  CounterStore& counters() override { return base_->counters(); }
  SegmentStore& segments() override { return base_->segments(); }
  LaunchStore& launches() override { return base_->launches(); }
  absl::Status CheckReady() override;
  absl::Status Probe() override;
  absl::Status Maintain() override;
  std::string Describe() override { return base_->Describe(); }

 private:
  // Every call is one of kCampaigns.
  class Campaigns : public CampaignStore {
   public:
    explicit Campaigns(FaultStore* store) : store_(store) {}
    absl::StatusOr<std::vector<CampaignRow>> ListCampaigns(std::string_view workspace, std::string_view after,
                                                           int limit, bool with_archived) override;
    absl::StatusOr<CampaignRow> GetCampaign(std::string_view workspace, std::string_view campaign_id) override;
    absl::Status PutCampaigns(const std::vector<CampaignRow>& rows) override;
    absl::StatusOr<std::vector<CampaignRow>> ListVersions(std::string_view workspace, std::string_view campaign_id,
                                                          int64_t before, int limit) override;
    absl::StatusOr<CampaignRow> GetVersion(std::string_view workspace, std::string_view campaign_id,
                                           int64_t revision) override;

   private:
    FaultStore* const store_;
  };
  struct Plan {
    std::deque<Fault> next;
    Fault always;
    bool has_always = false;
    int64_t calls = 0;
  };
  static constexpr int kCalls = 6;

  Fault Take(Call call) ABSL_LOCKS_EXCLUDED(mu_);
  template <typename Result>
  Result Run(Call call, const std::function<Result()>& work);

  Store* const base_;
  Campaigns campaigns_{this};
  mutable absl::Mutex mu_;
  Plan plans_[kCalls] ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_FAULT_STORE_H_
