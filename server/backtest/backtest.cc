#include "server/backtest/backtest.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/backtest/catalog_reader.h"
#include "server/backtest/replay.h"
#include "server/backtest/rules_of.h"
#include "server/backtest/tally.h"
#include "server/rules/decision_text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/input_wire.h"

namespace cadenza::backtest {
namespace {

using Stretch = std::shared_ptr<const EventStretch>;

// Replays the groups that fall to it, on a thread of its own. Every worker is given every stretch.
class Worker {
 public:
  // `told` is held while request.on_message is called.
  Worker(const Request& request, const Scene& scene, const std::vector<Course>& courses, int64_t share,
         absl::Mutex* told)
      : request_(request),
        scene_(scene),
        share_(share),
        told_(*told),
        draft_(request.draft.campaign_id, request.zone),
        other_(request.against, request.zone) {
    std::vector<Witness*> witnesses = {&draft_};
    if (courses.size() > 1) witnesses.push_back(&other_);
    replay_.emplace(scene, courses, std::move(witnesses));
    thread_ = std::thread([this] { Work(); });
  }
  ~Worker() { Finish(); }

  // Waits while it has enough to do. A null stretch is the end.
  void Give(Stretch stretch) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return waiting_.size() < kWaitingMax; };
    mu_.Await(absl::Condition(&has_room));
    waiting_.push_back(std::move(stretch));
  }
  // Waits until it is done with what it was given.
  void Finish() {
    if (!thread_.joinable()) return;
    Give(nullptr);
    thread_.join();
  }
  // After Finish.
  void AddTo(Report* report) const {
    Add(draft_.counts(), &report->draft);
    Add(other_.counts(), &report->other);
    Add(difference_, &report->difference);
    report->inputs += inputs_;
    report->in_period += in_period_;
    report->first = std::min(report->first, first_);
    report->users += users_;
    report->incomplete += incomplete_;
    report->refused += draft_.refused() + damaged_;
  }

 private:
  static constexpr size_t kWaitingMax = 4;

  Stretch Take() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto has_some = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !waiting_.empty(); };
    mu_.Await(absl::Condition(&has_some));
    Stretch stretch = std::move(waiting_.front());
    waiting_.pop_front();
    return stretch;
  }

  void Work() {
    while (const Stretch stretch = Take()) {
      for (const ScannedEvent& event : stretch->events) {
        if (static_cast<uint64_t>(event.group) % static_cast<uint64_t>(request_.threads) ==
            static_cast<uint64_t>(share_)) {
          Replay(event);
        }
      }
    }
    EndGroup();
  }

  void Replay(const ScannedEvent& event) {
    if (event.owner_key != owner_) {
      EndGroup();
      owner_ = std::string(event.owner_key);
      user_ = UserKey();
    }
    if (event.user_key != user_.key) {
      user_ = {request_.workspace, std::string(event.user_key)};
      ++users_;
      if (event.user_seq > 1) ++incomplete_;
    }
    ++inputs_;
    Input input;
    if (!ParseInput(request_.workspace, event.body, &input).ok()) {
      ++damaged_;
      return;
    }
    input.time = event.time;
    input.receive_time = event.receive_time;
    input.clock = rules::DecidedAt(event.decisions).value_or(event.receive_time);
    input.import = input.clock != input.receive_time;
    first_ = std::min(first_, input.clock);
    if (scene_.from <= input.clock && input.clock < scene_.to) ++in_period_;
    replay_->Add(user_, input, event.user_seq);
  }

  void EndGroup() {
    replay_->EndGroup();
    if (request_.on_message && !draft_.group_messages().empty()) {
      absl::MutexLock lock(&told_);
      for (const Message& message : draft_.group_messages()) request_.on_message(message);
    }
    if (!request_.against.empty()) {
      Compare(draft_.group_messages(), other_.group_messages(), request_.zone, &difference_);
    }
    draft_.BeginGroup();
    other_.BeginGroup();
  }

  const Request& request_;
  const Scene& scene_;
  const int64_t share_;
  absl::Mutex& told_;
  Tally draft_;
  Tally other_;
  Difference difference_;
  std::optional<backtest::Replay> replay_;
  std::string owner_;
  UserKey user_;
  absl::Time first_ = absl::InfiniteFuture();
  int64_t inputs_ = 0, in_period_ = 0, users_ = 0, incomplete_ = 0, damaged_ = 0;
  absl::Mutex mu_;
  std::deque<Stretch> waiting_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

absl::Status Check(const Request& request) {
  if (request.from >= request.to) return absl::InvalidArgumentError("--to: must be later than --from");
  if (request.threads < 1 || request.threads > kThreadsMax) {
    return absl::InvalidArgumentError(StrCat("--threads: must be 1 to ", kThreadsMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Report> Run(const Request& request, Store* store, const Progress& progress) {
  CADENZA_RETURN_IF_ERROR(Check(request));
  CADENZA_ASSIGN_OR_RETURN(const Courses courses, CoursesOf(request, store));
  CatalogReader catalog(store);
  const Scene scene{request.from, request.to, request.session_gap,
                    [&catalog](const CatalogItemKey& key) { return std::optional(catalog.Find(key)); }};
  Report report;
  report.campaign_id = request.draft.campaign_id;
  report.against = request.against;
  report.from = request.from;
  report.to = request.to;
  report.notes = courses.notes;

  const absl::Time start = absl::Now();
  absl::Time read_end = start;
  ScanRequest scanned{.workspace = request.workspace, .to = request.to, .gentle = !request.full_speed};
  if (progress) scanned.on_read = [&progress](double done, int64_t read) { progress(Phase::kReading, done, read); };
  CADENZA_ASSIGN_OR_RETURN(const std::unique_ptr<EventScan> scan, store->ScanEvents(scanned));
  absl::Mutex told;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int share = 0; share < request.threads; ++share) {
    workers.push_back(std::make_unique<Worker>(request, scene, courses.courses, share, &told));
  }
  int64_t inputs = 0;
  if (progress) progress(Phase::kReading, 0, 0);
  while (true) {
    CADENZA_ASSIGN_OR_RETURN(Stretch stretch, scan->Next());
    if (inputs == 0) read_end = absl::Now();
    if (stretch == nullptr) break;
    inputs += static_cast<int64_t>(stretch->events.size());
    const double done = stretch->done;
    for (const auto& worker : workers) worker->Give(stretch);
    if (progress) progress(Phase::kReplaying, done, inputs);
  }
  for (const auto& worker : workers) {
    worker->Finish();
    worker->AddTo(&report);
  }
  CADENZA_RETURN_IF_ERROR(catalog.status());
  report.read_time = read_end - start;
  report.replay_time = absl::Now() - read_end;
  return report;
}

}  // namespace cadenza::backtest
