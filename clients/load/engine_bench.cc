#include "clients/load/engine_bench.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_format.h"
#include "cadenza/v1/event_service.pb.h"
#include "server/apply/apply.h"
#include "server/ingest/validate.h"
#include "storage/base/text.h"
#include "storage/codec/input_wire.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"

namespace cadenza::load {
namespace {

// How far the clock moves between two events: 100,000 a second.
constexpr absl::Duration kEventEvery = absl::Microseconds(10);

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The workload holds nothing that the engine refuses.
void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "the workload does not pass: %s\n", std::string(status.message()).c_str());
  std::abort();
}

class Laps {
 public:
  explicit Laps(Engine::Seconds* seconds) : seconds_(*seconds), last_(CpuSeconds()) {}
  void End(EnginePart part) {
    const double now = CpuSeconds();
    seconds_[static_cast<size_t>(part)] += now - last_;
    last_ = now;
  }

 private:
  Engine::Seconds& seconds_;
  double last_;
};

}  // namespace

std::string_view PartName(EnginePart part) {
  constexpr std::string_view kNames[] = {"decode", "check", "fold", "decide", "encode", "release"};
  return kNames[static_cast<size_t>(part)];
}

Engine::Engine(const WorkloadOptions& options) : workload_(options), now_(absl::FromUnixSeconds(1'767'225'600)) {
  std::vector<std::string> errors;
  rule_set_ = rules::RuleSet::Build(1, workload_.Campaigns(), nullptr, &errors);
  Require(errors.empty() ? absl::OkStatus() : absl::InvalidArgumentError(errors.front()));
  users_.reserve(static_cast<size_t>(options.users));
  v1::Input proto;
  for (int64_t user = 0; user < options.users; ++user) {
    workload_.FillAttributes(user, NextTime(), &proto);
    absl::StatusOr<Input> input = FromProto(options.workspace, proto);
    Require(input.status());
    Require(ingest::Admit(now_, false, &*input));
    auto hot = std::make_unique<Hot>();
    hot->profile.key = input->user;
    apply::Applied applied;
    Require(apply::ApplyInput(*input, {.session_gap = limits::kSessionGapDefault}, &hot->profile, &applied));
    users_.emplace(input->user, std::move(hot));
  }
}

absl::Time Engine::NextTime() { return now_ += kEventEvery; }

std::vector<std::string> Engine::NextEvents(int64_t events) {
  std::vector<std::string> requests;
  absl::Time made = now_;
  for (int64_t done = 0; done < events; done += kRequest) {
    v1::InputBatch batch;
    batch.set_first_seq(next_index_ + 1);
    for (int64_t i = 0; i < kRequest; ++i) {
      made += kEventEvery;
      workload_.FillEvent(next_index_++, made, batch.add_inputs());
    }
    requests.push_back(batch.SerializeAsString());
  }
  return requests;
}

Engine::Seconds Engine::Run(const std::vector<std::string>& requests, bool decide) {
  constexpr size_t kRequests = kBatch / kRequest;
  Seconds seconds = {};
  for (size_t i = 0; i + kRequests <= requests.size(); i += kRequests) {
    Laps laps(&seconds);
    DecodeBatch(&requests[i]);
    laps.End(EnginePart::kDecode);
    CheckBatch();
    laps.End(EnginePart::kCheck);
    FoldBatch(decide);
    laps.End(EnginePart::kFold);
    EncodeBatch();
    laps.End(EnginePart::kEncode);
    ReleaseBatch();
    laps.End(EnginePart::kRelease);
  }
  return seconds;
}

void Engine::DecodeBatch(const std::string* requests) {
  inputs_.reserve(kBatch);
  for (int64_t r = 0; r < kBatch / kRequest; ++r) {
    const absl::StatusOr<InputBatchBytes> batch = SplitInputBatch(requests[r]);
    Require(batch.status());
    for (std::string_view bytes : batch->inputs) {
      Require(ParseInput(workload_.options().workspace, bytes, &inputs_.emplace_back()));
    }
  }
}

void Engine::CheckBatch() {
  for (Input& input : inputs_) Require(ingest::Admit(NextTime(), false, &input));
}

void Engine::FoldBatch(bool decide) {
  constexpr absl::Duration kGap = limits::kSessionGapDefault;
  ++batch_number_;
  touched_.clear();
  // As the lane, which looks every user up before it folds the first input.
  for (const Input& input : inputs_) {
    hot_.push_back(users_.find(input.user)->second.get());
    hot_.back()->profile.Prefetch();
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Input& input = inputs_[i];
    Hot& hot = *hot_[i];
    hot.encoded.Expect(input);
    apply::Applied applied;
    Require(apply::ApplyInput(input, {.session_gap = kGap}, &hot.profile, &applied));
    if (decide) {
      effects_.decisions.Clear(input.clock);
      effects_.tally.Clear(input.clock);
      rules::Decide(*rule_set_, input, applied, {.session_gap = kGap}, &hot.profile, &effects_);
      decisions_.emplace_back(effects_.decisions.written());
    }
    if (std::exchange(hot.batch, batch_number_) != batch_number_) touched_.push_back(&hot);
  }
  const auto& errors = effects_.errors;
  Require(errors.empty() ? absl::OkStatus() : absl::InvalidArgumentError(errors.front().text));
}

void Engine::EncodeBatch() {
  for (Hot* hot : touched_) {
    hot->encoded.Update(hot->profile);
    bytes_encoded_ += static_cast<int64_t>(hot->encoded.state.size());
  }
}

std::vector<std::string> Engine::states() const {
  std::vector<std::string> states;
  for (const Hot* hot : touched_) states.push_back(hot->encoded.state);
  return states;
}

void Engine::ReleaseBatch() {
  messages_written_ += static_cast<int64_t>(effects_.messages.size());
  inputs_.clear();
  hot_.clear();
  effects_.messages.clear();
  decisions_.clear();
}

EngineResult MeasureEngine(const EngineOptions& options) {
  Engine engine(options.workload);
  for (int64_t done = 0; done < options.warm_up; done += options.events) {
    engine.Run(engine.NextEvents(std::min(options.events, options.warm_up - done)));
  }
  std::vector<double> whole, fold;
  std::array<std::vector<double>, kEngineParts> parts;
  const double to_us = 1e6 / static_cast<double>(options.events);
  const int64_t messages_before = engine.messages();
  for (int round = 0; round < options.rounds; ++round) {
    const Engine::Seconds seconds = engine.Run(engine.NextEvents(options.events));
    double sum = 0;
    for (size_t part = 0; part < kEngineParts; ++part) {
      parts[part].push_back(seconds[part] * to_us);
      sum += seconds[part] * to_us;
    }
    whole.push_back(sum);
  }
  EngineResult result;
  result.messages_per_event =
      static_cast<double>(engine.messages() - messages_before) / static_cast<double>(options.events * options.rounds);
  for (int round = 0; round < options.rounds; ++round) {
    fold.push_back(engine.Run(engine.NextEvents(options.events), false)[static_cast<size_t>(EnginePart::kFold)] *
                   to_us);
  }
  for (size_t part = 0; part < kEngineParts; ++part) result.us[part] = Median(parts[part]);
  double& of_fold = result.us[static_cast<size_t>(EnginePart::kFold)];
  result.us[static_cast<size_t>(EnginePart::kDecide)] = of_fold - Median(fold);
  of_fold = Median(fold);
  result.us_whole = Median(whole);
  result.events_per_s = 1e6 / result.us_whole;
  result.events_per_s_low = 1e6 / *std::max_element(whole.begin(), whole.end());
  result.events_per_s_high = 1e6 / *std::min_element(whole.begin(), whole.end());

  const UserKey key = UserKey::User(options.workload.workspace, "any");
  const std::vector<std::string> encoded = engine.states();
  constexpr int kPasses = 50;
  const double begin = CpuSeconds();
  for (int pass = 0; pass < kPasses; ++pass) {
    for (const std::string& state : encoded) Require(DecodeProfile(key, 1, state).status());
  }
  const auto states = static_cast<double>(encoded.size());
  result.us_decode_profile = (CpuSeconds() - begin) * 1e6 / states / kPasses;
  for (const std::string& state : encoded) result.profile_bytes += static_cast<double>(state.size()) / states;
  return result;
}

std::string ToText(const EngineResult& result) {
  std::string text =
      absl::StrFormat("pure engine: %.0f events/s (%.0f to %.0f), %.3f us an event on one core\n", result.events_per_s,
                      result.events_per_s_low, result.events_per_s_high, result.us_whole);
  for (int part = 0; part < kEngineParts; ++part) {
    absl::StrAppendFormat(&text, "  %-8s %6.3f us\n", std::string(PartName(static_cast<EnginePart>(part))),
                          result.us[static_cast<size_t>(part)]);
  }
  absl::StrAppendFormat(&text, "  %.3f messages an event; profiles of %.0f bytes; DecodeProfile %.2f us\n",
                        result.messages_per_event, result.profile_bytes, result.us_decode_profile);
  return text;
}

}  // namespace cadenza::load
