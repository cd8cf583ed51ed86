// The PostgreSQL store itself; see postgres_store.h. Its calls are in load.cc, commit.cc, read.cc and
// operate.cc, its parts in files of their own.
#ifndef CADENZA_STORAGE_POSTGRES_STORE_IMPL_H_
#define CADENZA_STORAGE_POSTGRES_STORE_IMPL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/postgres/campaigns.h"
#include "storage/postgres/content.h"
#include "storage/postgres/counters.h"
#include "storage/postgres/launches.h"
#include "storage/postgres/pool.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/segments.h"
#include "storage/postgres/timers.h"
#include "storage/postgres/workspaces.h"
#include "storage/store.h"

namespace cadenza::postgres {

class PostgresStore : public Store {
 public:
  explicit PostgresStore(Options options);

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
  absl::StatusOr<Revisions> ReadRevisions() override;
  WorkspaceStore& workspaces() override { return workspaces_; }
  ContentStore& content() override { return content_; }
  absl::Status PutDefinitions(const DefinitionsPut& put) override;
  CounterStore& counters() override { return counters_; }
  SegmentStore& segments() override { return segments_; }
  LaunchStore& launches() override { return launches_; }
  absl::Status CheckReady() override;
  absl::Status Probe() override;
  absl::Status Maintain() override;
  std::string Describe() override;

 private:
  Deadline NewDeadline() const { return DeadlineAfter(options_.deadline); }
  // One statement, on a connection of its own for that long.
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, OnLoss on_loss = OnLoss::kNothingChanged);
  // Deletes piece by piece until a piece is not full, or a call's time is over: the next Maintain goes on.
  absl::Status Drop(const Statement& statement, int64_t bound);

  // A batch that needs more than the one statement.
  absl::StatusOr<CommitResult> CommitInSteps(const CommitBatch& batch, const Params& params,
                                             const std::vector<size_t>& order, Connection& connection,
                                             Deadline deadline);
  // What a failed commit means: mends what can be mended (a missing partition).
  absl::Status ExplainFailure(absl::Status status, const SqlError& error, const CommitBatch& batch);
  absl::Status CheckDurability(Connection& connection, Deadline deadline);

  const Options options_;
  Pool pool_;
  PostgresCampaigns campaigns_{&pool_, options_.deadline};
  PostgresWorkspaces workspaces_{&pool_, options_.deadline};
  PostgresSegments segments_{&pool_, options_.deadline};
  PostgresLaunches launches_{&pool_, options_.deadline};
  PostgresTimers timers_;
  PostgresCounters counters_{&pool_, options_.deadline};
  PostgresContent content_{&pool_, options_.deadline};
};

// A time as it is stored: microseconds since the Unix epoch. The infinities survive.
int64_t ToMicros(absl::Time time);
absl::Time FromMicros(int64_t micros);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_STORE_IMPL_H_
