#include "server/rules/engine.h"

#include <algorithm>
#include <iterator>

#include "server/apply/messages.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/delay.h"
#include "server/rules/facts.h"
#include "server/rules/message_text.h"
#include "server/rules/timers.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

// What a gate says, before it is known whether anybody wants to read it: details cost, so they are made on demand.
class Consideration {
 public:
  // `facts` are those of the occurrence, for all campaigns that it triggers.
  Consideration(const CompiledCampaign& compiled, const Occurrence& occurrence, const Facts& facts,
                const Options& options, std::vector<GateVerdict>* verdicts, std::string* error)
      : compiled_(compiled),
        campaign_(compiled.campaign),
        occurrence_(occurrence),
        facts_(facts),
        catalog_items_(options.catalog_items),
        verdicts_(verdicts),
        error_(error) {}

  std::optional<Message> Run() {
    if (!RunTrigger()) return std::nullopt;
    return RunSending(/*recheck=*/false);
  }

  bool RunTrigger() {
    if (!PassesTrigger() || !PassesCondition()) return false;
    if (campaign_.delay == absl::ZeroDuration()) return true;
    return Verdict("delay", true, [this] { return StrCat("waits for ", absl::FormatDuration(campaign_.delay)); });
  }

  std::optional<Message> RunSending(bool recheck) {
    if (recheck && !PassesCondition()) return std::nullopt;
    if (!PassesSubscription() || !PassesCooldown()) return std::nullopt;
    return RenderMessage();
  }

 private:
  template <typename Detail>
  bool Verdict(std::string_view gate, bool passed, Detail detail) {
    if (verdicts_ != nullptr) verdicts_->push_back({std::string(gate), passed, detail()});
    return passed;
  }

  bool Fails(std::string_view gate, std::string text) {
    if (error_ != nullptr) *error_ = StrCat(gate, ": ", text);
    return Verdict(gate, false, [&text] { return text; });
  }

  bool IsTriggered() const {
    const Input& input = *occurrence_.input;
    const Trigger& trigger = campaign_.trigger;
    const auto* event = std::get_if<CustomEvent>(&input.payload);
    const auto* purchase = std::get_if<Purchase>(&input.payload);
    switch (trigger.kind) {
      case Trigger::Kind::kEventName:
        return event != nullptr && event->name == trigger.event_name;
      case Trigger::Kind::kSessionStarted:
        return occurrence_.applied.session_started;
      case Trigger::Kind::kPurchaseMade:
        return purchase != nullptr && (trigger.product_id.empty() || purchase->product_id == trigger.product_id);
      case Trigger::Kind::kSegmentEntered:
      case Trigger::Kind::kSegmentLeft:
        return HasChanged(trigger.segment_id, trigger.kind == Trigger::Kind::kSegmentEntered);
      case Trigger::Kind::kReceipt:
        return IsReported(trigger);
      default:
        return false;
    }
    return false;
  }

  bool IsReported(const Trigger& trigger) const {
    const std::optional<apply::Reported>& reported = occurrence_.applied.reported;
    const auto* receipt = std::get_if<Receipt>(&occurrence_.input->payload);
    return reported.has_value() && receipt != nullptr && reported->campaign_id == trigger.campaign_id &&
           reported->Has(trigger.receipt_kind) && (trigger.link_id.empty() || trigger.link_id == receipt->link_id);
  }

  bool HasChanged(std::string_view segment_id, bool entered) const {
    const auto& changes = occurrence_.applied.segments;
    return std::any_of(changes.begin(), changes.end(), [&](const apply::SegmentChange& change) {
      return !change.silent && change.entered == entered && change.segment_id == segment_id;
    });
  }

  bool PassesTrigger() {
    const bool history = occurrence_.applied.history;
    return Verdict("trigger", !history && IsTriggered(), [this, history] {
      if (history) return std::string("the event is too old to trigger anything");
      return StrCat("waits for ", TriggerText(), "; this is ", OccurrenceText());
    });
  }

  std::string TriggerText() const {
    const Trigger& trigger = campaign_.trigger;
    if (trigger.kind == Trigger::Kind::kEventName) return StrCat("the event '", trigger.event_name, "'");
    if (trigger.kind == Trigger::Kind::kSessionStarted) return "a session to start";
    if (trigger.kind == Trigger::Kind::kSegmentEntered)
      return StrCat("entering the segment '", trigger.segment_id, "'");
    if (trigger.kind == Trigger::Kind::kSegmentLeft) return StrCat("leaving the segment '", trigger.segment_id, "'");
    if (trigger.kind == Trigger::Kind::kReceipt) {
      return StrCat("the first report that a message of '", trigger.campaign_id, "' was ",
                    ReceiptText(trigger.receipt_kind));
    }
    return trigger.product_id.empty() ? "a purchase" : StrCat("a purchase of '", trigger.product_id, "'");
  }

