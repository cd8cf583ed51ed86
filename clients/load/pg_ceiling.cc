#include "clients/load/pg_ceiling.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "clients/load/commit_recorder.h"
#include "clients/load/percentile.h"
#include "storage/base/status_macros.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/migrator.h"
#include "storage/postgres/postgres_store.h"

namespace cadenza::load {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(60);

absl::Status Checkpoint(const std::string& database) {
  const postgres::Deadline deadline = postgres::DeadlineAfter(kDeadline);
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<postgres::Connection> connection,
                           postgres::Connection::Open(database, deadline));
  return connection->Script("CHECKPOINT", deadline, postgres::OnLoss::kNothingChanged);
}

// One lane's writer.
class Replay {
 public:
  Replay(Store* store, bool with_loads) : store_(store), with_loads_(with_loads) {}

  absl::Status Open() {
    CADENZA_ASSIGN_OR_RETURN(journal_, store_->OpenJournal());
    return absl::OkStatus();
  }

  absl::Status Run(std::vector<RecordedBatch>* batches) {
    took_.clear();
    took_.reserve(batches->size());
    for (RecordedBatch& batch : *batches) {
      const absl::Time start = absl::Now();
      if (with_loads_) CADENZA_RETURN_IF_ERROR(store_->Load(batch.load).status());
      batch.commit.journal = journal_;
      batch.commit.journal_seq = ++journal_seq_;
      CADENZA_ASSIGN_OR_RETURN(CommitResult result, store_->Commit(batch.commit));
      took_.push_back(absl::Now() - start);
      const auto& conflicted = result.conflicted;
      if (std::find(conflicted.begin(), conflicted.end(), true) != conflicted.end()) {
        return absl::InternalError("a replayed batch met a conflict: was the database empty?");
      }
    }
    return absl::OkStatus();
  }

  const std::vector<absl::Duration>& took() const { return took_; }

 private:
  Store* const store_;
  const bool with_loads_;
  int64_t journal_ = 0;
  int64_t journal_seq_ = 0;
  std::vector<absl::Duration> took_;
};

absl::Status RunAll(std::vector<Replay>& replays, CommitRecorder::ByLane& recorded) {
  std::vector<absl::Status> statuses(replays.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < replays.size(); ++i) {
    threads.emplace_back([&, i] { statuses[i] = replays[i].Run(&recorded[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) CADENZA_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

PgCeilingResult Summarize(const CommitRecorder::ByLane& recorded, const std::vector<Replay>& replays, int64_t events,
                          absl::Duration took) {
  std::vector<absl::Duration> batches;
  for (const Replay& replay : replays) batches.insert(batches.end(), replay.took().begin(), replay.took().end());
  double profiles = 0;
  double messages = 0;
  for (const auto& lane : recorded) {
    for (const RecordedBatch& batch : lane) {
      profiles += static_cast<double>(batch.commit.profiles.size());
      messages += static_cast<double>(batch.commit.messages.size());
    }
  }
  const auto count = static_cast<double>(std::max<size_t>(batches.size(), 1));
  return {.events_per_second = static_cast<double>(events) / absl::ToDoubleSeconds(took),
          .took = took,
          .batches = static_cast<int64_t>(batches.size()),
          .profiles_per_batch = profiles / count,
          .messages_per_batch = messages / count,
          .batch_p50 = Percentile(&batches, 0.5),
          .batch_p99 = Percentile(&batches, 0.99)};
}

}  // namespace

absl::StatusOr<PgCeilingResult> RunPgCeiling(const PgCeilingOptions& options) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<postgres::Migration> migrations, postgres::EmbeddedMigrations());
  CADENZA_RETURN_IF_ERROR(postgres::Migrator(options.database, std::move(migrations)).Up().status());
  postgres::Options store_options;
  store_options.connection_string = options.database;
  store_options.pool_size = options.lanes;
  store_options.deadline = kDeadline;
  store_options.process_name = "pg-ceiling";
  std::unique_ptr<Store> store = postgres::MakePostgresStore(store_options);
  std::vector<Replay> replays(options.lanes, Replay(store.get(), options.with_loads));
  for (Replay& replay : replays) CADENZA_RETURN_IF_ERROR(replay.Open());

  CommitRecorder recorder({.workload = options.workload, .lanes = options.lanes, .batch_inputs = options.batch_inputs});
  {
    CADENZA_ASSIGN_OR_RETURN(CommitRecorder::ByLane users, recorder.RecordUsers());
    CADENZA_RETURN_IF_ERROR(RunAll(replays, users));
  }
  CADENZA_RETURN_IF_ERROR(Checkpoint(options.database));
  if (options.warm_up > 0) {
    CADENZA_ASSIGN_OR_RETURN(CommitRecorder::ByLane warm_up, recorder.RecordEvents(0, options.warm_up));
    CADENZA_RETURN_IF_ERROR(RunAll(replays, warm_up));
  }
  CADENZA_ASSIGN_OR_RETURN(CommitRecorder::ByLane recorded, recorder.RecordEvents(options.warm_up, options.events));
  if (options.begin) options.begin();
  const absl::Time start = absl::Now();
  const absl::Status status = RunAll(replays, recorded);
  const absl::Duration took = absl::Now() - start;
  if (options.end) options.end();
  CADENZA_RETURN_IF_ERROR(status);
  return Summarize(recorded, replays, options.events, took);
}

}  // namespace cadenza::load
