#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/checks.h"
#include "server/rules/conversions.h"
#include "server/rules/fields.h"
#include "server/rules/gates/delivery_rate.h"
#include "server/rules/message_text.h"
#include "server/rules/rule_set.h"
#include "server/rules/schedule/quiet_hours.h"
#include "server/rules/trigger.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

constexpr size_t kTags = 32;
constexpr int kPriorities = 1000;  // up to this, and down to its opposite

absl::Status CheckNames(std::string_view field, const std::vector<std::string>& names, size_t most,
                        absl::Status (*check)(std::string_view field, std::string_view name, size_t most),
                        size_t bytes) {
  if (names.size() > most) {
    return LimitExceeded(field, StrCat("has ", names.size(), " entries; at most ", most, " are allowed"));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(check(StrCat(field, "[", i, "]"), names[i], bytes));
  }
  return absl::OkStatus();
}

absl::Status CheckDelay(const Campaign& campaign) {
  if (campaign.delay < absl::ZeroDuration() || campaign.delay > limits::kDelay) {
    return Invalid("delay", StrCat("must be from 0 to ", absl::FormatDuration(limits::kDelay)));
  }
  if (!campaign.delay_until.has_value()) return absl::OkStatus();
  if (campaign.delay > absl::ZeroDuration()) return Invalid("delay_until", "is in place of delay: give one of them");
  const int minutes = campaign.delay_until->time.minutes;
  return minutes >= 0 && minutes < 24 * 60 ? absl::OkStatus()
                                           : Invalid("delay_until.time_of_day", "must be from 00:00 to 23:59");
}

absl::Status CheckTiming(const Campaign& campaign) {
  if (campaign.cooldown < absl::ZeroDuration() || campaign.cooldown == absl::InfiniteDuration()) {
    return Invalid("cooldown", "must be 0 or more, and finite");
  }
  if (campaign.start_time >= campaign.end_time) return Invalid("end_time", "must be later than start_time");
  CADENZA_RETURN_IF_ERROR(CheckDelay(campaign));
  // Whatever the campaign says, the workspace may make its messages wait.
  return CheckNames("exception_event_names", campaign.exception_event_names, limits::kExceptionEvents, CheckName,
                    limits::kNameBytes);
}

absl::Status CheckLimits(const Campaign& campaign) {
  if (campaign.ignore_quiet_hours && !campaign.quiet_hours.windows.empty()) {
    return Invalid("ignore_quiet_hours", "a campaign that sends in quiet hours has none of its own");
  }
  CADENZA_RETURN_IF_ERROR(CheckNames("tags", campaign.tags, kTags, CheckId, limits::kChannelBytes));
  if (campaign.priority < -kPriorities || campaign.priority > kPriorities) {
    return Invalid("priority",
                   StrCat("is ", campaign.priority, "; it must be from -", kPriorities, " to ", kPriorities));
  }
  if (!campaign.delivery_rate.has_value()) return absl::OkStatus();
  return CheckDeliveryRate("delivery_rate", *campaign.delivery_rate);
}

absl::Status CheckFields(const Campaign& campaign) {
  CADENZA_RETURN_IF_ERROR(CheckId("campaign_id", campaign.campaign_id, limits::kCampaignIdBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("display_name", campaign.display_name, kDisplayNameBytes));
  CADENZA_RETURN_IF_ERROR(CheckTrigger(campaign.trigger));
  CADENZA_RETURN_IF_ERROR(CheckText("condition", campaign.condition, limits::kConditionBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("audience", campaign.audience, limits::kConditionBytes));
  CADENZA_RETURN_IF_ERROR(CheckTiming(campaign));
  return CheckLimits(campaign);
}

absl::StatusOr<std::shared_ptr<const cel::Program>> CompileAudience(const std::string& audience) {
  auto program = CompileCondition(audience, AudienceEnv(), "audience");
  if (program.ok() || !CompileCondition(audience, ConditionEnv()).ok()) return program;
  return Invalid("audience", StrCat("is about the user alone, so it cannot use `event`; what is said of the event "
                                    "belongs into condition: ",
                                    Std(program.status().message())));
}

absl::Status CompileQuiet(const QuietRule& rule, CompiledCampaign* compiled) {
  if (rule.windows.empty()) return absl::OkStatus();
  auto quiet = schedule::QuietHours::Make(rule.windows);
  if (!quiet.ok()) return OfField("quiet_hours", quiet.status());
  compiled->quiet = std::make_shared<const schedule::QuietHours>(*std::move(quiet));
  return absl::OkStatus();
}

bool IsAbsent(const MessageTemplate& message) {
  return message.channel.empty() && message.title.empty() && message.body.empty() && message.localizations.empty();
}

// An arm of the experiment; null if it is a control.
absl::StatusOr<std::shared_ptr<const CompiledCampaign>> CompileVariant(const Campaign& campaign, const Variant& variant,
                                                                       Review* review) {
  CADENZA_RETURN_IF_ERROR(CheckId("variant_id", variant.variant_id, limits::kCampaignIdBytes));
  if (variant.control) {
    if (IsAbsent(variant.message)) return nullptr;
    return Invalid("message", "must be absent: a control gets nothing");
  }
  auto arm = std::make_shared<CompiledCampaign>();
  arm->campaign = campaign;
  arm->campaign.message = variant.message;
  CADENZA_RETURN_IF_ERROR(CompileMessage(variant.message, review, arm.get()));
  return std::shared_ptr<const CompiledCampaign>(std::move(arm));
}

absl::Status CompileVariants(const Campaign& campaign, Review* review, CompiledCampaign* compiled) {
  if (!IsAbsent(campaign.message))
    return Invalid("message", "must be absent where there are variants: each has its own");
  std::vector<VariantWeight> weights;
  int controls = 0;
  for (size_t i = 0; i < campaign.variants.size() && i < Experiment::kMaxVariants; ++i) {
    const Variant& variant = campaign.variants[i];
    auto arm = CompileVariant(campaign, variant, review);
    if (!arm.ok()) return WithFieldPrefix(arm.status(), StrCat("variants[", i, "]."));
    if (variant.control && ++controls > 1) {
      return Invalid(StrCat("variants[", i, "].control"), "only one variant can be the control");
    }
    compiled->variants.push_back(*std::move(arm));
  }
  for (const Variant& variant : campaign.variants) weights.push_back({variant.variant_id, variant.weight});
  CADENZA_ASSIGN_OR_RETURN(compiled->experiment,
                           Experiment::Make(StrCat(campaign.workspace, "/", campaign.campaign_id), weights));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledCampaign>> CompileCampaign(const Campaign& campaign, Review* review) {
  CADENZA_RETURN_IF_ERROR(CheckFields(campaign));
  auto compiled = std::make_shared<CompiledCampaign>();
  compiled->campaign = campaign;
  CADENZA_ASSIGN_OR_RETURN(compiled->condition, CompileCondition(campaign.condition, ConditionEnv()));
  CADENZA_ASSIGN_OR_RETURN(compiled->audience, CompileAudience(campaign.audience));
  CADENZA_RETURN_IF_ERROR(CompileQuiet(campaign.quiet_hours, compiled.get()));
  if (campaign.variants.empty()) {
    CADENZA_RETURN_IF_ERROR(CompileMessage(campaign.message, review, compiled.get()));
  } else {
    CADENZA_RETURN_IF_ERROR(CompileVariants(campaign, review, compiled.get()));
  }
  CADENZA_RETURN_IF_ERROR(CompileConversions(compiled.get()));
  return std::shared_ptr<const CompiledCampaign>(std::move(compiled));
}

}  // namespace cadenza::rules
