#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_content.h"
#include "storage/codec/wire_error.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

Trigger TriggerFromProto(const v1::Trigger& proto) {
  switch (proto.trigger_case()) {
    case v1::Trigger::kEventName:
      return {Trigger::Kind::kEventName, proto.event_name(), ""};
    case v1::Trigger::kSessionStarted:
      return {Trigger::Kind::kSessionStarted, "", ""};
    case v1::Trigger::kPurchaseMade:
      return {Trigger::Kind::kPurchaseMade, "", proto.purchase_made().product_id()};
    case v1::Trigger::kSegmentEntered:
      return {Trigger::Kind::kSegmentEntered, "", "", proto.segment_entered().segment_id()};
    case v1::Trigger::kSegmentLeft:
      return {Trigger::Kind::kSegmentLeft, "", "", proto.segment_left().segment_id()};
    case v1::Trigger::kReceiptReported: {
      const v1::ReceiptReported& reported = proto.receipt_reported();
      Trigger trigger{Trigger::Kind::kReceipt, "", ""};
      trigger.campaign_id = reported.campaign_id();
      if (v1::Receipt::Kind_IsValid(reported.kind())) {
        trigger.receipt_kind = static_cast<Receipt::Kind>(reported.kind());
      }
      trigger.link_id = reported.link_id();
      return trigger;
    }
    default:
      break;
  }
  return {};
}

void TriggerToProto(const Trigger& trigger, v1::Trigger* proto) {
  switch (trigger.kind) {
    default:
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
    case Trigger::Kind::kReceipt: {
      v1::ReceiptReported* reported = proto->mutable_receipt_reported();
      reported->set_campaign_id(trigger.campaign_id);
      reported->set_kind(static_cast<v1::Receipt::Kind>(trigger.receipt_kind));
      reported->set_link_id(trigger.link_id);
      break;
    }
  }
}

absl::StatusOr<ContentType> ContentTypeFromProto(const std::string& name) {
  if (name.empty() || name == "text/plain") return ContentType::kPlain;
  if (name == "text/html") return ContentType::kHtml;
  if (name == "application/json") return ContentType::kJson;
  return BadField("content_type", "must be text/plain, text/html or application/json");
}

absl::StatusOr<MessageTemplate> MessageFromProto(const v1::MessageTemplate& proto) {
  MessageTemplate message;
  message.channel = proto.channel();
  message.title = proto.title();
  message.body = proto.body();
  message.time_to_live = limits::kMessageTimeToLive;
  if (proto.has_time_to_live()) {
    CADENZA_ASSIGN_UNDER("time_to_live", message.time_to_live, FromProto(proto.time_to_live()));
  }
  CADENZA_ASSIGN_OR_RETURN(message.content_type, ContentTypeFromProto(proto.content_type()));
  for (const v1::Localization& localization : proto.localizations()) {
    message.localizations.push_back({localization.locale(), localization.title(), localization.body()});
  }
  return message;
}

void MessageToProto(const MessageTemplate& message, v1::MessageTemplate* proto) {
  proto->set_channel(message.channel);
  proto->set_title(message.title);
  proto->set_body(message.body);
  ToProto(message.time_to_live, proto->mutable_time_to_live());
  if (message.content_type == ContentType::kHtml) proto->set_content_type("text/html");
  if (message.content_type == ContentType::kJson) proto->set_content_type("application/json");
  for (const Localization& localization : message.localizations) {
    v1::Localization* added = proto->add_localizations();
    added->set_locale(localization.locale);
    added->set_title(localization.title);
    added->set_body(localization.body);
  }
}

}  // namespace

absl::StatusOr<Campaign> FromProto(std::string_view workspace, const v1::Campaign& proto) {
  Campaign campaign;
  campaign.workspace = std::string(workspace);
  campaign.campaign_id = proto.campaign_id();
  campaign.display_name = proto.display_name();
  campaign.trigger = TriggerFromProto(proto.trigger());
  campaign.condition = proto.condition();
  if (proto.has_cooldown()) {
    CADENZA_ASSIGN_UNDER("cooldown", campaign.cooldown, FromProto(proto.cooldown()));
  }
  if (proto.has_delay()) {
    CADENZA_ASSIGN_UNDER("delay", campaign.delay, FromProto(proto.delay()));
  }
  campaign.exception_event_names.assign(proto.exception_event_names().begin(), proto.exception_event_names().end());
  campaign.recheck_condition = proto.recheck_condition();
  CADENZA_ASSIGN_UNDER("message", campaign.message, MessageFromProto(proto.message()));
  CADENZA_ASSIGN_OR_RETURN(campaign.revision, RevisionFromEtag(proto.etag(), "the campaign"));
  return campaign;
}

void ToProto(const Campaign& campaign, v1::Campaign* proto) {
  proto->set_campaign_id(campaign.campaign_id);
  proto->set_display_name(campaign.display_name);
  proto->set_state(static_cast<v1::Campaign::State>(campaign.state));
  TriggerToProto(campaign.trigger, proto->mutable_trigger());
  proto->set_condition(campaign.condition);
  if (campaign.cooldown != absl::ZeroDuration()) ToProto(campaign.cooldown, proto->mutable_cooldown());
  if (campaign.delay != absl::ZeroDuration()) ToProto(campaign.delay, proto->mutable_delay());
  proto->mutable_exception_event_names()->Assign(campaign.exception_event_names.begin(),
                                                 campaign.exception_event_names.end());
  proto->set_recheck_condition(campaign.recheck_condition);
  MessageToProto(campaign.message, proto->mutable_message());
  if (campaign.revision == 0) return;  // never stored
  ToProto(campaign.create_time, proto->mutable_create_time());
  ToProto(campaign.update_time, proto->mutable_update_time());
  proto->set_etag(StrCat(campaign.revision));
}

}  // namespace cadenza
