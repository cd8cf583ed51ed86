#include "clients/load/generator.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "cadenza/v1/event_service.pb.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

constexpr char kMethod[] = "/cadenza.v1.EventService/StreamEvents";
// The least time between two wakings, none of which sends what is not due: at tens of thousands of batches a second the
// generator would otherwise spend its core on waking up. What it adds is part of the latency.
constexpr absl::Duration kPacing = absl::Microseconds(500);

grpc::ByteBuffer Serialized(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

bool Parse(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite* message) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok()) return message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  return buffer.DumpToSingleSlice(&slice).ok() &&
         message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace

// What the streams report to.
class Generator::Shared {
 public:
  Shared(int64_t total, int64_t warm_up) : total_(total), warm_up_(warm_up) {}

  void Acked(int64_t inputs, int64_t duplicates, int64_t rejected) {
    absl::MutexLock lock(&mu_);
    acked_ += inputs;
    duplicates_ += duplicates;
    rejected_ += rejected;
    if (!is_warm_ && acked_ >= warm_up_) {
      is_warm_ = true;
      warm_time_ = absl::Now();
      acked_when_warm_ = acked_;
    }
    if (acked_ == total_) done_time_ = absl::Now();
  }
  void Broken(const absl::Status& status) {
    absl::MutexLock lock(&mu_);
    broken_.Update(status);
  }

  absl::Status AwaitWarm() {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](Shared* s) ABSL_NO_THREAD_SAFETY_ANALYSIS { return s->is_warm_ || !s->broken_.ok(); }, this));
    return broken_;
  }
  absl::Status AwaitDone() {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](Shared* s) ABSL_NO_THREAD_SAFETY_ANALYSIS { return s->acked_ >= s->total_ || !s->broken_.ok(); }, this));
    return broken_;
  }
  void Fill(LoadResult* result) {
    absl::MutexLock lock(&mu_);
    result->inputs = acked_ - acked_when_warm_;
    result->time = done_time_ - warm_time_;
    result->duplicates = duplicates_;
    result->rejected = rejected_;
  }

  std::atomic<int64_t> start_nanos{0};  // of the schedule; 0 = it has not begun
  std::atomic<bool> over{false};        // the schedule is of no use any more

 private:
  const int64_t total_;
  const int64_t warm_up_;
  absl::Mutex mu_;
  int64_t acked_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t acked_when_warm_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t duplicates_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t rejected_ ABSL_GUARDED_BY(mu_) = 0;
  bool is_warm_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time warm_time_ ABSL_GUARDED_BY(mu_);
  absl::Time done_time_ ABSL_GUARDED_BY(mu_);
  absl::Status broken_ ABSL_GUARDED_BY(mu_);
};

// One StreamEvents call. Release may be called from any thread; reactions run on gRPC's.
class Generator::Stream : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Stream(const LoadOptions& options, int64_t first_batch, std::vector<grpc::ByteBuffer> requests,
         std::shared_ptr<Shared> shared)
      : options_(options), first_batch_(first_batch), requests_(std::move(requests)), shared_(std::move(shared)) {}

  void Start(grpc::GenericStub* stub) {
    v1::StreamEventsRequest open;
    open.mutable_open()->set_workspace(options_.workspace);
    stub->PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
    open_ = Serialized(open);
    StartWrite(&open_);
    StartRead(&response_);
    StartCall();
  }

  // Until the server has answered `opened`, or the stream broke.
  void AwaitOpened() {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](Stream* s) ABSL_NO_THREAD_SAFETY_ANALYSIS { return s->window_ > 0 || s->done_; }, this));
  }

  // The first `batches` of this stream may be sent.
  void Release(size_t batches) {
    absl::MutexLock lock(&mu_);
    released_ = std::min(std::max(released_, batches), requests_.size());
    PumpLocked();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (ok) PumpLocked();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    v1::StreamEventsResponse response;
    const bool good = Parse(response_, &response);
    if (good && response.has_opened()) {
      absl::MutexLock lock(&mu_);
      window_ = response.opened().max_inflight_inputs();
      PumpLocked();
    } else if (good && response.has_ack()) {
      Acked(response.ack());
    }
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mu_);
    if (!status.ok() || acked_ < inputs()) {
      shared_->Broken(
          absl::UnavailableError(StrCat("a stream of the generator ended early: ", status.error_message())));
    }
    done_ = true;
  }

  void AwaitDone() {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&done_));
  }
  void Cancel() { context_.TryCancel(); }

  // After AwaitDone.
  const Histogram& latency() const { return latency_; }

 private:
  int64_t inputs() const { return static_cast<int64_t>(requests_.size()) * options_.batch; }

  void PumpLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (writing_ || window_ == 0) return;
    const int64_t sent = static_cast<int64_t>(sent_) * options_.batch;
    if (sent_ < released_ && sent - acked_ + options_.batch <= std::max<int64_t>(window_, options_.batch)) {
      sent_times_.push_back(absl::Now());
      writing_ = true;
      StartWrite(&requests_[sent_++]);
    } else if (sent_ == requests_.size() && !closed_) {
      closed_ = true;
      StartWritesDone();
    }
  }

  void Acked(const v1::Ack& ack) {
    const absl::Time now = absl::Now();
    int64_t duplicates = 0;
    for (const v1::InputResult& result : ack.results()) duplicates += result.has_duplicate() ? 1 : 0;
    absl::MutexLock lock(&mu_);
    const int64_t before = acked_;
    acked_ = ack.acked_through();
    for (int64_t input = before; input < acked_;) {
      const int64_t batch = input / options_.batch;
      const int64_t end = std::min((batch + 1) * options_.batch, acked_);
      RecordLocked(batch, end - input, now);
      input = end;
    }
    shared_->Acked(acked_ - before, duplicates, ack.results_size() - duplicates);
    PumpLocked();
  }

  void RecordLocked(int64_t batch, int64_t inputs, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const int64_t global = first_batch_ + batch * options_.streams;
    if (global * options_.batch < options_.warm_up) return;
    const absl::Time from = options_.rate > 0 ? DueTimeOf(global) : sent_times_[batch];
    latency_.Record(now - from, inputs);
  }

  absl::Time DueTimeOf(int64_t batch) const {
    return absl::FromUnixNanos(shared_->start_nanos.load()) +
           absl::Seconds(static_cast<double>(batch * options_.batch) / options_.rate);
  }

  const LoadOptions& options_;
  const int64_t first_batch_;  // its batches are first_batch_ + n * streams of all
  std::vector<grpc::ByteBuffer> requests_;
  const std::shared_ptr<Shared> shared_;
  grpc::ClientContext context_;
  grpc::ByteBuffer open_;
  grpc::ByteBuffer response_;

  absl::Mutex mu_;
  bool writing_ ABSL_GUARDED_BY(mu_) = true;  // the open
  int64_t window_ ABSL_GUARDED_BY(mu_) = 0;   // 0 = not opened
  size_t released_ ABSL_GUARDED_BY(mu_) = 0;
  size_t sent_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t acked_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<absl::Time> sent_times_ ABSL_GUARDED_BY(mu_);
  Histogram latency_;
};

