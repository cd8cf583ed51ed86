#include "server/rules/engine.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/apply/launches.h"
#include "server/apply/messages.h"
#include "server/rules/decision_text.h"
#include "server/rules/delay.h"
#include "server/rules/entry.h"
#include "server/rules/facts.h"
#include "server/rules/gates/frequency_cap.h"
#include "server/rules/send.h"
#include "server/rules/workspace.h"
#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

// The campaigns of several lists in one, in their order. A campaign has one trigger, so no two lists share one.
class Triggered {
 public:
  void Add(const RuleSet::List& list) {
    if (list.empty()) return;
    if (first_ == nullptr) {
      first_ = &list;
    } else {
      others_.push_back(&list);
    }
  }
  bool empty() const { return first_ == nullptr; }
  template <typename Do>
  void ForEach(Do each) const {
    if (others_.empty()) {
      for (const auto& compiled : *first_) each(*compiled);
      return;
    }
    RuleSet::List all = *first_;
    for (const RuleSet::List* list : others_) all.insert(all.end(), list->begin(), list->end());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return RuleSet::GoesBefore(*a, *b); });
    for (const auto& compiled : all) each(*compiled);
  }

 private:
  // Nearly always there is one, which then costs nothing.
  const RuleSet::List* first_ = nullptr;
  std::vector<const RuleSet::List*> others_;
};

void AddSegments(const RuleSet::Workspace& lists, const apply::Applied& applied, Triggered* triggered) {
  for (const apply::SegmentChange& change : applied.segments) {
    if (change.silent) continue;
    triggered->Add(
        RuleSet::ListIn(change.entered ? lists.on_segment_entered : lists.on_segment_left, change.segment_id));
  }
}

void AddInput(const RuleSet::Workspace& lists, const Input& input, const apply::Applied& applied,
              Triggered* triggered) {
  if (input.kind() == InputKind::kCustomEvent) triggered->Add(RuleSet::ListIn(lists.by_event, input.event_name()));
  if (input.kind() == InputKind::kPurchase) triggered->Add(lists.on_purchase);
  if (applied.session_started) triggered->Add(lists.on_session_start);
  if (applied.subscription_changed) triggered->Add(lists.on_subscription);
  if (applied.reported.has_value()) {
    triggered->Add(RuleSet::ListIn(lists.on_receipt, applied.reported->campaign_id));
  }
  for (const std::string& name : applied.changed_attributes) {
    triggered->Add(RuleSet::ListIn(lists.by_attribute, name));
  }
}

// Lets each campaign that it is given decide, in order.
class Deciding {
 public:
  // `trigger` is what triggered the campaigns, with the clock of now; `kept` the same as it is to be kept with what
  // waits, null to copy it. What happened now is `input_id`.
  Deciding(const RuleSet& rule_set, const RuleSet::Workspace& lists, const Input& trigger,
           std::shared_ptr<const Input> kept, std::string_view input_id, const apply::Applied& applied,
           const Options& options, Profile* profile, Effects* effects)
      : rule_set_(rule_set),
        trigger_(trigger),
        kept_(std::move(kept)),
        event_id_(input_id == trigger.event_id ? std::string_view() : std::string_view(trigger.event_id)),
        options_(options),
        profile_(*profile),
        effects_(*effects),
        log_(effects->decisions),
        goals_(lists.goals),
        occurrence_{&trigger, profile, applied},
        facts_(trigger, *profile, options.session_gap) {
    options_.workspace = lists.settings.get();
  }

  void Enter(const CompiledCampaign& compiled, bool launched) {
    Begin(compiled);
    const Entry entry = CheckEntry(compiled, occurrence_, facts_, options_, &log_);
    if (!entry.triggered && !launched) return log_.Drop();
    const std::string& campaign_id = compiled.campaign.campaign_id;
    if (!entry.variant_id.empty()) KeepVariant(campaign_id, entry);
    if (entry.allocated) Allocate(compiled, entry);
    if (entry.allocated || HasEntered(campaign_id)) Mark(campaign_id, /*waits=*/false);
    switch (entry.kind) {
      case Entry::Kind::kStopped:
        return End(compiled, DecisionOutcome::kStopped, entry.variant_id);
      case Entry::Kind::kControl:
        return End(compiled, DecisionOutcome::kControl, entry.variant_id);
      case Entry::Kind::kWait:
        return KeepWaiting(compiled, {TimerPurpose::kDelay, entry.wait_until, {std::string(entry.variant_id), false}});
      case Entry::Kind::kSend:
        return Send(compiled, {.campaign = &compiled, .variant_id = entry.variant_id});
    }
  }

