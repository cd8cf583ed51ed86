// Valid campaigns, segments, content blocks and settings, as a client sends them: every field of theirs in some, odd
// text in all. The n-th has the same fields in each run, with other values.
#ifndef CADENZA_TESTS_SUPPORT_RANDOM_DEFINITIONS_H_
#define CADENZA_TESTS_SUPPORT_RANDOM_DEFINITIONS_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/content_block.pb.h"
#include "cadenza/v1/segment.pb.h"
#include "cadenza/v1/workspace.pb.h"

namespace cadenza::testing {

class RandomDefinitions {
 public:
  explicit RandomDefinitions(uint64_t seed) : random_(seed) {}

  v1::Campaign CampaignNumber(int n) {
    v1::Campaign campaign;
    campaign.set_campaign_id(absl::StrCat("c", n));
    if (n % 2 == 0) campaign.set_display_name(Line());
    campaign.set_state(static_cast<v1::Campaign::State>(1 + n % 3));
    SetTrigger(n % 14, campaign.mutable_trigger());
    if (n % 2 == 1) campaign.set_condition("user.attributes.plan == \"gold: #1\" || true");
    if (n % 3 == 1) campaign.set_audience("user.event_count('order') >= 1\n  && true");
    if (n % 3 == 0) campaign.mutable_cooldown()->set_seconds(Between(1, 1'000'000));
    if (n % 4 == 1) campaign.mutable_delay()->set_seconds(Between(1, 1'000'000));
    if (n % 4 == 2) {
      campaign.mutable_delay_until()->set_time_of_day("18:00");
      if (n % 8 == 2) campaign.mutable_delay_until()->set_weekday("monday");
    }
    for (int64_t i = n % 3; i > 0; --i) campaign.add_exception_event_names(absl::StrCat("event ", i, ", ", n));
    campaign.set_recheck_condition(n % 2 == 0);
    campaign.set_once(n % 5 == 1);
    if (n % 5 == 2) campaign.mutable_start_time()->set_seconds(1'700'000'000 + Between(0, 1'000'000));
    if (n % 5 == 2) campaign.mutable_start_time()->set_nanos(static_cast<int32_t>(Between(0, 999'999)) * 1000);
    if (n % 5 >= 2) campaign.mutable_end_time()->set_seconds(1'900'000'000 + Between(0, 1'000'000));
    campaign.set_ignore_quiet_hours(n % 4 == 0);
    if (n % 4 == 3) SetQuietHours(n, campaign.mutable_quiet_hours());
    for (int64_t i = n % 4; i > 0; --i) campaign.add_tags(absl::StrCat("tag-", i));
    campaign.set_ignore_frequency_caps(n % 3 == 2);
    campaign.set_priority(static_cast<int32_t>(Between(-1000, 1000)));
    if (n % 3 == 1) SetRate(n, campaign.mutable_delivery_rate());
    for (int i = n % 4; i > 0; --i) SetConversion(i, campaign.add_conversions());
    if (n % 2 == 0) {
      SetMessage(n, campaign.mutable_message());
      return campaign;
    }
    for (int i = 0; i < 3; ++i) {
      v1::Variant* variant = campaign.add_variants();
      variant->set_variant_id(absl::StrCat("v", i));
      variant->set_weight(static_cast<int32_t>(Between(i == 0 ? 1 : 0, 10'000)));
      variant->set_control(i == 1);
      if (i != 1) SetMessage(n + i, variant->mutable_message());
    }
    return campaign;
  }

  v1::Segment SegmentNumber(int n) {
    v1::Segment segment;
    segment.set_segment_id(absl::StrCat("s", n));
    if (n % 2 == 0) segment.set_display_name(Line());
    segment.set_state(n % 3 == 0 ? v1::Segment::STATE_DRAFT : v1::Segment::STATE_ACTIVE);
    segment.set_condition(absl::StrCat("user.attributes.plan == ", n % 2 == 0 ? "\"a: b #c\"" : "'x'", " ||\n false"));
    return segment;
  }

  // It names the one before.
  v1::ContentBlock BlockNumber(int n) {
    v1::ContentBlock block;
    block.set_content_block_id(absl::StrCat("B", n));
    if (n % 2 == 0) block.set_display_name(Line());
    block.set_content(
        absl::StrCat(Text(), n % 4 == 0 ? "" : absl::StrCat("{{content_blocks.${B", n - 1, "}}}"), Text()));
    return block;
  }

  v1::WorkspaceSettings Settings() {
    v1::WorkspaceSettings settings;
    settings.set_default_time_zone("Europe/Paris");
    SetQuietHours(3, settings.mutable_quiet_hours());
    for (int i = 0; i < 3; ++i) {
      v1::FrequencyCap* cap = settings.add_frequency_caps();
      cap->set_most(static_cast<int32_t>(Between(1, 100)));
      cap->mutable_window()->set_seconds(Between(1, 7'000'000));
      if (i == 0) cap->set_channel("push");
      if (i == 1) cap->set_tag("tag-1");
      if (i == 2) cap->set_campaign_id("c1");
    }
    SetRate(2, settings.mutable_delivery_rate());
    settings.mutable_holdout()->set_basis_points(static_cast<int32_t>(Between(1, 10'000)));
    settings.mutable_holdout()->set_salt("salt: #1");
    return settings;
  }

 private:
  int64_t Between(int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random_); }
  std::string Any(const std::vector<std::string>& of) { return of[static_cast<size_t>(Between(0, of.size() - 1))]; }
  // What YAML could take for something else.
  std::string Line() {
    return Any({"true",     "null", "~",          "7",    "1e3", "- a", "a: b", "a #b",
                "#",        "'",    "\"",         "\\n",  "[x]", "{x}", "&a",   "*a",
                "!b",       "%",    "@",          "`",    " ",   " a",  "a ",   "caf\u00e9 \u20ac",
                "a\u00a0b", "yes",  "2026-01-01", "0x1F", "? x", "|",   ">",    "..."});
  }
  std::string Text() {
    std::string text;
    for (int64_t i = Between(1, 5); i > 0; --i) {
      text += Any({"Hello", "  two", "\n", "\n\n", "- 1\n", "a: b\n", "#\n", "\t", " \n", "---\n", "caf\u00e9", "\r\n",
                   "'\"", "\\"});
    }
    return text + "end" + Any({"", "\n", "\n\n", " ", " \n"});
  }

  void SetTrigger(int kind, v1::Trigger* trigger) {
    v1::Schedule schedule;
    switch (kind) {
      case 0:
        return trigger->set_event_name(absl::StrCat("event ", Line(), "."));
      case 1:
        trigger->mutable_session_started();
        return;
      case 2:
        return trigger->mutable_purchase_made()->set_product_id(absl::StrCat("p", Line()));
      case 3:
        return trigger->mutable_segment_entered()->set_segment_id("s1");
      case 4:
        return trigger->mutable_segment_left()->set_segment_id("s1");
      case 5:
        trigger->mutable_attribute_changed()->set_attribute("plan");
        return trigger->mutable_attribute_changed()->mutable_value()->set_string_value(Line());
      case 6:
        trigger->mutable_attribute_changed()->set_attribute("age");
        return trigger->mutable_attribute_changed()->mutable_value()->set_double_value(7);
      case 7:
        trigger->mutable_subscription_changed()->set_channel("push");
        return trigger->mutable_subscription_changed()->set_state(v1::SUBSCRIPTION_STATE_SUBSCRIBED);
      case 8:
        trigger->mutable_api_triggered();
        return;
      case 9:
        trigger->mutable_receipt_reported()->set_campaign_id("c1");
        trigger->mutable_receipt_reported()->set_kind(v1::Receipt::KIND_CLICKED);
        return trigger->mutable_receipt_reported()->set_link_id(absl::StrCat("l", Line()));
      case 10:
        schedule.mutable_at()->set_seconds(1'850'000'000 + Between(0, 1'000'000));
        schedule.set_segment_id("s1");
        break;
      case 11:
        schedule.set_cron("0 9 * * mon");
        schedule.set_time_zone("Europe/London");
        break;
      case 12:
        schedule.set_local_at("2028-12-24T18:00");
        break;
      default:
        schedule.set_local_cron("0 18 * * *");
    }
    *trigger->mutable_schedule() = schedule;
  }

  void SetMessage(int n, v1::MessageTemplate* message) {
    message->set_channel(Any({"push", "email", "null", "on"}));
    if (n % 3 == 0) message->set_title(Line());
    message->set_body(Text());
    if (n % 2 == 0) message->mutable_time_to_live()->set_seconds(Between(1, 2'592'000));
    if (n % 4 == 0) message->set_content_type("text/html");
    for (int i = n % 3; i > 0; --i) {
      v1::Localization* localization = message->add_localizations();
      localization->set_locale(i == 1 ? "no" : "fr-CA");
      if (n % 2 == 0) localization->set_title(Line());
      localization->set_body(Text());
    }
  }

  void SetQuietHours(int n, v1::QuietHours* quiet) {
    quiet->set_action(n % 8 == 3 ? v1::QuietHours::ACTION_HOLD : v1::QuietHours::ACTION_DROP);
    v1::QuietWindow* window = quiet->add_windows();
    window->set_start("22:00");
    window->set_end("08:00");
    if (n % 8 == 3) window->add_weekdays("monday");
    if (n % 8 == 3) window->add_weekdays("sunday");
  }

  void SetRate(int n, v1::DeliveryRate* rate) {
    rate->set_most(Between(1, 1'000'000'000));
    rate->mutable_per()->set_seconds(Between(1, 86'400));
    rate->set_burst(n % 2 == 0);
  }

  void SetConversion(int n, v1::Conversion* conversion) {
    conversion->set_conversion_id(absl::StrCat("goal-", n));
    conversion->mutable_window()->set_seconds(Between(1, 7'000'000));
    if (n == 1) conversion->mutable_session_started();
    if (n == 2) conversion->mutable_purchase_made()->set_product_id(Line() + "p");
    if (n != 3) return;
    conversion->set_event_name("order");
    conversion->set_condition("event.properties.total > 1.0");
    conversion->set_revenue_property("total");
    conversion->set_currency_property("currency");
    conversion->set_currency_code("EUR");
  }

  std::mt19937_64 random_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_RANDOM_DEFINITIONS_H_
