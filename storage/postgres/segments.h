// Segments in PostgreSQL. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_SEGMENTS_H_
#define CADENZA_STORAGE_POSTGRES_SEGMENTS_H_

#include <optional>
#include <string_view>
#include <vector>

#include "storage/postgres/connection.h"
#include "storage/postgres/pool.h"
#include "storage/segment_store.h"
#include "storage/store.h"

namespace cadenza::postgres {

// Thread-safe. Every call ends within the store's deadline.
class PostgresSegments : public SegmentStore {
 public:
  // `pool` must outlive it.
  PostgresSegments(Pool* pool, absl::Duration deadline) : pool_(pool), deadline_(deadline) {}

  absl::StatusOr<std::vector<Segment>> ListSegments(std::string_view workspace, std::string_view after, int limit,
                                                    bool with_archived) override;
  absl::StatusOr<Segment> GetSegment(std::string_view workspace, std::string_view segment_id) override;
  absl::Status PutSegment(const Segment& segment, bool evaluate) override;
  absl::StatusOr<int64_t> CountMembers(std::string_view workspace, std::string_view segment_id) override;
  absl::StatusOr<std::vector<SegmentMember>> ListMembers(std::string_view workspace, std::string_view segment_id,
                                                         std::string_view after, int limit) override;
  absl::StatusOr<std::optional<HeldEvaluation>> ClaimEvaluation(std::string_view process, absl::Duration lease,
                                                                absl::Duration grace) override;
  absl::Status SaveEvaluation(const HeldEvaluation& evaluation, std::string_view process,
                              absl::Duration lease) override;
  absl::Status FinishEvaluation(const HeldEvaluation& evaluation, std::string_view process) override;
  absl::StatusOr<UserStretch> ListUsers(std::string_view workspace, std::string_view after, int limit) override;

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, OnLoss on_loss = OnLoss::kNothingChanged);

  Pool* const pool_;
  const absl::Duration deadline_;
};

// What a commit says of segments, in its transaction: of the owners whose fence held.
absl::Status WriteMembers(const CommitBatch& batch, const CommitResult& result, Connection& connection,
                          Deadline deadline);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_SEGMENTS_H_
