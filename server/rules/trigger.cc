#include "server/rules/trigger.h"

#include <algorithm>
#include <optional>

#include "server/rules/checks.h"
#include "server/rules/facts.h"
#include "server/rules/fields.h"
#include "server/rules/schedule/civil_time.h"
#include "server/rules/schedule/cron.h"
#include "server/rules/schedule/local_time.h"
#include "server/rules/schedule/occurrences.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza::rules {
namespace {

using Kind = Trigger::Kind;

absl::Status CheckSchedule(const Schedule& schedule) {
  switch (schedule.kind) {
    case Schedule::Kind::kNone:
      return Invalid("trigger.schedule", "is required: at, cron, local_at or local_cron");
    case Schedule::Kind::kAt:
      break;
    case Schedule::Kind::kCron:
    case Schedule::Kind::kLocalCron: {
      const bool local = schedule.kind == Schedule::Kind::kLocalCron;
      const auto cron = schedule::Cron::Parse(schedule.expression);
      if (!cron.ok()) return OfField(local ? "trigger.schedule.local_cron" : "trigger.schedule.cron", cron.status());
      if (local && schedule::IsMoreThanHourly(*cron)) {
        return Invalid("trigger.schedule.local_cron", "must come at most once an hour: name one minute");
      }
      break;
    }
    case Schedule::Kind::kLocalAt:
      if (!schedule::ParseLocalTime(schedule.expression).has_value()) {
        return Invalid("trigger.schedule.local_at", "must be a date and a time of the day: \"2026-12-24T18:00\"");
      }
      break;
  }
  if (!schedule.time_zone.empty()) {
    if (schedule.kind != Schedule::Kind::kCron) {
      return Invalid("trigger.schedule.time_zone", "is of `cron` alone: the others need none");
    }
    const auto zone = schedule::FindZone(schedule.time_zone);
    if (!zone.ok()) return OfField("trigger.schedule.time_zone", zone.status());
  }
  if (schedule.segment_id.empty()) return absl::OkStatus();
  return CheckId("trigger.schedule.segment_id", schedule.segment_id, limits::kSegmentIdBytes);
}

absl::Status CheckReceipt(const Trigger& trigger) {
  CADENZA_RETURN_IF_ERROR(
      CheckId("trigger.receipt_reported.campaign_id", trigger.campaign_id, limits::kCampaignIdBytes));
  if (trigger.receipt_kind == Receipt::Kind::kUnspecified) {
    return Invalid("trigger.receipt_reported.kind", "is required: KIND_DELIVERED, _OPENED, _CLICKED or _DISMISSED");
  }
  if (trigger.link_id.empty()) return absl::OkStatus();
  if (trigger.receipt_kind != Receipt::Kind::kClicked) {
    return Invalid("trigger.receipt_reported.link_id", "goes with KIND_CLICKED only");
  }
  return CheckText("trigger.receipt_reported.link_id", trigger.link_id, limits::kLinkIdBytes);
}

bool IsReported(const Trigger& trigger, const Occurrence& occurrence) {
  const std::optional<apply::Reported>& reported = occurrence.applied.reported;
  const auto* receipt = std::get_if<Receipt>(&occurrence.input->payload);
  return reported.has_value() && receipt != nullptr && reported->campaign_id == trigger.campaign_id &&
         reported->Has(trigger.receipt_kind) && (trigger.link_id.empty() || trigger.link_id == receipt->link_id);
}

bool HasChanged(const apply::Applied& applied, std::string_view segment_id, bool entered) {
  return std::any_of(applied.segments.begin(), applied.segments.end(), [&](const apply::SegmentChange& change) {
    return !change.silent && change.entered == entered && change.segment_id == segment_id;
  });
}

bool AttributeBecame(const Trigger& trigger, const Occurrence& occurrence) {
  const auto& changed = occurrence.applied.changed_attributes;
  if (std::find(changed.begin(), changed.end(), trigger.attribute) == changed.end()) return false;
  if (!trigger.attribute_value.has_value()) return true;
  const Value* value = occurrence.profile->attributes.Find(trigger.attribute);
  return value != nullptr && *value == *trigger.attribute_value;
}

bool Concerns(const SubscriptionChange& change, const Trigger& trigger) {
  return (trigger.channel.empty() || change.channel == trigger.channel) &&
         (trigger.subscription_state == SubscriptionState::kUnspecified || change.state == trigger.subscription_state);
}

std::string_view NameOf(const Input& input) {
  if (const auto* purchase = std::get_if<Purchase>(&input.payload)) return purchase->product_id;
  if (const auto* launch = std::get_if<CampaignLaunch>(&input.payload)) return launch->campaign_id;
  if (const auto* receipt = std::get_if<Receipt>(&input.payload)) return ReceiptText(receipt->kind);
  return input.event_name();
}

}  // namespace