  std::string OccurrenceText() const {
    const Input& input = *occurrence_.input;
    const std::string_view starts = occurrence_.applied.session_started ? ", which starts a session" : "";
    if (const auto* event = std::get_if<CustomEvent>(&input.payload))
      return StrCat("the event '", event->name, "'", starts);
    if (const auto* purchase = std::get_if<Purchase>(&input.payload)) {
      return StrCat("a purchase of '", purchase->product_id, "'", starts);
    }
    if (const auto* receipt = std::get_if<Receipt>(&input.payload)) {
      return StrCat("a receipt (", ReceiptText(receipt->kind), ")",
                    occurrence_.applied.reported.has_value() ? "" : " that reports nothing new");
    }
    return StrCat("another kind of input", starts);
  }

  bool PassesCondition() {
    if (compiled_.condition == nullptr) {
      return Verdict("condition", true, [] { return std::string("there is none"); });
    }
    const absl::StatusOr<cel::Value> value = compiled_.condition->Evaluate(CelScope(facts_));
    if (!value.ok()) return Fails("condition", std::string(value.status().message()));
    return Verdict("condition", value->bool_value(),
                   [this, &value] { return StrCat(campaign_.condition, " is ", value->DebugString()); });
  }

  bool PassesSubscription() {
    const std::string& channel = campaign_.message.channel;
    const bool subscribed = IsSubscribed(*occurrence_.profile, channel);
    return Verdict("subscription", subscribed, [&channel, subscribed] {
      return StrCat("the user ", subscribed ? "has not unsubscribed from '" : "has unsubscribed from '", channel, "'");
    });
  }

  bool PassesCooldown() {
    const auto& history = occurrence_.profile->campaigns;
    const auto last = history.find(campaign_.campaign_id);
    if (campaign_.cooldown == absl::ZeroDuration() || last == history.end()) {
      return Verdict("cooldown", true, [this] {
        return std::string(campaign_.cooldown == absl::ZeroDuration() ? "there is none"
                                                                      : "the user has had no message of this campaign");
      });
    }
    const absl::Duration since = facts_.now - last->second.last_time;
    return Verdict("cooldown", since >= campaign_.cooldown, [this, since] {
      return StrCat("the last message was ", absl::FormatDuration(since), " ago; the cooldown is ",
                    absl::FormatDuration(campaign_.cooldown));
    });
  }

  std::optional<Message> RenderMessage() {
    Message message;
    message.message_id = MessageId();
    TextOutcome outcome =
        WriteText(compiled_, facts_, message.message_id, catalog_items_, &message.title, &message.body);
    if (outcome.kind == TextOutcome::Kind::kFailed) {
      Fails("render", std::move(outcome.detail));
      return std::nullopt;
    }
    const bool written = outcome.kind == TextOutcome::Kind::kWritten;
    Verdict("render", written, [&] {
      return written ? StrCat(message.title.size() + message.body.size(), " bytes") : std::move(outcome.detail);
    });
    if (!written) return std::nullopt;
    message.user = occurrence_.profile->key;
    message.campaign_id = campaign_.campaign_id;
    message.event_id = occurrence_.input->event_id;
    message.channel = campaign_.message.channel;
    message.create_time = facts_.now;
    message.expire_time = facts_.now + campaign_.message.time_to_live;
    return message;
  }

  // The same for the same event, however often it is applied.
  std::string MessageId() const {
    const UserKey& user = occurrence_.profile->key;
    const std::string_view zero("\0", 1);
    return ToHex(DigestOf(
        StrCat(user.workspace, zero, user.key, zero, campaign_.campaign_id, zero, occurrence_.input->event_id)));
  }

  const CompiledCampaign& compiled_;
  const Campaign& campaign_;
  const Occurrence& occurrence_;
  const Facts& facts_;
  CatalogItems* const catalog_items_;
  std::vector<GateVerdict>* const verdicts_;
  std::string* const error_;
};

bool IdIsLess(const std::shared_ptr<const CompiledCampaign>& a, const std::shared_ptr<const CompiledCampaign>& b) {
  return a->campaign.campaign_id < b->campaign.campaign_id;
}

void AddOfSegments(const RuleSet& rule_set, const apply::Applied& applied, std::string_view workspace,
                   RuleSet::List* triggered) {
  const size_t before = triggered->size();
  for (const apply::SegmentChange& change : applied.segments) {
    if (change.silent) continue;
    const RuleSet::List& list = rule_set.ForSegment(workspace, change.segment_id, change.entered);
    triggered->insert(triggered->end(), list.begin(), list.end());
  }
  if (triggered->size() > before) std::sort(triggered->begin(), triggered->end(), IdIsLess);
}

