// Segments in memory: the part of MemoryStore that segment_store.h names. Has a mutex of its own, taken after the
// store's.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_SEGMENTS_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_SEGMENTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/clock.h"
#include "storage/segment_store.h"
#include "storage/store.h"

namespace cadenza {

class MemorySegments : public SegmentStore {
 public:
  // Gives the users of a workspace, see SegmentStore::ListUsers; holds none of the locks here.
  using UserLister = std::function<UserStretch(std::string_view workspace, std::string_view after, int limit)>;

  MemorySegments(Clock* clock, UserLister lister) : clock_(clock), lister_(std::move(lister)) {}

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

  // Of a commit: `user` has entered or left.
  void Write(const UserKey& user, const MemberWrite& write);
  // All of them as PutSegment, or none, if `rest`, called while they could be put and nobody else can put any, is fine.
  absl::Status PutWith(const std::vector<SegmentPut>& puts, const std::function<absl::Status()>& rest);
  // How often the rule set's revision was raised.
  int64_t changes() const;

 private:
  using Key = std::pair<std::string, std::string>;  // workspace, segment_id
  struct Stored {
    Segment segment;
    std::map<std::string, absl::Time> members;  // by user_key
    int64_t number = 0;                         // of the evaluation
    std::string cursor;
    std::string holder;
    absl::Time lease_end = absl::InfinitePast();
  };

  // Null if there is none.
  Stored* Find(std::string_view workspace, std::string_view segment_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckPut(const Segment& segment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Keep(const SegmentPut& put) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<Stored*> Held(const HeldEvaluation& evaluation, std::string_view process)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Clock* const clock_;
  const UserLister lister_;
  mutable absl::Mutex mu_;
  std::map<Key, Stored> segments_ ABSL_GUARDED_BY(mu_);
  int64_t changes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_SEGMENTS_H_