absl::Status CheckTrigger(const Trigger& trigger) {
  switch (trigger.kind) {
    case Kind::kEventName:
      return CheckName("trigger.event_name", trigger.event_name, limits::kNameBytes);
    case Kind::kPurchaseMade:
      if (trigger.product_id.empty()) return absl::OkStatus();
      return CheckName("trigger.purchase_made.product_id", trigger.product_id, limits::kNameBytes);
    case Kind::kSessionStarted:
    case Kind::kApi:
      return absl::OkStatus();
    case Kind::kSegmentEntered:
      return CheckId("trigger.segment_entered.segment_id", trigger.segment_id, limits::kSegmentIdBytes);
    case Kind::kSegmentLeft:
      return CheckId("trigger.segment_left.segment_id", trigger.segment_id, limits::kSegmentIdBytes);
    case Kind::kAttributeChanged:
      return CheckName("trigger.attribute_changed.attribute", trigger.attribute, limits::kNameBytes);
    case Kind::kSubscriptionChanged:
      if (trigger.channel.empty()) return absl::OkStatus();
      return CheckName("trigger.subscription_changed.channel", trigger.channel, limits::kChannelBytes);
    case Kind::kSchedule:
      return CheckSchedule(trigger.schedule);
    case Kind::kReceipt:
      return CheckReceipt(trigger);
    default:
      break;
  }
  return Invalid("trigger",
                 "is required: event_name, session_started, purchase_made, segment_entered, segment_left, "
                 "attribute_changed, subscription_changed, api_triggered, schedule or receipt_reported");
}

bool IsTriggered(const Campaign& campaign, const Occurrence& occurrence) {
  const Trigger& trigger = campaign.trigger;
  const auto& payload = occurrence.input->payload;
  switch (trigger.kind) {
    case Kind::kEventName: {
      const auto* event = std::get_if<CustomEvent>(&payload);
      return event != nullptr && event->name == trigger.event_name;
    }
    case Kind::kPurchaseMade: {
      const auto* purchase = std::get_if<Purchase>(&payload);
      return purchase != nullptr && (trigger.product_id.empty() || purchase->product_id == trigger.product_id);
    }
    case Kind::kSessionStarted:
      return occurrence.applied.session_started;
    case Kind::kSegmentEntered:
    case Kind::kSegmentLeft:
      return HasChanged(occurrence.applied, trigger.segment_id, trigger.kind == Kind::kSegmentEntered);
    case Kind::kAttributeChanged:
      return AttributeBecame(trigger, occurrence);
    case Kind::kSubscriptionChanged: {
      const auto* change = std::get_if<SubscriptionChange>(&payload);
      return change != nullptr && occurrence.applied.subscription_changed && Concerns(*change, trigger);
    }
    case Kind::kApi:
    case Kind::kSchedule:
      return IsLaunched(campaign, *occurrence.input);
    case Kind::kReceipt:
      return IsReported(trigger, occurrence);
    default:
      return false;
  }
}

bool IsLaunched(const Campaign& campaign, const Input& input) {
  const auto* launch = std::get_if<CampaignLaunch>(&input.payload);
  return launch != nullptr && launch->campaign_id == campaign.campaign_id &&
         campaign.trigger.kind == (launch->scheduled ? Kind::kSchedule : Kind::kApi);
}

bool IsScheduledLaunch(std::string_view campaign_id, const Input& input) {
  const auto* launch = std::get_if<CampaignLaunch>(&input.payload);
  return launch != nullptr && launch->scheduled && launch->campaign_id == campaign_id;
}

bool PassesTrigger(const Campaign& campaign, const Occurrence& occurrence, DecisionLog* log) {
  if (occurrence.applied.history) return log->Say(Gate::kTrigger, false, forms::kTooOld);
  return IsTriggered(campaign, occurrence) ? log->Say(Gate::kTrigger, true) : NotTriggered(occurrence, log);
}

bool NotTriggered(const Occurrence& occurrence, DecisionLog* log) {
  log->Say(Gate::kTrigger, false);
  log->Number(static_cast<int64_t>(occurrence.input->kind()));
  log->Text(NameOf(*occurrence.input));
  log->Number(occurrence.applied.session_started ? 1 : 0);
  return false;
}

std::string TriggerText(const Trigger& trigger) {
  switch (trigger.kind) {
    case Kind::kEventName:
      return StrCat("the event '", trigger.event_name, "'");
    case Kind::kPurchaseMade:
      return trigger.product_id.empty() ? "a purchase" : StrCat("a purchase of '", trigger.product_id, "'");
    case Kind::kSessionStarted:
      return "a session to start";
    case Kind::kSegmentEntered:
      return StrCat("entering the segment '", trigger.segment_id, "'");
    case Kind::kSegmentLeft:
      return StrCat("leaving the segment '", trigger.segment_id, "'");
    case Kind::kAttributeChanged:
      return StrCat("the attribute '", trigger.attribute, "' to change",
                    trigger.attribute_value.has_value() ? " to one value" : "");
    case Kind::kSubscriptionChanged:
      return trigger.channel.empty() ? "a subscription to change"
                                     : StrCat("the subscription to '", trigger.channel, "' to change");
    case Kind::kApi:
      return "TriggerCampaign";
    case Kind::kSchedule:
      return "its schedule";
    case Kind::kReceipt:
      return StrCat("the first report that a message of '", trigger.campaign_id, "' was ",
                    ReceiptText(trigger.receipt_kind));
    default:
      return "nothing";
  }
}

std::string OccurrenceText(InputKind kind, std::string_view name, bool starts_session) {
  const std::string_view starts = starts_session ? ", which starts a session" : "";
  if (kind == InputKind::kCustomEvent) return StrCat("the event '", name, "'", starts);
  if (kind == InputKind::kPurchase) return StrCat("a purchase of '", name, "'", starts);
  if (kind == InputKind::kCampaignLaunch) return StrCat("a launch of '", name, "'");
  if (kind == InputKind::kReceipt) return StrCat("a receipt (", name, ")");
  return StrCat("another kind of input", starts);
}

}  // namespace cadenza::rules
