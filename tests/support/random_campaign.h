// Random campaigns for property tests: of every field, and not such as would compile.
#ifndef CADENZA_TESTS_SUPPORT_RANDOM_CAMPAIGN_H_
#define CADENZA_TESTS_SUPPORT_RANDOM_CAMPAIGN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/campaign.h"
#include "storage/model/workspace_settings.h"
#include "tests/support/random_model.h"

namespace cadenza::testing {

class RandomCampaign {
 public:
  explicit RandomCampaign(uint64_t seed) : random_(seed) {}

  Campaign AnyCampaign() {
    Campaign campaign;
    campaign.workspace = random_.Name();
    campaign.campaign_id = random_.Name();
    campaign.display_name = random_.Text(20);
    campaign.state = static_cast<Campaign::State>(random_.Between(1, 4));
    campaign.trigger = AnyTrigger();
    campaign.condition = random_.Text(20);
    campaign.audience = random_.Text(20);
    if (random_.OneIn(2)) campaign.cooldown = Span();
    if (random_.OneIn(2)) campaign.delay = Span();
    campaign.exception_event_names = Names();
    campaign.recheck_condition = random_.OneIn(2);
    for (int64_t i = random_.OneIn(2) ? 0 : random_.Between(1, 4); i > 0; --i)
      campaign.variants.push_back(AnyVariant());
    if (campaign.variants.empty()) campaign.message = AnyMessage();
    campaign.create_time = random_.Time();
    campaign.update_time = random_.Time();
    campaign.revision = random_.Between(1, 1000);
    if (random_.OneIn(2)) campaign.start_time = random_.Time();
    if (random_.OneIn(2)) campaign.end_time = random_.Time();
    campaign.once = random_.OneIn(2);
    if (random_.OneIn(2)) campaign.delay_until = AnyDelayUntil();
    if (random_.OneIn(2)) campaign.quiet_hours = AnyQuietRule();
    campaign.ignore_quiet_hours = random_.OneIn(2);
    campaign.tags = Names();
    campaign.ignore_frequency_caps = random_.OneIn(2);
    campaign.priority = static_cast<int32_t>(random_.Between(-1000, 1000));
    if (random_.OneIn(2)) campaign.delivery_rate = AnyRate();
    if (random_.OneIn(2)) campaign.activate_time = random_.Time();
    for (int64_t i = random_.Between(0, 2); i > 0; --i) campaign.conversions.push_back(AnyConversion());
    return campaign;
  }

  WorkspaceSettings AnySettings() {
    WorkspaceSettings settings;
    settings.workspace = random_.Name();
    settings.default_time_zone = random_.Text(8);
    if (random_.OneIn(2)) settings.quiet_hours = AnyQuietRule();
    for (int64_t i = random_.Between(0, 3); i > 0; --i) {
      settings.frequency_caps.push_back(
          {static_cast<int32_t>(random_.Between(0, 100)), Span(), random_.Text(4), random_.Text(4), random_.Text(4)});
    }
    if (random_.OneIn(2)) settings.delivery_rate = AnyRate();
    if (random_.OneIn(2)) settings.holdout = {static_cast<int32_t>(random_.Between(0, 10000)), random_.Text(4)};
    settings.update_time = random_.Time();
    settings.revision = random_.Between(1, 1000);
    return settings;
  }

  Conversion AnyConversion() {
    Conversion conversion;
    conversion.conversion_id = random_.Name();
    conversion.goal = static_cast<Conversion::Goal>(random_.Between(0, 3));
    if (conversion.goal == Conversion::Goal::kEventName) conversion.event_name = random_.Name();
    if (conversion.goal == Conversion::Goal::kPurchaseMade && random_.OneIn(2)) conversion.product_id = random_.Name();
    conversion.condition = random_.Text(20);
    if (!random_.OneIn(4)) conversion.window = Span();
    conversion.revenue_property = random_.Text(8);
    conversion.currency_property = random_.Text(8);
    conversion.currency_code = random_.Text(3);
    return conversion;
  }

