#include "storage/codec/wire_trigger.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {
namespace {

absl::StatusOr<Schedule> ScheduleFromProto(const v1::Schedule& proto) {
  Schedule schedule;
  schedule.time_zone = proto.time_zone();
  schedule.segment_id = proto.segment_id();
  switch (proto.when_case()) {
    case v1::Schedule::kAt: {
      schedule.kind = Schedule::Kind::kAt;
      CADENZA_ASSIGN_UNDER("at", schedule.at, FromProto(proto.at()));
      break;
    }
    case v1::Schedule::kCron:
      schedule.kind = Schedule::Kind::kCron;
      schedule.expression = proto.cron();
      break;
    case v1::Schedule::kLocalAt:
      schedule.kind = Schedule::Kind::kLocalAt;
      schedule.expression = proto.local_at();
      break;
    case v1::Schedule::kLocalCron:
      schedule.kind = Schedule::Kind::kLocalCron;
      schedule.expression = proto.local_cron();
      break;
    case v1::Schedule::WHEN_NOT_SET:
      break;
  }
  return schedule;
}

void ScheduleToProto(const Schedule& schedule, v1::Schedule* proto) {
  proto->set_time_zone(schedule.time_zone);
  proto->set_segment_id(schedule.segment_id);
  switch (schedule.kind) {
    case Schedule::Kind::kNone:
      break;
    case Schedule::Kind::kAt:
      ToProto(schedule.at, proto->mutable_at());
      break;
    case Schedule::Kind::kCron:
      proto->set_cron(schedule.expression);
      break;
    case Schedule::Kind::kLocalAt:
      proto->set_local_at(schedule.expression);
      break;
    case Schedule::Kind::kLocalCron:
      proto->set_local_cron(schedule.expression);
      break;
  }
}

absl::StatusOr<Trigger> AttributeChangedFromProto(const v1::AttributeChanged& proto) {
  Trigger trigger{Trigger::Kind::kAttributeChanged, "", ""};
  trigger.attribute = proto.attribute();
  if (proto.has_value()) {
    CADENZA_ASSIGN_UNDER("value", trigger.attribute_value, FromProto(proto.value()));
  }
  return trigger;
}

absl::StatusOr<Trigger> SubscriptionChangedFromProto(const v1::SubscriptionChanged& proto) {
  if (!v1::SubscriptionState_IsValid(proto.state())) return BadField("state", "is not a state that this server knows");
  Trigger trigger{Trigger::Kind::kSubscriptionChanged, "", ""};
  trigger.channel = proto.channel();
  trigger.subscription_state = static_cast<SubscriptionState>(proto.state());
  return trigger;
}

absl::StatusOr<Trigger> ReceiptReportedFromProto(const v1::ReceiptReported& proto) {
  if (!v1::Receipt::Kind_IsValid(proto.kind())) return BadField("kind", "is not a kind that this server knows");
  Trigger trigger{Trigger::Kind::kReceipt, "", ""};
  trigger.campaign_id = proto.campaign_id();
  trigger.receipt_kind = static_cast<Receipt::Kind>(proto.kind());
  trigger.link_id = proto.link_id();
  return trigger;
}

void ReceiptReportedToProto(const Trigger& trigger, v1::ReceiptReported* proto) {
  proto->set_campaign_id(trigger.campaign_id);
  proto->set_kind(static_cast<v1::Receipt::Kind>(trigger.receipt_kind));
  proto->set_link_id(trigger.link_id);
}

}  // namespace

absl::StatusOr<Trigger> FromProto(const v1::Trigger& proto) {
  Trigger trigger;
  switch (proto.trigger_case()) {
    case v1::Trigger::kEventName:
      return Trigger{Trigger::Kind::kEventName, proto.event_name(), ""};
    case v1::Trigger::kSessionStarted:
      return Trigger{Trigger::Kind::kSessionStarted, "", ""};
    case v1::Trigger::kPurchaseMade:
      return Trigger{Trigger::Kind::kPurchaseMade, "", proto.purchase_made().product_id()};
    case v1::Trigger::kSegmentEntered:
      return Trigger{Trigger::Kind::kSegmentEntered, "", "", proto.segment_entered().segment_id()};
    case v1::Trigger::kSegmentLeft:
      return Trigger{Trigger::Kind::kSegmentLeft, "", "", proto.segment_left().segment_id()};
    case v1::Trigger::kAttributeChanged: {
      CADENZA_ASSIGN_UNDER("attribute_changed", trigger, AttributeChangedFromProto(proto.attribute_changed()));
      return trigger;
    }
    case v1::Trigger::kSubscriptionChanged: {
      CADENZA_ASSIGN_UNDER("subscription_changed", trigger, SubscriptionChangedFromProto(proto.subscription_changed()));
      return trigger;
    }
    case v1::Trigger::kApiTriggered:
      return Trigger{Trigger::Kind::kApi, "", ""};
    case v1::Trigger::kSchedule: {
      trigger.kind = Trigger::Kind::kSchedule;
      CADENZA_ASSIGN_UNDER("schedule", trigger.schedule, ScheduleFromProto(proto.schedule()));
      return trigger;
    }
    case v1::Trigger::kReceiptReported: {
      CADENZA_ASSIGN_UNDER("receipt_reported", trigger, ReceiptReportedFromProto(proto.receipt_reported()));
      return trigger;
    }
    case v1::Trigger::TRIGGER_NOT_SET:
      break;
  }
  return trigger;
}

void ToProto(const Trigger& trigger, v1::Trigger* proto) {
  switch (trigger.kind) {
    case Trigger::Kind::kNone:
      break;
    case Trigger::Kind::kReceipt:
      ReceiptReportedToProto(trigger, proto->mutable_receipt_reported());
      break;
    case Trigger::Kind::kEventName:
      proto->set_event_name(trigger.event_name);
      break;
    case Trigger::Kind::kSessionStarted:
      proto->mutable_session_started();
      break;
    case Trigger::Kind::kPurchaseMade:
      proto->mutable_purchase_made()->set_product_id(trigger.product_id);
      break;
    case Trigger::Kind::kSegmentEntered:
      proto->mutable_segment_entered()->set_segment_id(trigger.segment_id);
      break;
    case Trigger::Kind::kSegmentLeft:
      proto->mutable_segment_left()->set_segment_id(trigger.segment_id);
      break;
    case Trigger::Kind::kAttributeChanged:
      proto->mutable_attribute_changed()->set_attribute(trigger.attribute);
      if (trigger.attribute_value)
        ToProto(*trigger.attribute_value, proto->mutable_attribute_changed()->mutable_value());
      break;
    case Trigger::Kind::kSubscriptionChanged:
      proto->mutable_subscription_changed()->set_channel(trigger.channel);
      proto->mutable_subscription_changed()->set_state(static_cast<v1::SubscriptionState>(trigger.subscription_state));
      break;
    case Trigger::Kind::kApi:
      proto->mutable_api_triggered();
      break;
    case Trigger::Kind::kSchedule:
      ScheduleToProto(trigger.schedule, proto->mutable_schedule());
      break;
  }
}

}  // namespace cadenza
