// The pure engine, measured: what one event costs from its bytes on the wire to the bytes of the profile that it
// changed, with no I/O, no gRPC, no queue and no other thread.
//
//   decode   the bytes of an InputBatch of 100 -> Inputs
//   check    ingest::Admit
//   fold     the hot profile is found; apply::ApplyInput
//   decide   rules::Decide, every campaign of the workload compiled
//   encode   EncodedProfile::Update, once for each user touched by 500 inputs, as a lane does
//   release  inputs and messages are destroyed
//
// One thread's CPU time, read once for each part of a batch of 500, so that the parts add up to the whole and the
// clock costs it nothing. Only fold and decide alternate event by event: other rounds, without Decide, tell them apart.
#ifndef CADENZA_CLIENTS_LOAD_ENGINE_BENCH_H_
#define CADENZA_CLIENTS_LOAD_ENGINE_BENCH_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "clients/load/workload.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"

namespace cadenza::load {

struct EngineOptions {
  WorkloadOptions workload;
  // Events before the first round, so that profiles have a past. Multiples of kBatch, like `events`.
  int64_t warm_up = 1'000'000;
  int64_t events = 100'000;  // of one round
  int rounds = 9;
};

enum class EnginePart : uint8_t { kDecode, kCheck, kFold, kDecide, kEncode, kRelease };
inline constexpr int kEngineParts = 6;
std::string_view PartName(EnginePart part);

// The engine with its profiles, all hot, and the events to come. Single-threaded, deterministic: the same options give
// the same work, instruction for instruction but for what the platform's hashing of addresses adds.
class Engine {
 public:
  static constexpr int64_t kRequest = 100;  // inputs in a serialised InputBatch
  static constexpr int64_t kBatch = 500;    // inputs in a batch of the lane

  // Compiles the campaigns and gives every user the attributes.
  explicit Engine(const WorkloadOptions& options);

  // The next `events` events as serialised InputBatches; a multiple of kBatch.
  std::vector<std::string> NextEvents(int64_t events);

  // Runs them; the CPU seconds of each part. With `decide` false the rules are not asked, and the time of kDecide is 0;
  // else fold and decide are both in kFold.
  using Seconds = std::array<double, kEngineParts>;
  Seconds Run(const std::vector<std::string>& requests, bool decide = true);

  // The users whom the last batch changed, as they were encoded.
  std::vector<std::string> states() const;
  int64_t messages() const { return messages_written_; }
  int64_t bytes_encoded() const { return bytes_encoded_; }
  size_t users() const { return users_.size(); }

 private:
  void DecodeBatch(const std::string* requests);
  void CheckBatch();
  void FoldBatch(bool decide);
  void EncodeBatch();
  void ReleaseBatch();
  absl::Time NextTime();

  const Workload workload_;
  std::shared_ptr<const rules::RuleSet> rule_set_;
  struct Hot {
    Profile profile;
    EncodedProfile encoded;
    int64_t batch = 0;  // that touched it last
  };
  absl::flat_hash_map<UserKey, std::unique_ptr<Hot>> users_;
  int64_t next_index_ = 0;
  absl::Time now_;
  // Of the batch under way.
  std::vector<Input> inputs_;
  std::vector<Hot*> hot_;               // the user of each
  rules::Effects effects_;              // messages of the batch
  std::vector<std::string> decisions_;  // of each event, as a lane keeps them
  std::vector<Hot*> touched_;
  int64_t batch_number_ = 0;
  int64_t messages_written_ = 0;
  int64_t bytes_encoded_ = 0;
};

// Medians over the rounds; `low` and `high` are the slowest and the fastest round.
struct EngineResult {
  double events_per_s = 0;
  double events_per_s_low = 0;
  double events_per_s_high = 0;
  std::array<double, kEngineParts> us = {};  // of an event, by part
  double us_whole = 0;
  double messages_per_event = 0;
  double profile_bytes = 0;      // of an encoded profile, mean over those of the last batch
  double us_decode_profile = 0;  // DecodeProfile of one of them: what a profile that is not hot costs more
};

EngineResult MeasureEngine(const EngineOptions& options);
// The same as a table for people.
std::string ToText(const EngineResult& result);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_ENGINE_BENCH_H_
