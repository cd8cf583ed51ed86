// What the producer's tests share: the server's side of a stream, step by step, and what it saw.
#ifndef CADENZA_TESTS_UNIT_CLIENTS_CPP_PRODUCER_SCRIPT_H_
#define CADENZA_TESTS_UNIT_CLIENTS_CPP_PRODUCER_SCRIPT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "clients/cpp/builders.h"
#include "clients/cpp/producer.h"
#include "tests/unit/clients/cpp/fake_server.h"

namespace cadenza::client {

// What the server saw and what tests wait for.
class Log {
 public:
  void Add(const v1::InputBatch& batch) {
    absl::MutexLock lock(&mu_);
    for (int i = 0; i < batch.inputs_size(); ++i) {
      seqs_.push_back(batch.first_seq() + i);
      ids_.push_back(batch.inputs(i).event_id());
      names_.push_back(batch.inputs(i).custom_event().name());
    }
  }
  bool AwaitSize(size_t size) {
    absl::MutexLock lock(&mu_);
    const auto reached = [this, size]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return seqs_.size() >= size; };
    return mu_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }
  std::vector<int64_t> seqs() {
    absl::MutexLock lock(&mu_);
    return seqs_;
  }
  std::vector<std::string> ids() {
    absl::MutexLock lock(&mu_);
    return ids_;
  }
  std::vector<std::string> names() {
    absl::MutexLock lock(&mu_);
    return names_;
  }

 private:
  absl::Mutex mu_;
  std::vector<int64_t> seqs_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> ids_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> names_ ABSL_GUARDED_BY(mu_);
};

inline void Opened(EventStream& stream, int max_inflight = 1000) {
  v1::StreamEventsRequest open;
  if (!stream.Read(&open)) return;  // the producer was destroyed meanwhile
  ASSERT_TRUE(open.has_open());
  EXPECT_EQ(open.open().workspace(), "shop");
  v1::StreamEventsResponse opened;
  opened.mutable_opened()->set_max_inflight_inputs(max_inflight);
  opened.mutable_opened()->set_max_batch_inputs(100);
  stream.Write(opened);
}

inline void AckThrough(EventStream& stream, int64_t seq, std::vector<v1::InputResult> results = {}) {
  v1::StreamEventsResponse response;
  response.mutable_ack()->set_acked_through(seq);
  for (v1::InputResult& result : results) *response.mutable_ack()->add_results() = std::move(result);
  stream.Write(response);
}

// Reads batches into `log` until `inputs` inputs came; the last sequence number, 0 if the stream ended first.
inline int64_t ReadInputs(EventStream& stream, Log& log, int inputs) {
  v1::StreamEventsRequest request;
  int64_t last = 0;
  while (inputs > 0) {
    if (!stream.Read(&request)) return 0;
    log.Add(request.batch());
    inputs -= request.batch().inputs_size();
    last = request.batch().first_seq() + request.batch().inputs_size() - 1;
  }
  return last;
}

// Acks every batch until the client closes.
inline Scripts<EventStream>::Script AckAll(Log& log) {
  return [&log](EventStream& stream) {
    Opened(stream);
    v1::StreamEventsRequest request;
    while (stream.Read(&request)) {
      log.Add(request.batch());
      AckThrough(stream, request.batch().first_seq() + request.batch().inputs_size() - 1);
    }
    return grpc::Status::OK;
  };
}

inline ProducerOptions Options(const std::string& target) {
  ProducerOptions options;
  options.channel = {.target = target, .own_connection = true, .backoff = Quick()};
  options.workspace = "shop";
  options.backoff = Quick();
  return options;
}

inline v1::Input Named(const std::string& name) { return Event(UserId("ada"), name); }

inline std::vector<int64_t> UpTo(int64_t last) {
  std::vector<int64_t> seqs;
  for (int64_t seq = 1; seq <= last; ++seq) seqs.push_back(seq);
  return seqs;
}

}  // namespace cadenza::client

#endif  // CADENZA_TESTS_UNIT_CLIENTS_CPP_PRODUCER_SCRIPT_H_
