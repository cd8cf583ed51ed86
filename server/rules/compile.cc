#include <string>

#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/checks.h"
#include "server/rules/fields.h"
#include "server/rules/message_text.h"
#include "server/rules/rule_set.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza::rules {
namespace {

absl::Status CheckReceiptTrigger(const Trigger& trigger) {
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
    case Trigger::Kind::kReceipt:
      return CheckReceiptTrigger(trigger);
    default:
      break;
  }
  return Invalid(
      "trigger",
      "is required: event_name, session_started, purchase_made, segment_entered, segment_left or receipt_reported");
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
  return CheckDelay(campaign);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledCampaign>> CompileCampaign(const Campaign& campaign, Review* review) {
  CADENZA_RETURN_IF_ERROR(CheckFields(campaign));
  auto compiled = std::make_shared<CompiledCampaign>();
  compiled->campaign = campaign;
  CADENZA_ASSIGN_OR_RETURN(compiled->condition, CompileCondition(campaign.condition, ConditionEnv()));
  CADENZA_RETURN_IF_ERROR(CompileMessage(campaign.message, review, compiled.get()));
  return std::shared_ptr<const CompiledCampaign>(std::move(compiled));
}

}  // namespace cadenza::rules
