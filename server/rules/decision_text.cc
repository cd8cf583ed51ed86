#include "server/rules/decision_text.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/rules/decision_log.h"
#include "server/rules/gates/frequency_cap.h"
#include "server/rules/gates/re_eligibility.h"
#include "server/rules/send.h"
#include "server/rules/trigger.h"
#include "storage/base/text.h"
#include "storage/model/delivery_limits.h"

namespace cadenza::rules {
namespace {

std::string TimeText(absl::Time time) {
  if (time == absl::InfinitePast()) return "ever";
  if (time == absl::InfiniteFuture()) return "no end";
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

// Reads what DecisionLog wrote. Once something is wrong, ok() stays false and every read gives nothing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }
  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  int64_t Number() {
    const uint64_t value = Varint();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  absl::Time Time() {
    const int64_t micros = Number();
    if (micros == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
    return micros == std::numeric_limits<int64_t>::max() ? absl::InfiniteFuture() : absl::FromUnixMicros(micros);
  }
  std::string_view Text() { return Take(Varint()); }
  std::string_view Take(uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// What one gate said. `campaign` may be null.
class GateText {
 public:
  GateText(bool passed, uint8_t form, const Campaign* campaign, Reader* in)
      : passed_(passed), form_(form), campaign_(campaign), in_(*in) {}

  // Nothing for a gate, or a form, that this version does not know: then nothing behind it can be read.
  std::optional<std::string> Of(Gate gate) {
    if (form_ == forms::kError) return std::string(in_.Text());
    switch (gate) {
      case Gate::kTrigger:
        return Trigger();
      case Gate::kActiveWindow:
        return Window();
      case Gate::kCondition:
        return Condition(campaign_ == nullptr ? nullptr : &campaign_->condition);
      case Gate::kAudience:
        return Condition(campaign_ == nullptr ? nullptr : &campaign_->audience);
      case Gate::kSubscription:
        return StrCat("the user ", passed_ ? "has not unsubscribed from '" : "has unsubscribed from '", in_.Text(),
                      "'");
      case Gate::kReEligibility:
        return ReEligible();
      case Gate::kHoldout:
        return StrCat("the user is ", passed_ ? "not " : "", "among the ",
                      absl::StrFormat("%.2f", static_cast<double>(in_.Number()) / 100), " % who get nothing");
      case Gate::kVariant:
        return Variant();
      case Gate::kDelay:
        return Delay();
      case Gate::kQuietHours:
        return Quiet();
      case Gate::kFrequencyCap:
        return Cap();
      case Gate::kDeliveryRate:
        return form_ == forms::kNoPlace ? StrCat("no place could be had; tried again at ", TimeText(in_.Time()))
                                        : StrCat("its place is at ", TimeText(in_.Time()));
      case Gate::kRender:
        return form_ == forms::kAborted ? std::string(in_.Text()) : StrCat(in_.Number(), " bytes");
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> Trigger() {
    const std::string waits_for = campaign_ == nullptr ? "another trigger" : TriggerText(campaign_->trigger);
    if (form_ == forms::kTooOld) return "the event is too old to trigger anything";
    if (form_ == forms::kNotActive) return "the campaign is not active";
    if (form_ == forms::kNeverShown) return StrCat("the user's clock never shows ", in_.Text());
    if (form_ == forms::kHadLaunch) {
      return StrCat("the user has had the launch of ", TimeText(in_.Time()), " already, under another name");
    }
    if (form_ != forms::kPlain) return std::nullopt;
    if (passed_) return campaign_ == nullptr ? "it is what the campaign waits for" : waits_for;
    const auto kind = static_cast<InputKind>(in_.Number());
    const std::string_view name = in_.Text();
    return StrCat("waits for ", waits_for, "; this is ", OccurrenceText(kind, name, in_.Number() != 0));
  }

  std::optional<std::string> Window() {
    if (form_ == forms::kNotActive) return "the campaign is not active any more";
    const absl::Time start = in_.Time();
    return StrCat("the campaign runs from ", TimeText(start), " to ", TimeText(in_.Time()));
  }

  std::optional<std::string> Condition(const std::string* text) const {
    if (form_ == forms::kNoCondition) return "there is none";
    return StrCat(text == nullptr ? "it" : *text, passed_ ? " is true" : " is false");
  }

  std::optional<std::string> ReEligible() {
    ReEligibility rule{static_cast<ReEligibility::Kind>(in_.Number()), {}};
    if (form_ == forms::kNeverIn) return ReEligibilityText(rule, std::nullopt, absl::Time());
    rule.after = absl::Microseconds(in_.Number());
    const absl::Time last = in_.Time();
    return ReEligibilityText(rule, last, in_.Time());
  }

  std::optional<std::string> Variant() {
    const std::string_view variant_id = in_.Text();
    if (form_ == forms::kGone) return StrCat("the campaign has no variant '", variant_id, "' any more");
    const bool control = in_.Number() != 0;
    const double bucket = static_cast<double>(in_.Number()) / 10'000;
    return StrCat(variant_id, control ? ", a control, which gets nothing" : "", "; bucket ",
                  absl::StrFormat("%.4f", bucket), in_.Number() != 0 ? ", as given before" : "");
  }

  std::optional<std::string> Delay() {
    if (form_ == forms::kTooMany) {
      return StrCat(in_.Number(), " messages of this campaign wait for the user already");
    }
    if (form_ == forms::kCancelled) return StrCat("cancelled by the event '", in_.Text(), "'");
    const std::string until = TimeText(in_.Time());
    if (form_ == forms::kLocalTime) return StrCat("waits until ", until, ", when the user's clock shows ", in_.Text());
    return StrCat("waits until ", until);
  }

  std::optional<std::string> Quiet() {
    const std::string_view zone = in_.Text();
    if (passed_) return StrCat("not now, in ", zone);
    const absl::Time end = in_.Time();
    return StrCat("until ", TimeText(end), ", in ", zone,
                  in_.Number() != 0 ? "; the message waits" : "; it is dropped");
  }

  std::optional<std::string> Cap() {
    if (form_ == forms::kNoCap) return CapVerdict().ToString();
    FrequencyCap cap;
    cap.most = static_cast<int32_t>(in_.Number());
    cap.window = absl::Microseconds(in_.Number());
    cap.channel = std::string(in_.Text());
    cap.tag = std::string(in_.Text());
    cap.campaign_id = std::string(in_.Text());
    const int64_t count = in_.Number();
    return CapVerdict{passed_, &cap, count, in_.Time()}.ToString();
  }

  const bool passed_;
  const uint8_t form_;
  const Campaign* const campaign_;
  Reader& in_;
};

// What a gate's form says, as GateText reads it: 'n' for a number or a time, 't' for a text. Null: not known.
const char* ValuesOf(Gate gate, bool passed, uint8_t form) {
  if (form == forms::kError) return "t";
  const bool plain = form == forms::kPlain;
  switch (gate) {
    case Gate::kTrigger:
      if (form == forms::kNeverShown) return "t";
      if (form == forms::kHadLaunch) return "n";
      return plain && !passed ? "ntn" : "";
    case Gate::kActiveWindow:
      return plain ? "nn" : "";
    case Gate::kCondition:
    case Gate::kAudience:
      return "";
    case Gate::kSubscription:
      return "t";
    case Gate::kReEligibility:
      return plain ? "nnnn" : "n";
    case Gate::kHoldout:
      return "n";
    case Gate::kVariant:
      return plain ? "tnnn" : "t";
    case Gate::kDelay:
      if (form == forms::kCancelled) return "t";
      return form == forms::kLocalTime ? "nt" : "n";
    case Gate::kQuietHours:
      return passed ? "t" : "tnn";
    case Gate::kFrequencyCap:
      return plain ? "nntttnn" : "";
    case Gate::kDeliveryRate:
      return "n";
    case Gate::kRender:
      return plain ? "n" : "t";
  }
  return nullptr;
}

bool Skip(const char* values, Reader* in) {
  if (values == nullptr) return false;
  for (; *values != 0; ++values) {
    if (*values == 't') {
      in->Text();
    } else {
      in->Varint();
    }
  }
  return in->ok();
}

absl::Status Damaged() { return absl::DataLossError("stored decisions are damaged"); }

absl::StatusOr<Decision> ReadDecision(std::string_view bytes, absl::Time time, const DecisionSource& source,
                                      const CampaignLookup& lookup) {
  Reader in(bytes);
  Decision decision;
  decision.time = time;
  decision.user_seq = source.user_seq;
  decision.outcome = static_cast<DecisionOutcome>(in.Byte());
  decision.campaign_id = std::string(in.Text());
  decision.campaign_revision = static_cast<int64_t>(in.Varint());
  decision.event_id = std::string(in.Text());
  if (decision.event_id.empty()) decision.event_id = source.event_id;
  const Campaign* campaign = lookup ? lookup(decision.campaign_id, decision.campaign_revision) : nullptr;
  for (uint8_t head = in.Byte(); head != 0; head = in.Byte()) {
    const auto gate = static_cast<Gate>(head >> 1);
    const bool passed = (head & 1) != 0;
    std::optional<std::string> detail = GateText(passed, in.Byte(), campaign, &in).Of(gate);
    if (!in.ok()) return Damaged();
    if (!detail.has_value()) return decision;
    decision.gates.push_back({gate, passed, *std::move(detail)});
  }
  decision.variant_id = std::string(in.Text());
  decision.wait_time = in.Time();
  if (!in.ok()) return Damaged();
  if (decision.outcome == DecisionOutcome::kSent) {
    decision.message_id = MessageId(source.user, decision.campaign_id, decision.event_id);
  }
  return decision;
}

}  // namespace

absl::Status CountDecisions(std::string_view encoded, std::string_view campaign_id,
                            absl::FunctionRef<void(const DecisionCount&)> count) {
  if (encoded.empty()) return absl::OkStatus();
  Reader in(encoded);
  if (in.Byte() != DecisionLog::kVersion) return Damaged();
  in.Time();
  while (in.ok() && !in.done()) {
    const uint64_t low = in.Byte();
    const uint64_t length = low | static_cast<uint64_t>(in.Byte()) << 8;
    Reader decision(in.Take(length));
    DecisionCount counted;
    counted.outcome = static_cast<DecisionOutcome>(decision.Byte());
    if (decision.Text() != campaign_id) continue;
    decision.Varint();
    counted.entering = decision.Text().empty() && counted.outcome != DecisionOutcome::kCancelled;
    for (uint8_t head = decision.Byte(); head != 0; head = decision.Byte()) {
      const auto gate = static_cast<Gate>(head >> 1);
      const bool passed = (head & 1) != 0;
      if (!passed) counted.stopped_by = gate;
      if (!Skip(ValuesOf(gate, passed, decision.Byte()), &decision)) return Damaged();
    }
    counted.variant_id = decision.Text();
    if (!decision.ok()) return Damaged();
    count(counted);
  }
  return in.ok() ? absl::OkStatus() : Damaged();
}

std::optional<absl::Time> DecidedAt(std::string_view encoded) {
  if (encoded.empty()) return std::nullopt;
  Reader in(encoded);
  if (in.Byte() != DecisionLog::kVersion) return std::nullopt;
  const absl::Time time = in.Time();
  return in.ok() ? std::optional(time) : std::nullopt;
}

absl::StatusOr<std::vector<Decision>> ReadDecisions(std::string_view encoded, const DecisionSource& source,
                                                    const CampaignLookup& lookup) {
  std::vector<Decision> decisions;
  if (encoded.empty()) return decisions;
  Reader in(encoded);
  if (in.Byte() != DecisionLog::kVersion) return Damaged();
  const absl::Time time = in.Time();
  while (in.ok() && !in.done()) {
    const uint64_t low = in.Byte();
    const uint64_t length = low | static_cast<uint64_t>(in.Byte()) << 8;
    const std::string_view bytes = in.Take(length);
    if (!in.ok()) break;
    auto decision = ReadDecision(bytes, time, source, lookup);
    if (!decision.ok()) return decision.status();
    decisions.push_back(*std::move(decision));
  }
  return in.ok() ? absl::StatusOr<std::vector<Decision>>(std::move(decisions)) : Damaged();
}

}  // namespace cadenza::rules