  // What waited, is waiting no more.
  void Fire(const CompiledCampaign& compiled, const WaitNote& note, absl::Time fire_time) {
    const std::string& campaign_id = compiled.campaign.campaign_id;
    if (IsThrough(campaign_id)) return StopLaunched(compiled, note.variant_id);
    Begin(compiled);
    Mark(campaign_id, /*waits=*/false);
    Sending sending{.campaign = &compiled, .variant_id = note.variant_id, .waited = true, .entered = note.entered};
    if (note.paced && facts_.now - fire_time <= note.Late()) sending.place = fire_time;
    Send(compiled, sending, note.paced ? std::min(note.lapsed + 1, kMaxLapsed) : 0);
  }
  void FireOfNone(std::string_view campaign_id, std::string_view variant_id, Gate gate) {
    log_.Begin(campaign_id, 0, event_id_);
    log_.Say(gate, false, forms::kNotActive);
    log_.End(DecisionOutcome::kStopped, variant_id);
    effects_.tally.End(campaign_id, variant_id, DecisionOutcome::kStopped, gate, &profile_);
  }

  // The campaign is launched for the user, at once or when his clock shows the time; `waited` for that.
  void Launch(const CampaignLaunch& launch, bool waited) {
    const auto compiled = rule_set_.Find(profile_.key.workspace, launch.campaign_id);
    if (compiled == nullptr) return FireOfNone(launch.campaign_id, "", Gate::kTrigger);
    if (!IsLaunched(compiled->campaign, trigger_)) {
      Begin(*compiled);
      NotTriggered(occurrence_, &log_);
      return End(*compiled, DecisionOutcome::kStopped, "");
    }
    if (waited ? IsThrough(launch.campaign_id) : HasEntered(launch.campaign_id)) return StopLaunched(*compiled, "");
    const bool asks_clock = !launch.local_time.empty() && !occurrence_.applied.history;
    if (!asks_clock || HasCome(*compiled, launch.local_time)) Enter(*compiled, /*launched=*/true);
  }

 private:
  void Begin(const CompiledCampaign& compiled) {
    log_.Begin(compiled.campaign.campaign_id, compiled.campaign.revision, event_id_);
  }
  void End(const CompiledCampaign& compiled, DecisionOutcome outcome, std::string_view variant_id,
           absl::Time wait_time = absl::InfinitePast()) {
    log_.End(outcome, variant_id, wait_time);
    effects_.tally.End(compiled.campaign.campaign_id, variant_id, outcome, log_.stopped_by(), &profile_);
    if (!log_.error().empty()) effects_.errors.push_back({compiled.campaign.campaign_id, log_.error()});
  }

  // Of a launch by a schedule, which the user may know from another name of his.
  const LaunchMark* MarkOf(std::string_view campaign_id) const {
    if (!IsScheduledLaunch(campaign_id, trigger_)) return nullptr;
    const auto entry = profile_.entries.find(campaign_id);
    return entry == profile_.entries.end() ? nullptr : apply::FindLaunch(entry->second.launches, trigger_.time);
  }
  bool IsThrough(std::string_view campaign_id) const {
    const LaunchMark* mark = MarkOf(campaign_id);
    return mark != nullptr && !mark->waits;
  }
  bool HasEntered(std::string_view campaign_id) const { return MarkOf(campaign_id) != nullptr; }
  void Mark(std::string_view campaign_id, bool waits) {
    if (!IsScheduledLaunch(campaign_id, trigger_)) return;
    apply::MarkLaunch({trigger_.time, waits}, &profile_.entries[campaign_id].launches);
  }
  void StopLaunched(const CompiledCampaign& compiled, std::string_view variant_id) {
    Begin(compiled);
    log_.Say(Gate::kTrigger, false, forms::kHadLaunch);
    log_.Time(trigger_.time);
    End(compiled, DecisionOutcome::kStopped, variant_id);
  }

  void KeepVariant(const std::string& campaign_id, const Entry& entry) {
    CampaignEntry& known = profile_.entries[campaign_id];
    if (known.variant_id != entry.variant_id) known.variant_id = std::string(entry.variant_id);
    if (entry.kind == Entry::Kind::kControl) known.last_control_time = facts_.now;
  }

  void Allocate(const CompiledCampaign& compiled, const Entry& entry) {
    const std::string& campaign_id = compiled.campaign.campaign_id;
    effects_.tally.Enter(campaign_id, entry.variant_id, entry.kind == Entry::Kind::kControl, &profile_);
    if (!compiled.conversions.empty()) OpenTouch(goals_, campaign_id, entry.variant_id, facts_.now, &profile_);
  }