Generator::Generator(LoadOptions options) : options_(std::move(options)) {
  const int64_t batches = (options_.inputs + options_.batch - 1) / options_.batch;
  shared_ = std::make_shared<Shared>(batches * options_.batch, options_.warm_up);
  requests_.resize(options_.streams);
  for (int s = 0; s < options_.streams; ++s)
    requests_[s].resize((batches + options_.streams - 1 - s) / options_.streams);
  std::atomic<int64_t> next{0};
  const auto make = [&] {
    v1::StreamEventsRequest request;
    for (int64_t batch = next++; batch < batches; batch = next++) {
      const int64_t of_stream = batch / options_.streams;
      request.mutable_batch()->set_first_seq(of_stream * options_.batch + 1);
      request.mutable_batch()->clear_inputs();
      for (int64_t i = 0; i < options_.batch; ++i) {
        options_.fill(batch * options_.batch + i, request.mutable_batch()->add_inputs());
      }
      requests_[batch % options_.streams][of_stream] = Serialized(request);
    }
  };
  std::thread other(make);
  make();
  other.join();
}

Generator::~Generator() = default;

absl::Time Generator::DueTime(int64_t index) const {
  const int64_t start = shared_->start_nanos.load();
  if (start == 0 || options_.rate <= 0) return absl::InfiniteFuture();
  return absl::FromUnixNanos(start) +
         absl::Seconds(static_cast<double>(index / options_.batch * options_.batch) / options_.rate);
}

absl::StatusOr<LoadResult> Generator::Run(const std::function<void()>& measuring,
                                          const std::function<void()>& measured) {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int c = 0; c < options_.connections; ++c) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(options_.target, grpc::InsecureChannelCredentials(), arguments)));
  }
  int64_t batches = 0;
  std::vector<std::unique_ptr<Stream>> streams;
  for (int s = 0; s < options_.streams; ++s) {
    batches += static_cast<int64_t>(requests_[s].size());
    streams.push_back(std::make_unique<Stream>(options_, s, std::move(requests_[s]), shared_));
    streams.back()->Start(stubs[s % options_.connections].get());
  }
  for (auto& stream : streams) stream->AwaitOpened();

  shared_->start_nanos = absl::ToUnixNanos(absl::Now());
  std::thread pacer([&, this] {
    prctl(PR_SET_TIMERSLACK, 1000UL);
    if (options_.rate <= 0) {
      for (auto& stream : streams) stream->Release(batches);
      return;
    }
    const absl::Time start = absl::FromUnixNanos(shared_->start_nanos);
    const absl::Duration interval = absl::Seconds(options_.batch / options_.rate);
    absl::Time woken = start - kPacing;
    for (int64_t due = 0; due < batches && !shared_->over;) {
      absl::SleepFor(std::max(start + interval * due, woken + kPacing) - absl::Now());
      woken = absl::Now();
      const int64_t end = std::min<int64_t>(batches, (woken - start) / interval + 1);
      // Each stream once, whatever has come due on it.
      for (int64_t s = 0; s < std::min<int64_t>(options_.streams, end - due); ++s) {
        const int64_t batch = due + s;
        const int64_t last = batch + (end - 1 - batch) / options_.streams * options_.streams;
        streams[batch % options_.streams]->Release(last / options_.streams + 1);
      }
      due = std::max(due, end);
    }
  });
  absl::Status status = shared_->AwaitWarm();
  if (status.ok() && measuring) measuring();
  status.Update(shared_->AwaitDone());
  if (status.ok() && measured) measured();
  shared_->over = true;
  pacer.join();
  LoadResult result;
  for (auto& stream : streams) {
    if (!status.ok()) stream->Cancel();
    stream->AwaitDone();
    result.ack_latency.Merge(stream->latency());
  }
  CADENZA_RETURN_IF_ERROR(status);
  shared_->Fill(&result);
  return result;
}

}  // namespace cadenza::load