 private:
  absl::Duration Span() { return absl::Microseconds(random_.Between(1, 100'000'000'000)); }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (int64_t i = random_.Between(0, 3); i > 0; --i) names.push_back(random_.Name());
    return names;
  }

  Trigger AnyTrigger() {
    Trigger trigger;
    trigger.kind = static_cast<Trigger::Kind>(random_.Between(0, 10));
    switch (trigger.kind) {
      case Trigger::Kind::kNone:
      case Trigger::Kind::kSessionStarted:
      case Trigger::Kind::kApi:
        break;
      case Trigger::Kind::kEventName:
        trigger.event_name = random_.Text(8);
        break;
      case Trigger::Kind::kPurchaseMade:
        trigger.product_id = random_.Text(8);
        break;
      case Trigger::Kind::kSegmentEntered:
      case Trigger::Kind::kSegmentLeft:
        trigger.segment_id = random_.Text(8);
        break;
      case Trigger::Kind::kAttributeChanged:
        trigger.attribute = random_.Text(8);
        if (random_.OneIn(2)) trigger.attribute_value = random_.AnyValue(2);
        break;
      case Trigger::Kind::kSubscriptionChanged:
        trigger.channel = random_.Text(8);
        trigger.subscription_state = static_cast<SubscriptionState>(random_.Between(0, 3));
        break;
      case Trigger::Kind::kReceipt:
        trigger.campaign_id = random_.Text(8);
        trigger.receipt_kind = static_cast<Receipt::Kind>(random_.Between(0, 4));
        trigger.link_id = random_.Text(8);
        break;
      case Trigger::Kind::kSchedule:
        trigger.schedule.kind = static_cast<Schedule::Kind>(random_.Between(0, 4));
        if (trigger.schedule.kind == Schedule::Kind::kAt) {
          trigger.schedule.at = random_.Time();
        } else if (trigger.schedule.kind != Schedule::Kind::kNone) {
          trigger.schedule.expression = random_.Text(12);
        }
        trigger.schedule.time_zone = random_.Text(8);
        trigger.schedule.segment_id = random_.Text(8);
        break;
    }
    return trigger;
  }

  MessageTemplate AnyMessage() {
    MessageTemplate message{random_.Text(8), random_.Text(20), random_.Text(40), Span()};
    message.content_type = static_cast<ContentType>(random_.Between(0, 2));
    for (int64_t i = random_.Between(0, 3); i > 0; --i) {
      message.localizations.push_back({random_.Text(5), random_.Text(10), random_.Text(10)});
    }
    return message;
  }

  Variant AnyVariant() {
    Variant variant;
    variant.variant_id = random_.Name();
    variant.weight = static_cast<int32_t>(random_.Between(0, 10000));
    variant.control = random_.OneIn(3);
    if (!variant.control) variant.message = AnyMessage();
    return variant;
  }

  DelayUntil AnyDelayUntil() {
    DelayUntil delay;
    delay.time.minutes = static_cast<int>(random_.Between(0, 24 * 60 - 1));
    if (random_.OneIn(2)) delay.weekday = static_cast<absl::Weekday>(random_.Between(0, 6));
    return delay;
  }

  QuietRule AnyQuietRule() {
    QuietRule rule;
    for (int64_t i = random_.Between(1, 3); i > 0; --i) {
      QuietWindow window;
      window.start.minutes = static_cast<int>(random_.Between(0, 24 * 60 - 1));
      window.end.minutes = static_cast<int>(random_.Between(0, 24 * 60));
      window.weekdays = static_cast<unsigned long long>(random_.Between(1, 127));
      rule.windows.push_back(window);
    }
    rule.hold = random_.OneIn(2);
    return rule;
  }

  DeliveryRate AnyRate() { return {random_.Between(0, 1'000'000'000), Span(), random_.OneIn(2)}; }

  RandomModel random_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_RANDOM_CAMPAIGN_H_