  // False, and the campaign waits (or stays away), if the user's clock has yet to show the time.
  bool HasCome(const CompiledCampaign& compiled, const std::string& local_time) {
    Begin(compiled);
    const std::optional<absl::Time> due = CheckClock(local_time, facts_, options_, &log_);
    if (due.has_value() && *due <= facts_.now) {
      log_.Drop();
    } else if (due.has_value()) {
      KeepWaiting(compiled, {TimerPurpose::kLocalLaunch, *due});
    } else {
      End(compiled, DecisionOutcome::kStopped, "");
    }
    return due.has_value() && *due <= facts_.now;
  }

  void KeepWaiting(const CompiledCampaign& compiled, const Wait& wait) {
    if (kept_ == nullptr) kept_ = std::make_shared<const Input>(trigger_);
    const absl::Status kept =
        StartWait(rule_set_, compiled.campaign.campaign_id, kept_, wait, &profile_, &effects_.timers);
    if (kept.ok()) Mark(compiled.campaign.campaign_id, /*waits=*/true);
    if (!kept.ok()) log_.Fail(Gate::kDelay, {kept.message().data(), kept.message().size()});
    End(compiled, kept.ok() ? DecisionOutcome::kWaits : DecisionOutcome::kStopped, wait.note.variant_id,
        kept.ok() ? wait.until : absl::InfinitePast());
  }

  // `lapsed`: of the next place, if it must wait for one.
  void Send(const CompiledCampaign& compiled, const Sending& sending, int lapsed = 0) {
    SendOutcome outcome = CheckSend(sending, facts_, options_, &log_);
    if (outcome.hold_until.has_value()) {
      const WaitNote note{std::string(sending.variant_id), outcome.paced, outcome.paced ? lapsed : 0, outcome.entered};
      return KeepWaiting(compiled, {outcome.held_by, *outcome.hold_until, note});
    }
    if (!outcome.message.has_value()) return End(compiled, DecisionOutcome::kStopped, sending.variant_id);
    Message& message = *outcome.message;
    message.message_seq = ++profile_.message_seq;
    CampaignHistory& history = profile_.campaigns[compiled.campaign.campaign_id];
    ++history.count;
    history.last_time = message.create_time;
    apply::RememberMessage(message, &profile_);
    const auto& caps = WorkspaceOf(options_).settings.frequency_caps;
    if (!caps.empty()) Record(caps, CountedAs(compiled, message.channel, message.create_time), &profile_.sent);
    effects_.messages.push_back(std::move(message));
    End(compiled, DecisionOutcome::kSent, sending.variant_id);
  }

  const RuleSet& rule_set_;
  const Input& trigger_;
  std::shared_ptr<const Input> kept_;
  const std::string_view event_id_;  // as decisions have it
  Options options_;
  Profile& profile_;
  Effects& effects_;
  DecisionLog& log_;
  const Goals& goals_;
  const Occurrence occurrence_;
  const Facts facts_;  // for all campaigns that the occurrence triggers
};

// What a launch would do that waits for the user's clock, if it does, or the campaign's own entry.
Entry ConsiderEntry(const CompiledCampaign& campaign, const Occurrence& occurrence, const Facts& facts,
                    const Options& options, DecisionLog* log) {
  const auto* launch = std::get_if<CampaignLaunch>(&occurrence.input->payload);
  if (launch != nullptr && !launch->local_time.empty() && !occurrence.applied.history &&
      IsLaunched(campaign.campaign, *occurrence.input)) {
    const std::optional<absl::Time> due = CheckClock(launch->local_time, facts, options, log);
    if (!due.has_value()) return Entry();
    if (*due > facts.now) return {.kind = Entry::Kind::kWait, .triggered = true, .wait_until = *due};
  }
  return CheckEntry(campaign, occurrence, facts, options, log);
}

}  // namespace

