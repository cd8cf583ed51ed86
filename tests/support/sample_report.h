// Campaigns with numbers, as the server would count them: what tests of the report and of its page look at.
#ifndef CADENZA_TESTS_SUPPORT_SAMPLE_REPORT_H_
#define CADENZA_TESTS_SUPPORT_SAMPLE_REPORT_H_

#include <cmath>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "clients/cli/report/source.h"
#include "clients/cli/report/wilson.h"
#include "clients/cpp/builders.h"

namespace cadenza::testing {

// One arm of a made-up experiment.
struct SampleVariant {
  std::string id;
  bool control = false;
  int64_t users = 0;
  int64_t converted = 0;
  int64_t sent_a_day = 0;
};

inline constexpr int kSampleDays = 26;

inline void SetCount(v1::StatsCount* count, int64_t total, int64_t users) {
  count->set_total(total);
  count->set_users(users);
}

inline void AddStop(v1::StatsCounts* counts, const std::string& gate, int64_t total) {
  v1::GateStops* stop = counts->add_stopped();
  stop->set_gate(gate);
  stop->set_total(total);
}

inline v1::Money SampleMoney(const std::string& currency, int64_t units, int32_t nanos) {
  v1::Money money;
  money.set_currency_code(currency);
  money.set_units(units);
  money.set_nanos(nanos);
  return money;
}

inline void AddGoal(v1::StatsCounts* counts, const std::string& id, int64_t converted) {
  v1::ConversionCounts* goal = counts->add_conversions();
  goal->set_conversion_id(id);
  SetCount(goal->mutable_any_touch()->mutable_converted(), converted + converted / 10, converted);
  SetCount(goal->mutable_last_touch()->mutable_converted(), converted * 8 / 10, converted * 8 / 10);
  if (converted == 0) return;
  *goal->mutable_any_touch()->add_revenue() = SampleMoney("GBP", converted * 17, 450000000);
  *goal->mutable_last_touch()->add_revenue() = SampleMoney("GBP", converted * 13, 900000000);
}

// Newcombe's and Katz's intervals, as docs/statistics.md has them.
inline v1::Lift SampleLift(const std::string& goal, const SampleVariant& variant, const SampleVariant& control) {
  v1::Lift lift;
  lift.set_conversion_id(goal);
  lift.set_variant_id(variant.id);
  lift.set_users(variant.users);
  lift.set_converted_users(variant.converted);
  lift.set_control_users(control.users);
  lift.set_control_converted_users(control.converted);
  if (variant.users == 0 || control.users == 0) return lift;
  const report::RateInterval a = report::Wilson(variant.converted, variant.users);
  const report::RateInterval b = report::Wilson(control.converted, control.users);
  lift.set_rate(a.rate);
  lift.set_control_rate(b.rate);
  v1::Interval* difference = lift.mutable_difference();
  difference->set_estimate(a.rate - b.rate);
  difference->set_low(a.rate - b.rate - std::hypot(a.rate - a.low, b.high - b.rate));
  difference->set_high(a.rate - b.rate + std::hypot(a.high - a.rate, b.rate - b.low));
  if (variant.converted == 0 || control.converted == 0) return lift;
  const double ratio = a.rate / b.rate;
  const double spread =
      1.959963984540054 *
      std::sqrt(1.0 / static_cast<double>(variant.converted) - 1.0 / static_cast<double>(variant.users) +
                1.0 / static_cast<double>(control.converted) - 1.0 / static_cast<double>(control.users));
  v1::Interval* relative = lift.mutable_relative();
  relative->set_estimate(ratio - 1);
  relative->set_low(ratio * std::exp(-spread) - 1);
  relative->set_high(ratio * std::exp(spread) - 1);
  return lift;
}

// Messages of one day: fewer at the weekend, and a launch that fades.
inline int64_t SentOn(int day, int64_t a_day) {
  const double week = day % 7 == 5 || day % 7 == 6 ? 0.55 : 1;
  return static_cast<int64_t>(static_cast<double>(a_day) * week * (0.75 + 0.9 * std::exp(-day / 5.0)));
}

inline void FillVariant(const SampleVariant& sample, absl::CivilDay first, v1::VariantStats* variant) {
  variant->set_variant_id(sample.id);
  variant->set_control(sample.control);
  v1::StatsCounts* total = variant->mutable_total();
  int64_t sent = 0;
  for (int day = 0; day < kSampleDays && sample.sent_a_day > 0; ++day) {
    v1::StatsBucket* bucket = variant->add_buckets();
    *bucket->mutable_start_time() = client::ToProto(absl::FromCivil(first + day, absl::UTCTimeZone()));
    *bucket->mutable_end_time() = client::ToProto(absl::FromCivil(first + day + 1, absl::UTCTimeZone()));
    const int64_t count = SentOn(day, sample.sent_a_day);
    SetCount(bucket->mutable_counts()->mutable_sent(), count, count * 9 / 10);
    sent += count;
  }
  const int64_t entered = sample.control ? sample.users * 11 / 10 : sent * 21 / 20;
  SetCount(total->mutable_entered(), entered, sample.users);
  if (sample.control) {
    SetCount(total->mutable_controls(), entered, sample.users);
  } else if (sent > 0) {
    AddStop(total, "quiet_hours", (entered - sent) / 3);
    AddStop(total, "frequency_cap", (entered - sent) / 2);
    SetCount(total->mutable_sent(), sent, std::min(sample.users, sent));
    SetCount(total->mutable_delivered(), sent * 97 / 100, sample.users * 97 / 100);
    SetCount(total->mutable_opened(), sent * 41 / 100, sample.users * 38 / 100);
    SetCount(total->mutable_clicked(), sent * 9 / 100, sample.users * 8 / 100);
    SetCount(total->mutable_dismissed(), sent * 12 / 100, sample.users * 11 / 100);
  }
  AddGoal(total, "ordered_again", sample.converted);
}

inline void AddCount(const v1::StatsCount& count, v1::StatsCount* sum) {
  SetCount(sum, sum->total() + count.total(), sum->users() + count.users());
}

inline void AddTo(const v1::StatsCounts& counts, v1::StatsCounts* sum, int64_t* converted) {
  AddCount(counts.entered(), sum->mutable_entered());
  AddCount(counts.controls(), sum->mutable_controls());
  AddCount(counts.sent(), sum->mutable_sent());
  AddCount(counts.delivered(), sum->mutable_delivered());
  AddCount(counts.opened(), sum->mutable_opened());
  AddCount(counts.clicked(), sum->mutable_clicked());
  AddCount(counts.dismissed(), sum->mutable_dismissed());
  for (const v1::ConversionCounts& goal : counts.conversions()) *converted += goal.any_touch().converted().users();
}

// With a goal "ordered_again", from 1 Nov 2026 on; what early gates stopped is there too.
inline report::Source SampleReport(const std::vector<SampleVariant>& variants) {
  report::Source source;
  source.workspace = "pizza";
  source.campaign.set_campaign_id("garlic_knots");
  source.campaign.set_display_name("Garlic knots with your pizza");
  source.campaign.set_state(v1::Campaign::STATE_ACTIVE);
  source.campaign.mutable_trigger()->set_event_name("order_placed");
  source.state = "active";
  source.trigger = "order_placed";
  v1::Conversion* goal = source.campaign.add_conversions();
  goal->set_conversion_id("ordered_again");
  goal->set_event_name("order_placed");
  goal->mutable_window()->set_seconds(30 * 86400);
  const absl::CivilDay first(2026, 11, 1);
  v1::CampaignStats& stats = source.period;
  stats.set_campaign_id("garlic_knots");
  v1::StatsCounts* total = stats.mutable_total();
  int64_t converted = 0, entered = 0;
  v1::VariantStats* gates = stats.add_variants();
  for (const SampleVariant& sample : variants) {
    if (!sample.id.empty()) {
      v1::Variant* variant = source.campaign.add_variants();
      variant->set_variant_id(sample.id);
      variant->set_weight(1);
      variant->set_control(sample.control);
    }
    FillVariant(sample, first, sample.id.empty() ? gates : stats.add_variants());
    const v1::VariantStats& filled = sample.id.empty() ? *gates : stats.variants(stats.variants_size() - 1);
    AddTo(filled.total(), total, &converted);
    entered += filled.total().entered().total();
    for (const SampleVariant& other : variants) {
      if (other.control && !sample.control) *stats.add_lifts() = SampleLift("ordered_again", sample, other);
    }
  }
  AddStop(gates->mutable_total(), "condition", entered * 3 / 5);
  AddStop(gates->mutable_total(), "audience", entered / 7);
  AddStop(gates->mutable_total(), "re_eligibility", entered / 3);
  AddStop(gates->mutable_total(), "holdout", entered / 40);
  AddStop(total, "condition", entered * 3 / 5);
  AddGoal(total, "ordered_again", converted);
  source.whole = source.period;
  for (v1::VariantStats& variant : *source.whole.mutable_variants()) variant.clear_buckets();
  source.zone = absl::UTCTimeZone();
  source.made = absl::FromCivil(absl::CivilSecond(2026, 11, 26, 23, 5, 9), source.zone);
  return source;
}

// Two variants, of which one is better than the control and the other not to be told apart from it.
inline report::Source TwoVariantsAndControl() {
  return SampleReport({{.id = "garlic_first", .users = 14210, .converted = 1123, .sent_a_day = 640},
                       {.id = "discount", .users = 14188, .converted = 938, .sent_a_day = 615},
                       {.id = "control", .control = true, .users = 7042, .converted = 441}});
}

// As many as a campaign may have, with names as long as they may be, some lifts negative.
inline report::Source TwentyVariants() {
  std::vector<SampleVariant> variants;
  for (int i = 0; i < 19; ++i) {
    const std::string name =
        "variant_" + std::to_string(i + 1) + "_of_the_long_named_experiment_about_subject_lines_in_nov";
    variants.push_back({.id = name.substr(0, 63),
                        .users = 1800 + 37 * i,
                        .converted = 60 + (i * 53) % 130,
                        .sent_a_day = 130 + (i * 29) % 70});
  }
  variants.push_back({.id = "control", .control = true, .users = 2100, .converted = 126});
  return SampleReport(variants);
}

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_SAMPLE_REPORT_H_
