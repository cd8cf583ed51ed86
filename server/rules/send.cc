#include "server/rules/send.h"

#include <algorithm>
#include <utility>

#include "server/rules/entry.h"
#include "server/rules/gates/frequency_cap.h"
#include "server/rules/message_text.h"
#include "server/rules/workspace.h"
#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

// The campaign whose texts are sent: the variant's. Null if the campaign has no such variant any more.
const CompiledCampaign* TextsOf(const Sending& sending) {
  const CompiledCampaign& compiled = *sending.campaign;
  if (sending.variant_id.empty()) return compiled.campaign.variants.empty() ? &compiled : nullptr;
  for (size_t i = 0; i < compiled.variants.size(); ++i) {
    if (compiled.campaign.variants[i].variant_id == sending.variant_id) return compiled.variants[i].get();
  }
  return nullptr;
}

class SendGates {
 public:
  SendGates(const Sending& sending, const CompiledCampaign& texts, const Facts& facts, const Options& options,
            DecisionLog* log)
      : sending_(sending),
        campaign_(sending.campaign->campaign),
        texts_(texts),
        facts_(facts),
        options_(options),
        workspace_(WorkspaceOf(options)),
        paced_(sending.place.has_value() && MayBeSentAt(*sending.place) == *sending.place),
        now_(paced_ ? *sending.place : MayBeSentAt(facts.now)),
        log_(log) {}

  SendOutcome Run() {
    if (!PassesAgain() || !PassesQuietHours() || !PassesCaps() || !PassesRate()) return std::move(outcome_);
    Render();
    return std::move(outcome_);
  }

 private:
  absl::Time MayBeSentAt(absl::Time time) const {
    return workspace_.settings.frequency_caps.empty() ? time : SendTime(facts_.profile->sent, time);
  }

  // What may have changed while the message waited, and the channel of a variant.
  bool PassesAgain() {
    const Profile& profile = *facts_.profile;
    const CompiledCampaign& compiled = *sending_.campaign;
    if ((sending_.waited || now_ > facts_.now) && !PassesWindow(campaign_, now_, log_)) return false;
    if (sending_.waited && campaign_.recheck_condition &&
        (!PassesCondition(compiled, facts_, log_) || !PassesAudience(compiled, facts_, log_))) {
      return false;
    }
    const bool asked = !sending_.waited && sending_.variant_id.empty();
    if (!asked && !PassesSubscription(texts_.campaign.message.channel, profile, log_)) return false;
    return !sending_.waited || PassesReEligibility(campaign_, profile, now_, log_);
  }

  bool Holds(absl::Time until, TimerPurpose purpose) {
    outcome_.hold_until = until;
    outcome_.held_by = purpose;
    return false;
  }

  bool PassesQuietHours() {
    if (campaign_.ignore_quiet_hours) return true;
    const bool own = sending_.campaign->quiet != nullptr;
    const schedule::QuietHours& quiet = own ? *sending_.campaign->quiet : workspace_.quiet;
    if (quiet.empty()) return true;
    const absl::TimeZone zone = ZoneOf(*facts_.profile, workspace_);
    const absl::Time now = std::max(now_, facts_.now);  // also of one that is late for its place
    const absl::Time end = quiet.End(now, zone);
    log_->Say(Gate::kQuietHours, end == now);
    log_->Text(zone.name());
    if (end == now) return true;
    const bool hold = own ? campaign_.quiet_hours.hold : workspace_.settings.quiet_hours.hold;
    log_->Time(end);
    log_->Number(hold ? 1 : 0);
    return hold && Holds(end, TimerPurpose::kQuietHours);
  }