std::optional<Message> Consider(const CompiledCampaign& campaign, const Occurrence& occurrence, const Options& options,
                                Decision* decision, std::string* error) {
  const Input& input = *occurrence.input;
  const Campaign& definition = campaign.campaign;
  const Facts facts(input, *occurrence.profile, options.session_gap);
  DecisionLog log;
  log.Clear(input.clock);
  log.Begin(definition.campaign_id, definition.revision, "");
  const Entry entry = ConsiderEntry(campaign, occurrence, facts, options, &log);
  SendOutcome sent;
  DecisionOutcome outcome = DecisionOutcome::kStopped;
  absl::Time wait_time = absl::InfinitePast();
  if (entry.kind == Entry::Kind::kSend) {
    sent = CheckSend({.campaign = &campaign, .variant_id = entry.variant_id}, facts, options, &log);
    if (sent.message.has_value()) outcome = DecisionOutcome::kSent;
  }
  if (entry.kind == Entry::Kind::kControl) outcome = DecisionOutcome::kControl;
  if (entry.kind == Entry::Kind::kWait || sent.hold_until.has_value()) {
    outcome = DecisionOutcome::kWaits;
    wait_time = sent.hold_until.value_or(entry.wait_until);
  }
  log.End(outcome, entry.variant_id, wait_time);
  if (error != nullptr) *error = log.error();
  if (decision != nullptr) {
    const DecisionSource source{occurrence.profile->key, occurrence.profile->version, input.event_id};
    auto decisions = ReadDecisions(log.written(), source, [&](std::string_view, int64_t) { return &definition; });
    *decision = decisions.ok() && !decisions->empty() ? std::move(decisions->front()) : Decision();
  }
  return std::move(sent.message);
}

void Decide(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
            Profile* profile, Effects* effects) {
  const auto* launch = std::get_if<CampaignLaunch>(&input.payload);
  if (applied.history && launch == nullptr) return;
  if (!profile->timers.empty()) CancelWaiting(rule_set, input, profile, effects);
  const RuleSet::Workspace& lists = rule_set.Of(profile->key.workspace);
  Triggered triggered;
  if (!applied.history) {
    AddInput(lists, input, applied, &triggered);
    AddSegments(lists, applied, &triggered);
  }
  if (triggered.empty() && launch == nullptr) return;
  Deciding deciding(rule_set, lists, input, nullptr, input.event_id, applied, options, profile, effects);
  if (launch != nullptr) deciding.Launch(*launch, /*waited=*/false);
  if (triggered.empty()) return;
  triggered.ForEach([&](const CompiledCampaign& compiled) { deciding.Enter(compiled, /*launched=*/false); });
}

void DecideSegments(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
                    Profile* profile, Effects* effects) {
  if (applied.history) return;
  const RuleSet::Workspace& lists = rule_set.Of(profile->key.workspace);
  Triggered triggered;
  AddSegments(lists, applied, &triggered);
  if (triggered.empty()) return;
  Deciding deciding(rule_set, lists, input, nullptr, input.event_id, applied, options, profile, effects);
  triggered.ForEach([&](const CompiledCampaign& compiled) {
    const std::string& campaign_id = compiled.campaign.campaign_id;
    const bool has_sent = std::any_of(effects->messages.begin(), effects->messages.end(),
                                      [&](const Message& message) { return message.campaign_id == campaign_id; });
    const std::string timer_id = has_sent || effects->timers.empty() ? "" : WaitTimerId(campaign_id, input);
    const bool waits = std::any_of(effects->timers.begin(), effects->timers.end(), [&](const TimerChange& change) {
      return change.set && change.timer_id == timer_id;
    });
    if (!has_sent && !waits) deciding.Enter(compiled, /*launched=*/false);
  });
}

absl::Status DecideFired(const RuleSet& rule_set, const Input& input, const Options& options, Profile* profile,
                         Effects* effects) {
  const TimerContent& content = *std::get<TimerFired>(input.payload).content;
  if (content.trigger == nullptr) return absl::DataLossError("the timer has lost its trigger");
  Input trigger = *content.trigger;
  trigger.clock = input.clock;
  Deciding deciding(rule_set, rule_set.Of(profile->key.workspace), trigger, content.trigger, input.event_id, {},
                    options, profile, effects);
  if (content.purpose == TimerPurpose::kLocalLaunch) {
    const auto* launch = std::get_if<CampaignLaunch>(&trigger.payload);
    if (launch == nullptr) return absl::DataLossError("the timer has lost its launch");
    deciding.Launch(*launch, /*waited=*/true);
  } else if (const auto compiled = rule_set.Find(profile->key.workspace, content.subject); compiled != nullptr) {
    deciding.Fire(*compiled, WaitNote::Parse(content.note), input.time);
  } else {
    deciding.FireOfNone(content.subject, WaitNote::Parse(content.note).variant_id, Gate::kActiveWindow);
  }
  if (effects->errors.empty()) return absl::OkStatus();
  const RuleError& error = effects->errors.front();
  return absl::FailedPreconditionError(Sv(StrCat(error.campaign_id, ": ", error.text)));
}

}  // namespace cadenza::rules
