#include "storage/memory/memory_segments.h"

#include <set>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza {

MemorySegments::Stored* MemorySegments::Find(std::string_view workspace, std::string_view segment_id) {
  auto it = segments_.find(Key(workspace, segment_id));
  return it == segments_.end() ? nullptr : &it->second;
}

absl::StatusOr<std::vector<Segment>> MemorySegments::ListSegments(std::string_view workspace, std::string_view after,
                                                                  int limit, bool with_archived) {
  absl::MutexLock lock(&mu_);
  std::vector<Segment> found;
  for (const auto& [key, stored] : segments_) {
    if (!workspace.empty() && key.first != workspace) continue;
    if (key.second <= after) continue;
    if (!with_archived && stored.segment.state == Segment::State::kArchived) continue;
    if (limit > 0 && static_cast<int>(found.size()) == limit) break;
    found.push_back(stored.segment);
  }
  return found;
}

absl::StatusOr<Segment> MemorySegments::GetSegment(std::string_view workspace, std::string_view segment_id) {
  absl::MutexLock lock(&mu_);
  const Stored* stored = Find(workspace, segment_id);
  if (stored == nullptr) return absl::NotFoundError(Sv(StrCat("there is no segment \"", segment_id, "\"")));
  return stored->segment;
}

absl::Status MemorySegments::PutSegment(const Segment& segment, bool evaluate) {
  return PutWith({{segment, evaluate}}, [] { return absl::OkStatus(); });
}

absl::Status MemorySegments::CheckPut(const Segment& segment) {
  if (segment.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  const Stored* stored = Find(segment.workspace, segment.segment_id);
  if (segment.revision == 1) {
    if (stored == nullptr) return absl::OkStatus();
    return absl::AlreadyExistsError(StrCat("segment \"", segment.segment_id, "\" exists already"));
  }
  if (stored == nullptr) return absl::NotFoundError(StrCat("there is no segment \"", segment.segment_id, "\""));
  if (stored->segment.revision == segment.revision - 1) return absl::OkStatus();
  return absl::AbortedError(StrCat("segment \"", segment.segment_id, "\" is at revision ", stored->segment.revision,
                                   ", not ", segment.revision - 1));
}

void MemorySegments::Keep(const SegmentPut& put) {
  const Segment& segment = put.segment;
  Stored& stored = segments_[Key(segment.workspace, segment.segment_id)];
  SegmentEvaluation evaluation = stored.segment.evaluation;
  stored.segment = segment;
  if (put.evaluate) {
    evaluation = {.state = SegmentEvaluation::State::kRunning, .start_time = segment.update_time};
    ++stored.number;
    stored.cursor.clear();
    stored.holder.clear();
  }
  stored.segment.evaluation = evaluation;
  ++changes_;
}

absl::Status MemorySegments::PutWith(const std::vector<SegmentPut>& puts, const std::function<absl::Status()>& rest) {
  absl::MutexLock lock(&mu_);
  std::set<Key> keys;
  for (const SegmentPut& put : puts) {
    CADENZA_RETURN_IF_ERROR(CheckPut(put.segment));
    if (!keys.emplace(put.segment.workspace, put.segment.segment_id).second) {
      return absl::InvalidArgumentError(StrCat("segment \"", put.segment.segment_id, "\" stands twice in one change"));
    }
  }
  CADENZA_RETURN_IF_ERROR(rest());
  for (const SegmentPut& put : puts) Keep(put);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> MemorySegments::CountMembers(std::string_view workspace, std::string_view segment_id) {
  absl::MutexLock lock(&mu_);
  const Stored* stored = Find(workspace, segment_id);
  return stored == nullptr ? 0 : static_cast<int64_t>(stored->members.size());
}

absl::StatusOr<std::vector<SegmentMember>> MemorySegments::ListMembers(std::string_view workspace,
                                                                       std::string_view segment_id,
                                                                       std::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<SegmentMember> found;
  const Stored* stored = Find(workspace, segment_id);
  if (stored == nullptr) return found;
  auto it = stored->members.upper_bound(std::string(after));
  for (; it != stored->members.end() && static_cast<int>(found.size()) < limit; ++it) {
    found.push_back({it->first, it->second});
  }
  return found;
}

void MemorySegments::Write(const UserKey& user, const MemberWrite& write) {
  absl::MutexLock lock(&mu_);
  // As a table, it knows members of segments that are not in it.
  Stored* stored = Find(user.workspace, write.segment_id);
  if (stored == nullptr) return;
  if (write.entered) {
    stored->members[user.key] = write.since;
  } else {
    stored->members.erase(user.key);
  }
}

int64_t MemorySegments::changes() const {
  absl::MutexLock lock(&mu_);
  return changes_;
}

absl::StatusOr<std::optional<HeldEvaluation>> MemorySegments::ClaimEvaluation(std::string_view process,
                                                                              absl::Duration lease,
                                                                              absl::Duration grace) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mu_);
  Stored* first = nullptr;
  for (auto& [key, stored] : segments_) {
    const SegmentEvaluation& evaluation = stored.segment.evaluation;
    const bool due = evaluation.state == SegmentEvaluation::State::kRunning && evaluation.start_time + grace <= now;
    const bool free = stored.holder.empty() || stored.holder == process || stored.lease_end < now;
    if (!due || !free) continue;
    if (first == nullptr || evaluation.start_time < first->segment.evaluation.start_time) first = &stored;
  }
  if (first == nullptr) return std::nullopt;
  first->holder = std::string(process);
  first->lease_end = now + lease;
  const Segment& segment = first->segment;
  return HeldEvaluation{.workspace = segment.workspace,
                        .segment_id = segment.segment_id,
                        .segment_state = segment.state,
                        .number = first->number,
                        .cursor = first->cursor,
                        .users_examined = segment.evaluation.users_examined,
                        .users_total = segment.evaluation.users_total};
}

absl::StatusOr<MemorySegments::Stored*> MemorySegments::Held(const HeldEvaluation& evaluation,
                                                             std::string_view process) {
  Stored* stored = Find(evaluation.workspace, evaluation.segment_id);
  if (stored == nullptr || stored->number != evaluation.number || stored->holder != process ||
      stored->segment.evaluation.state != SegmentEvaluation::State::kRunning) {
    return absl::AbortedError("another process or another evaluation has taken over");
  }
  return stored;
}

absl::Status MemorySegments::SaveEvaluation(const HeldEvaluation& evaluation, std::string_view process,
                                            absl::Duration lease) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mu_);
  CADENZA_ASSIGN_OR_RETURN(Stored * stored, Held(evaluation, process));
  stored->cursor = evaluation.cursor;
  stored->lease_end = now + lease;
  stored->segment.evaluation.users_examined = evaluation.users_examined;
  stored->segment.evaluation.users_total = evaluation.users_total;
  return absl::OkStatus();
}

absl::Status MemorySegments::FinishEvaluation(const HeldEvaluation& evaluation, std::string_view process) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mu_);
  CADENZA_ASSIGN_OR_RETURN(Stored * stored, Held(evaluation, process));
  stored->holder.clear();
  stored->segment.evaluation.users_examined = evaluation.users_examined;
  stored->segment.evaluation.users_total = evaluation.users_total;
  stored->segment.evaluation.state = SegmentEvaluation::State::kDone;
  stored->segment.evaluation.end_time = now;
  ++changes_;
  return absl::OkStatus();
}

absl::StatusOr<UserStretch> MemorySegments::ListUsers(std::string_view workspace, std::string_view after, int limit) {
  return lister_(workspace, after, limit);
}

}  // namespace cadenza