  bool PassesCaps() {
    const auto& caps = workspace_.settings.frequency_caps;
    if (caps.empty() || campaign_.ignore_frequency_caps) return true;
    const CapVerdict verdict =
        CheckCaps(caps, facts_.profile->sent, CountedAs(*sending_.campaign, texts_.campaign.message.channel, now_));
    if (verdict.cap == nullptr) return log_->Say(Gate::kFrequencyCap, true, forms::kNoCap);
    const FrequencyCap& cap = *verdict.cap;
    log_->Say(Gate::kFrequencyCap, verdict.passed);
    log_->Number(cap.most);
    log_->Number(absl::ToInt64Microseconds(cap.window));
    log_->Text(cap.channel);
    log_->Text(cap.tag);
    log_->Text(cap.campaign_id);
    log_->Number(verdict.count);
    log_->Time(verdict.frees_at);
    return verdict.passed;
  }

  bool PassesRate() {
    const auto& of_workspace = workspace_.settings.delivery_rate;
    const auto& of_campaign = campaign_.delivery_rate;
    if (options_.pacer == nullptr || paced_ || (!of_workspace.has_value() && !of_campaign.has_value())) {
      return true;
    }
    const Pacer::Place place = options_.pacer->Reserve(
        campaign_.workspace, campaign_.campaign_id, of_workspace.has_value() ? &*of_workspace : nullptr,
        of_campaign.has_value() ? &*of_campaign : nullptr, sending_.entered, now_);
    const bool passed = place.taken && place.time <= now_;
    log_->Say(Gate::kDeliveryRate, passed, place.taken ? forms::kPlain : forms::kNoPlace);
    log_->Time(place.time);
    if (passed) return true;
    outcome_.paced = place.taken;
    outcome_.entered = !place.taken && place.entered;
    return Holds(place.time, TimerPurpose::kDeliveryRate);
  }

  void Render() {
    Message message;
    message.message_id = MessageId(facts_.profile->key, campaign_.campaign_id, facts_.input->event_id);
    const TextOutcome text = WriteText(texts_, facts_, ZoneOf(*facts_.profile, workspace_), message.message_id,
                                       options_.catalog_items, &message.title, &message.body);
    if (text.kind == TextOutcome::Kind::kFailed) {
      log_->Fail(Gate::kRender, text.detail);
      return;
    }
    const bool written = text.kind == TextOutcome::Kind::kWritten;
    log_->Say(Gate::kRender, written, written ? forms::kPlain : forms::kAborted);
    if (!written) return log_->Text(text.detail);
    log_->Number(static_cast<int64_t>(message.title.size() + message.body.size()));
    message.user = facts_.profile->key;
    message.campaign_id = campaign_.campaign_id;
    message.event_id = facts_.input->event_id;
    message.channel = texts_.campaign.message.channel;
    message.variant_id = std::string(sending_.variant_id);
    message.create_time = now_;
    message.expire_time = message.create_time + texts_.campaign.message.time_to_live;
    outcome_.message = std::move(message);
  }

  const Sending& sending_;
  const Campaign& campaign_;
  const CompiledCampaign& texts_;
  const Facts& facts_;
  const Options& options_;
  const CompiledWorkspace& workspace_;
  const bool paced_;      // it takes its place
  const absl::Time now_;  // of the message: for one user time does not go back (gates/frequency_cap.h)
  DecisionLog* const log_;
  SendOutcome outcome_;
};

}  // namespace

SendOutcome CheckSend(const Sending& sending, const Facts& facts, const Options& options, DecisionLog* log) {
  const CompiledCampaign* texts = TextsOf(sending);
  if (texts != nullptr) return SendGates(sending, *texts, facts, options, log).Run();
  log->Say(Gate::kVariant, false, forms::kGone);
  log->Text(sending.variant_id);
  return {};
}

std::string MessageId(const UserKey& user, std::string_view campaign_id, std::string_view event_id) {
  const std::string_view zero("\0", 1);
  return ToHex(DigestOf(StrCat(user.workspace, zero, user.key, zero, campaign_id, zero, event_id)));
}

SentMessage CountedAs(const CompiledCampaign& compiled, std::string_view channel, absl::Time time) {
  return {time, compiled.campaign.campaign_id, std::string(channel), compiled.campaign.tags};
}

}  // namespace cadenza::rules
