#include "clients/load/commit_recorder.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "server/ingest/validate.h"
#include "server/lanes/batch.h"
#include "storage/base/clock.h"
#include "storage/base/metrics.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/memory/memory_store.h"

namespace cadenza::load {
namespace {

constexpr int kPreloadBatch = 500;

// Keeps no more than the rows: of events and messages, MemoryStore forgets all but the last.
class RecordingStore : public MemoryStore {
 public:
  RecordingStore()
      : MemoryStore({.clock = &Clock::System(),
                     .dedupe_window = absl::ZeroDuration(),
                     .events_per_user = 1,
                     .messages_per_user = 1}) {}

  absl::StatusOr<LoadResult> Load(const LoadRequest& request) override {
    load_ = request;
    return MemoryStore::Load(request);
  }
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override {
    recorded_.push_back({std::exchange(load_, {}), batch});
    return MemoryStore::Commit(batch);
  }

  std::vector<RecordedBatch> Take() { return std::exchange(recorded_, {}); }

 private:
  LoadRequest load_;
  std::vector<RecordedBatch> recorded_;
};

class Tally : public Settlement {
 public:
  void OnSettled(std::vector<Settled> settled) override {
    for (const Settled& one : settled) applied_ += one.verdict.kind == Verdict::Kind::kApplied ? 1 : 0;
  }
  int64_t applied() const { return applied_; }

 private:
  int64_t applied_ = 0;
};

class NoMessages : public MessageSink {
 public:
  void Offer(const std::vector<Message>&) override {}
  void Hint(const std::vector<UserKey>&) override {}
  void Merged(const UserKey&) override {}
};

lanes::Options LaneOptions(int batch_inputs) {
  lanes::Options options;
  options.batch_inputs_max = batch_inputs;
  options.session_gap = absl::Minutes(30);
  return options;
}

}  // namespace

class CommitRecorder::Impl {
 public:
  explicit Impl(const CommitRecorderOptions& options)
      : options_(options),
        workload_(options.workload),
        lane_options_(LaneOptions(std::max(options.batch_inputs, kPreloadBatch))),
        tally_(std::make_shared<Tally>()) {
    std::vector<std::string> errors;
    std::shared_ptr<const rules::RuleSet> rule_set = rules::RuleSet::Build(1, workload_.Campaigns(), nullptr, &errors);
    const lanes::Context context{.store = &store_,
                                 .clock = &Clock::System(),
                                 .metrics = &metrics_,
                                 .messages = &no_messages_,
                                 .rule_set = [rule_set] { return rule_set; }};
    for (int i = 0; i < options_.lanes; ++i) {
      runners_.push_back(std::make_unique<lanes::BatchRunner>(lane_options_, context));
    }
  }

  const CommitRecorderOptions& options() const { return options_; }

  // `fill` makes the input of each index. All lanes go forward together, so that no more inputs than a batch for each
  // are in memory.
  absl::StatusOr<ByLane> Record(int64_t first, int64_t count, int batch_inputs,
                                const std::function<void(int64_t index, absl::Time now, v1::Input* input)>& fill) {
    ByLane recorded(runners_.size());
    std::vector<std::vector<WorkItem>> waiting(runners_.size());
    const int64_t applied_before = tally_->applied();
    v1::Input proto;
    for (int64_t index = first; index < first + count; ++index) {
      const absl::Time now = absl::Now();
      fill(index, now, &proto);
      WorkItem item;
      CADENZA_ASSIGN_OR_RETURN(item.input, FromProto(options_.workload.workspace, proto));
      CADENZA_RETURN_IF_ERROR(ingest::Admit(now, /*import=*/false, &item.input));
      item.target = item.input.user;
      item.settlement = tally_;
      const size_t lane = static_cast<size_t>(ShardOf(item.target)) % runners_.size();
      waiting[lane].push_back(std::move(item));
      if (waiting[lane].size() == static_cast<size_t>(batch_inputs)) Run(lane, &waiting[lane], &recorded[lane]);
    }
    for (size_t lane = 0; lane < runners_.size(); ++lane) Run(lane, &waiting[lane], &recorded[lane]);
    const int64_t applied = tally_->applied() - applied_before;
    if (applied == count) return recorded;
    return absl::InternalError(StrCat("the engine applied ", applied, " of ", count, " inputs of the workload"));
  }

  const Workload& workload() const { return workload_; }

 private:
  void Run(size_t lane, std::vector<WorkItem>* items, std::vector<RecordedBatch>* recorded) {
    if (items->empty()) return;
    runners_[lane]->Run(std::exchange(*items, {}));
    for (RecordedBatch& batch : store_.Take()) recorded->push_back(std::move(batch));
  }

  const CommitRecorderOptions options_;
  const Workload workload_;
  const lanes::Options lane_options_;
  const std::shared_ptr<Tally> tally_;
  RecordingStore store_;
  Metrics metrics_;
  NoMessages no_messages_;
  std::vector<std::unique_ptr<lanes::BatchRunner>> runners_;
};

CommitRecorder::CommitRecorder(const CommitRecorderOptions& options) : impl_(std::make_unique<Impl>(options)) {}
CommitRecorder::~CommitRecorder() = default;

absl::StatusOr<CommitRecorder::ByLane> CommitRecorder::RecordUsers() {
  const Workload& workload = impl_->workload();
  return impl_->Record(0, workload.options().users, kPreloadBatch, [&](int64_t user, absl::Time now, v1::Input* input) {
    workload.FillAttributes(user, now, input);
  });
}

absl::StatusOr<CommitRecorder::ByLane> CommitRecorder::RecordEvents(int64_t first, int64_t count) {
  return impl_->Record(
      first, count, impl_->options().batch_inputs,
      [this](int64_t index, absl::Time now, v1::Input* input) { impl_->workload().FillEvent(index, now, input); });
}

}  // namespace cadenza::load