// The campaigns that the occurrence triggers, in the order of campaign_id: of one trigger, as they stand in the rule
// set; of several, merged into `merged`. A campaign has one trigger, so no two lists share one.
const RuleSet::List& Triggered(const RuleSet& rule_set, const Input& input, const apply::Applied& applied,
                               std::string_view workspace, RuleSet::List* merged) {
  static const auto* none = new RuleSet::List();
  const RuleSet::List& of_kind =
      input.kind() == InputKind::kCustomEvent ? rule_set.ForEvent(workspace, input.event_name())
      : input.kind() == InputKind::kPurchase  ? rule_set.ForPurchase(workspace)
      : applied.reported.has_value()          ? rule_set.ForReceipt(workspace, applied.reported->campaign_id)
                                              : *none;
  static const auto* no_session = new RuleSet::List();
  const RuleSet::List& of_session = applied.session_started ? rule_set.ForSessionStart(workspace) : *no_session;
  if (of_session.empty() && applied.segments.empty()) return of_kind;
  merged->reserve(of_kind.size() + of_session.size());
  std::merge(of_kind.begin(), of_kind.end(), of_session.begin(), of_session.end(), std::back_inserter(*merged),
             IdIsLess);
  AddOfSegments(rule_set, applied, workspace, merged);
  return *merged;
}

}  // namespace

std::optional<Message> Consider(const CompiledCampaign& campaign, const Occurrence& occurrence, const Options& options,
                                std::vector<GateVerdict>* verdicts, std::string* error) {
  const Facts facts(*occurrence.input, *occurrence.profile, options.session_gap);
  return Consideration(campaign, occurrence, facts, options, verdicts, error).Run();
}

bool ConsiderTrigger(const CompiledCampaign& campaign, const Occurrence& occurrence, const Options& options,
                     std::vector<GateVerdict>* verdicts, std::string* error) {
  const Facts facts(*occurrence.input, *occurrence.profile, options.session_gap);
  return Consideration(campaign, occurrence, facts, options, verdicts, error).RunTrigger();
}

std::optional<Message> ConsiderSending(const CompiledCampaign& campaign, const Occurrence& occurrence,
                                       const Options& options, std::vector<GateVerdict>* verdicts, std::string* error) {
  const bool recheck = campaign.campaign.recheck_condition;
  const Facts facts(*occurrence.input, *occurrence.profile, options.session_gap);
  return Consideration(campaign, occurrence, facts, options, verdicts, error).RunSending(recheck);
}

void EnterMessage(Message message, Profile* profile, std::vector<Message>* messages) {
  message.message_seq = ++profile->message_seq;
  CampaignHistory& history = profile->campaigns[message.campaign_id];
  ++history.count;
  history.last_time = message.create_time;
  apply::RememberMessage(message, profile);
  messages->push_back(std::move(message));
}

namespace {

// Lets each campaign that it is given decide, in order.
class Decision {
 public:
  Decision(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
           Profile* profile, std::vector<Message>* messages, TimerChanges* timers, std::vector<RuleError>* errors)
      : rule_set_(rule_set),
        occurrence_{&input, profile, applied},
        facts_(input, *profile, options.session_gap),
        options_(options),
        profile_(profile),
        messages_(messages),
        timers_(timers),
        errors_(errors) {}

  void Of(const CompiledCampaign& compiled) {
    std::string error;
    std::optional<Message> message;
    Consideration consideration(compiled, occurrence_, facts_, options_, nullptr, &error);
    if (compiled.campaign.delay == absl::ZeroDuration()) {
      message = consideration.Run();
    } else if (consideration.RunTrigger()) {
      absl::Status started = StartDelay(rule_set_, compiled, *occurrence_.input, profile_, timers_);
      if (!started.ok()) error = StrCat("delay: ", started.message());
    }
    if (!error.empty() && errors_ != nullptr) errors_->push_back({compiled.campaign.campaign_id, std::move(error)});
    if (message.has_value()) EnterMessage(*std::move(message), profile_, messages_);
  }

 private:
  const RuleSet& rule_set_;
  const Occurrence occurrence_;
  const Facts facts_;
  const Options& options_;
  Profile* const profile_;
  std::vector<Message>* const messages_;
  TimerChanges* const timers_;
  std::vector<RuleError>* const errors_;
};

}  // namespace

void Decide(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
            Profile* profile, std::vector<Message>* messages, TimerChanges* timers, std::vector<RuleError>* errors) {
  if (applied.history) return;
  if (!profile->timers.empty()) CancelDelays(rule_set, input, profile, timers);
  RuleSet::List merged;
  const RuleSet::List& triggered = Triggered(rule_set, input, applied, profile->key.workspace, &merged);
  if (triggered.empty()) return;
  Decision decision(rule_set, input, applied, options, profile, messages, timers, errors);
  for (const auto& compiled : triggered) decision.Of(*compiled);
}

void DecideSegments(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
                    Profile* profile, std::vector<Message>* messages, TimerChanges* timers,
                    std::vector<RuleError>* errors) {
  if (applied.history) return;
  RuleSet::List triggered;
  AddOfSegments(rule_set, applied, profile->key.workspace, &triggered);
  if (triggered.empty()) return;
  Decision decision(rule_set, input, applied, options, profile, messages, timers, errors);
  for (const auto& compiled : triggered) {
    const bool has_sent = std::any_of(messages->begin(), messages->end(), [&](const Message& message) {
      return message.campaign_id == compiled->campaign.campaign_id;
    });
    if (!has_sent) decision.Of(*compiled);
  }
}

}  // namespace cadenza::rules
