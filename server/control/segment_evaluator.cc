#include "server/control/segment_evaluator.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "server/control/tally.h"
#include "server/control/user_walk.h"
#include "storage/base/ids.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"

namespace cadenza {

void SegmentEvaluator::Start() {
  thread_ = std::thread([this] { Run(); });
}

void SegmentEvaluator::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool SegmentEvaluator::stopped() {
  absl::MutexLock lock(&mu_);
  return stopped_;
}

bool SegmentEvaluator::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopped_), duration);
}

void SegmentEvaluator::Run() {
  while (!stopped()) {
    const absl::StatusOr<bool> worked = RunOne();
    if (!worked.ok() && !absl::IsAborted(worked.status()) && !absl::IsCancelled(worked.status())) {
      log::Warn("the evaluation of a segment waits for the store", {{"status", worked.status()}});
    }
    if ((!worked.ok() || !*worked) && !Pause(options_.poll_interval)) return;
  }
}

absl::StatusOr<bool> SegmentEvaluator::RunOne() {
  CADENZA_ASSIGN_OR_RETURN(std::optional<HeldEvaluation> claimed,
                           store_->ClaimEvaluation(options_.process_name, options_.lease, options_.grace));
  if (!claimed.has_value()) return false;
  HeldEvaluation& evaluation = *claimed;
  if (evaluation.users_total == SegmentEvaluation::kNotCounted) CADENZA_RETURN_IF_ERROR(Count(&evaluation));
  // Nobody can enter an archived segment, so only those who are in it need to be looked at.
  const bool archived = evaluation.segment_state == Segment::State::kArchived;
  UserWalk walk(store_, evaluation.workspace, archived ? evaluation.segment_id : "", options_.stretch_users,
                options_.rows_max);
  while (true) {
    const absl::Time begin = absl::Now();
    CADENZA_ASSIGN_OR_RETURN(const UserStretch stretch, walk.Next(evaluation.cursor));
    if (stretch.at_end) break;
    CADENZA_RETURN_IF_ERROR(Evaluate(evaluation, stretch.keys));
    evaluation.cursor = stretch.last_key;
    evaluation.users_examined += static_cast<int64_t>(stretch.keys.size());
    // Users who came meanwhile are looked at too.
    evaluation.users_total = std::max(evaluation.users_total, evaluation.users_examined);
    CADENZA_RETURN_IF_ERROR(store_->SaveEvaluation(evaluation, options_.process_name, options_.lease));
    if (!Pause(std::clamp(absl::Now() - begin, options_.pause_min, options_.pause_max))) {
      return absl::CancelledError("stopped");
    }
  }
  evaluation.users_total = evaluation.users_examined;
  CADENZA_RETURN_IF_ERROR(store_->FinishEvaluation(evaluation, options_.process_name));
  log::Info("segment evaluated", {{"segment_id", evaluation.segment_id}, {"users", evaluation.users_examined}});
  if (changed_) changed_();
  return true;
}

absl::Status SegmentEvaluator::Count(HeldEvaluation* evaluation) {
  int64_t total = 0;
  if (evaluation->segment_state == Segment::State::kArchived) {
    CADENZA_ASSIGN_OR_RETURN(total, store_->CountMembers(evaluation->workspace, evaluation->segment_id));
  } else {
    UserStretch stretch;
    while (!stretch.at_end) {
      if (stopped()) return absl::CancelledError("stopped");
      CADENZA_ASSIGN_OR_RETURN(stretch, store_->ListUsers(evaluation->workspace, stretch.last_key, options_.rows_max));
      total += static_cast<int64_t>(stretch.keys.size());
      CADENZA_RETURN_IF_ERROR(store_->SaveEvaluation(*evaluation, options_.process_name, options_.lease));
    }
  }
  evaluation->users_total = total;
  return store_->SaveEvaluation(*evaluation, options_.process_name, options_.lease);
}

absl::Status SegmentEvaluator::Evaluate(const HeldEvaluation& evaluation, const std::vector<std::string>& keys) {
  if (keys.empty()) return absl::OkStatus();
  auto tally = std::make_shared<Tally>(keys.size());
  const absl::Time now = clock_->Now();
  std::vector<WorkItem> items(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    WorkItem& item = items[i];
    item.target = item.input.user = UserKey{evaluation.workspace, keys[i]};
    item.input.event_id = NewUuidV7(now);
    item.input.time = item.input.receive_time = item.input.clock = now;
    item.input.payload = cadenza::Evaluate();
    item.settlement = tally;
    item.position = static_cast<int64_t>(i);
    // Whether something changes must be told by what is stored.
    item.fresh = true;
  }
  push_(std::move(items));
  if (!tally->Await([this] { return stopped(); })) return absl::CancelledError("stopped");
  return absl::OkStatus();
}

}  // namespace cadenza
