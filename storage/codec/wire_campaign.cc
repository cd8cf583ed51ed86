#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_content.h"
#include "storage/codec/wire_conversion.h"
#include "storage/codec/wire_error.h"
#include "storage/codec/wire_timing.h"
#include "storage/codec/wire_trigger.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

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

// Nothing at all is the message of a control, and of a campaign whose variants have theirs.
absl::StatusOr<Variant> VariantFromProto(const v1::Variant& proto) {
  Variant variant;
  variant.variant_id = proto.variant_id();
  variant.weight = proto.weight();
  variant.control = proto.control();
  if (proto.has_message()) {
    CADENZA_ASSIGN_UNDER("message", variant.message, MessageFromProto(proto.message()));
  }
  return variant;
}

void VariantToProto(const Variant& variant, v1::Variant* proto) {
  proto->set_variant_id(variant.variant_id);
  proto->set_weight(variant.weight);
  proto->set_control(variant.control);
  if (variant.message != MessageTemplate()) MessageToProto(variant.message, proto->mutable_message());
}

absl::Status TimingFromProto(const v1::Campaign& proto, Campaign* campaign) {
  if (proto.has_cooldown()) {
    CADENZA_ASSIGN_UNDER("cooldown", campaign->cooldown, FromProto(proto.cooldown()));
  }
  if (proto.has_delay()) {
    CADENZA_ASSIGN_UNDER("delay", campaign->delay, FromProto(proto.delay()));
  }
  if (proto.has_start_time()) {
    CADENZA_ASSIGN_UNDER("start_time", campaign->start_time, FromProto(proto.start_time()));
  }
  if (proto.has_end_time()) {
    CADENZA_ASSIGN_UNDER("end_time", campaign->end_time, FromProto(proto.end_time()));
  }
  if (proto.has_delay_until()) {
    CADENZA_ASSIGN_UNDER("delay_until", campaign->delay_until, FromProto(proto.delay_until()));
  }
  if (proto.has_quiet_hours()) {
    CADENZA_ASSIGN_UNDER("quiet_hours", campaign->quiet_hours, FromProto(proto.quiet_hours()));
  }
  if (proto.has_delivery_rate()) {
    CADENZA_ASSIGN_UNDER("delivery_rate", campaign->delivery_rate, FromProto(proto.delivery_rate()));
  }
  return absl::OkStatus();
}

void TimingToProto(const Campaign& campaign, v1::Campaign* proto) {
  if (campaign.cooldown != absl::ZeroDuration()) ToProto(campaign.cooldown, proto->mutable_cooldown());
  if (campaign.delay != absl::ZeroDuration()) ToProto(campaign.delay, proto->mutable_delay());
  if (campaign.start_time != absl::InfinitePast()) ToProto(campaign.start_time, proto->mutable_start_time());
  if (campaign.end_time != absl::InfiniteFuture()) ToProto(campaign.end_time, proto->mutable_end_time());
  if (campaign.delay_until) ToProto(*campaign.delay_until, proto->mutable_delay_until());
  if (!campaign.quiet_hours.windows.empty()) ToProto(campaign.quiet_hours, proto->mutable_quiet_hours());
  if (campaign.delivery_rate) ToProto(*campaign.delivery_rate, proto->mutable_delivery_rate());
}

}  // namespace

absl::StatusOr<Campaign> FromProto(std::string_view workspace, const v1::Campaign& proto) {
  Campaign campaign;
  campaign.workspace = std::string(workspace);
  campaign.campaign_id = proto.campaign_id();
  campaign.display_name = proto.display_name();
  CADENZA_ASSIGN_UNDER("trigger", campaign.trigger, FromProto(proto.trigger()));
  campaign.condition = proto.condition();
  campaign.audience = proto.audience();
  campaign.once = proto.once();
  CADENZA_RETURN_IF_ERROR(TimingFromProto(proto, &campaign));
  campaign.exception_event_names.assign(proto.exception_event_names().begin(), proto.exception_event_names().end());
  campaign.recheck_condition = proto.recheck_condition();
  if (proto.has_message() || proto.variants().empty()) {
    CADENZA_ASSIGN_UNDER("message", campaign.message, MessageFromProto(proto.message()));
  }
  for (int i = 0; i < proto.variants_size(); ++i) {
    CADENZA_ASSIGN_UNDER(StrCat("variants[", i, "]"), Variant variant, VariantFromProto(proto.variants(i)));
    campaign.variants.push_back(std::move(variant));
  }
  for (int i = 0; i < proto.conversions_size(); ++i) {
    CADENZA_ASSIGN_UNDER(StrCat("conversions[", i, "]"), Conversion conversion, FromProto(proto.conversions(i)));
    campaign.conversions.push_back(std::move(conversion));
  }
  campaign.ignore_quiet_hours = proto.ignore_quiet_hours();
  campaign.tags.assign(proto.tags().begin(), proto.tags().end());
  campaign.ignore_frequency_caps = proto.ignore_frequency_caps();
  campaign.priority = proto.priority();
  CADENZA_ASSIGN_OR_RETURN(campaign.revision, RevisionFromEtag(proto.etag(), "the campaign"));
  return campaign;
}

void ToProto(const Campaign& campaign, v1::Campaign* proto) {
  proto->set_campaign_id(campaign.campaign_id);
  proto->set_display_name(campaign.display_name);
  proto->set_state(static_cast<v1::Campaign::State>(campaign.state));
  ToProto(campaign.trigger, proto->mutable_trigger());
  proto->set_condition(campaign.condition);
  proto->set_audience(campaign.audience);
  proto->set_once(campaign.once);
  TimingToProto(campaign, proto);
  proto->mutable_exception_event_names()->Assign(campaign.exception_event_names.begin(),
                                                 campaign.exception_event_names.end());
  proto->set_recheck_condition(campaign.recheck_condition);
  if (campaign.variants.empty() || campaign.message != MessageTemplate()) {
    MessageToProto(campaign.message, proto->mutable_message());
  }
  for (const Variant& variant : campaign.variants) VariantToProto(variant, proto->add_variants());
  for (const Conversion& conversion : campaign.conversions) ToProto(conversion, proto->add_conversions());
  proto->set_ignore_quiet_hours(campaign.ignore_quiet_hours);
  proto->mutable_tags()->Assign(campaign.tags.begin(), campaign.tags.end());
  proto->set_ignore_frequency_caps(campaign.ignore_frequency_caps);
  proto->set_priority(campaign.priority);
  if (campaign.activate_time != absl::InfinitePast()) ToProto(campaign.activate_time, proto->mutable_activate_time());
  if (campaign.revision == 0) return;  // never stored
  ToProto(campaign.create_time, proto->mutable_create_time());
  ToProto(campaign.update_time, proto->mutable_update_time());
  proto->set_etag(StrCat(campaign.revision));
}

}  // namespace cadenza
