#include <string>

#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/fields.h"
#include "server/rules/liquid/liquid.h"
#include "server/rules/rule_set.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza::rules {
namespace {

absl::Status CheckTrigger(const Trigger& trigger) {
  switch (trigger.kind) {
    case Trigger::Kind::kEventName:
      return CheckName("trigger.event_name", trigger.event_name, limits::kNameBytes);
    case Trigger::Kind::kPurchaseMade:
      if (trigger.product_id.empty()) return absl::OkStatus();
      return CheckName("trigger.purchase_made.product_id", trigger.product_id, limits::kNameBytes);
    case Trigger::Kind::kSessionStarted:
      return absl::OkStatus();
    case Trigger::Kind::kSegmentEntered:
      return CheckId("trigger.segment_entered.segment_id", trigger.segment_id, limits::kSegmentIdBytes);
    case Trigger::Kind::kSegmentLeft:
      return CheckId("trigger.segment_left.segment_id", trigger.segment_id, limits::kSegmentIdBytes);
    case Trigger::Kind::kNone:
      break;
  }
  return Invalid("trigger", "is required: event_name, session_started, purchase_made, segment_entered or segment_left");
}

absl::Status CheckMessage(const MessageTemplate& message) {
  CADENZA_RETURN_IF_ERROR(CheckName("message.channel", message.channel, limits::kChannelBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("message.title", message.title, limits::kTemplateBytes));
  if (message.body.empty()) return Invalid("message.body", "is required and must not be empty");
  CADENZA_RETURN_IF_ERROR(CheckText("message.body", message.body, limits::kTemplateBytes));
  if (message.time_to_live < absl::Seconds(1) || message.time_to_live > limits::kMessageTimeToLive) {
    return Invalid("message.time_to_live",
                   StrCat("is ", absl::FormatDuration(message.time_to_live), "; it must be from 1 s to ",
                          absl::FormatDuration(limits::kMessageTimeToLive)));
  }
  return absl::OkStatus();
}

absl::Status CheckDelay(const Campaign& campaign) {
  if (campaign.delay < absl::ZeroDuration() || campaign.delay > limits::kDelay) {
    return Invalid("delay", StrCat("must be from 0 to ", absl::FormatDuration(limits::kDelay)));
  }
  const auto& names = campaign.exception_event_names;
  if (names.size() > limits::kExceptionEvents) {
    return LimitExceeded("exception_event_names",
                         StrCat("has ", names.size(), " entries; at most ", limits::kExceptionEvents, " are allowed"));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(CheckName(StrCat("exception_event_names[", i, "]"), names[i], limits::kNameBytes));
  }
  if (campaign.delay > absl::ZeroDuration()) return absl::OkStatus();
  if (!names.empty()) return Invalid("exception_event_names", "needs a delay: without one nothing waits");
  return campaign.recheck_condition ? Invalid("recheck_condition", "needs a delay: without one there is one look")
                                    : absl::OkStatus();
}

absl::Status CheckFields(const Campaign& campaign) {
  CADENZA_RETURN_IF_ERROR(CheckId("campaign_id", campaign.campaign_id, limits::kCampaignIdBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("display_name", campaign.display_name, kDisplayNameBytes));
  CADENZA_RETURN_IF_ERROR(CheckTrigger(campaign.trigger));
  CADENZA_RETURN_IF_ERROR(CheckText("condition", campaign.condition, limits::kConditionBytes));
  if (campaign.cooldown < absl::ZeroDuration() || campaign.cooldown == absl::InfiniteDuration()) {
    return Invalid("cooldown", "must be 0 or more, and finite");
  }
  CADENZA_RETURN_IF_ERROR(CheckDelay(campaign));
  return CheckMessage(campaign.message);
}

absl::StatusOr<std::shared_ptr<const liquid::Template>> CompileTemplate(std::string_view field,
                                                                        const std::string& source) {
  if (source.empty()) return nullptr;
  liquid::Limits limits;
  limits.template_bytes = limits::kTemplateBytes;
  limits.output_bytes = limits::kRenderedBytes;
  auto parsed = liquid::Template::Parse(source, limits);
  if (!parsed.ok()) return OfField(field, parsed.status());
  return parsed;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledCampaign>> CompileCampaign(const Campaign& campaign) {
  CADENZA_RETURN_IF_ERROR(CheckFields(campaign));
  auto compiled = std::make_shared<CompiledCampaign>();
  compiled->campaign = campaign;
  CADENZA_ASSIGN_OR_RETURN(compiled->condition, CompileCondition(campaign.condition, ConditionEnv()));
  CADENZA_ASSIGN_OR_RETURN(compiled->title, CompileTemplate("message.title", campaign.message.title));
  CADENZA_ASSIGN_OR_RETURN(compiled->body, CompileTemplate("message.body", campaign.message.body));
  return std::shared_ptr<const CompiledCampaign>(std::move(compiled));
}

}  // namespace cadenza::rules
