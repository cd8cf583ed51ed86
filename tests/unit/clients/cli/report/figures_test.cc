#include "clients/cli/report/figures.h"

#include "clients/cli/report/funnel.h"
#include "clients/cli/report/messages.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/sample_report.h"

namespace cadenza::report {
namespace {

using plots::Bar;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::VariantStats* Only(Source* source) { return source->period.add_variants(); }

void AddBucket(v1::VariantStats* variant, absl::Time start, absl::Time end, int64_t sent) {
  v1::StatsBucket* bucket = variant->add_buckets();
  *bucket->mutable_start_time() = client::ToProto(start);
  *bucket->mutable_end_time() = client::ToProto(end);
  bucket->mutable_counts()->mutable_sent()->set_total(sent);
}

TEST(FiguresTest, TheFunnelGoesFromWhatWasLookedAtToWhatWasSent) {
  Source source;
  v1::VariantStats* variant = Only(&source);
  testing::AddStop(variant->mutable_total(), "re_eligibility", 10);
  testing::AddStop(variant->mutable_total(), "condition", 60);
  testing::AddStop(variant->mutable_total(), "render", 5);
  source.period.mutable_total()->mutable_entered()->set_total(30);
  source.period.mutable_total()->mutable_sent()->set_total(25);
  const plots::BarPlot funnel = FunnelOf(source);
  ASSERT_EQ(funnel.groups.size(), 2u);
  const std::vector<Bar>& before = funnel.groups[0].bars;
  ASSERT_EQ(before.size(), 4u);
  EXPECT_EQ(before[0].count, 100);
  EXPECT_EQ(before[1].label, "stopped: condition");
  EXPECT_EQ(before[1].begin, 40);
  EXPECT_EQ(before[2].label, "stopped: re-eligibility");
  EXPECT_EQ(before[2].begin, 30);
  EXPECT_EQ(before[3].note, "30.0%");
  const std::vector<Bar>& after = funnel.groups[1].bars;
  EXPECT_EQ(after[1].label, "stopped: render");
  EXPECT_EQ(after[1].begin, 25);
  EXPECT_EQ(after[2].note, "83.3% of entered");
}

TEST(FiguresTest, ASecondLookIsAfterEntering) {
  Source source;
  v1::VariantStats* variant = Only(&source);
  variant->set_variant_id("a");
  testing::AddStop(variant->mutable_total(), "condition", 3);
  source.period.mutable_total()->mutable_entered()->set_total(10);
  const plots::BarPlot funnel = FunnelOf(source);
  ASSERT_EQ(funnel.groups.size(), 1u);
  EXPECT_EQ(funnel.groups[0].bars[1].label, "stopped: condition");
}

TEST(FiguresTest, LossesOfAnotherTimeLeaveNoBarBelowNothing) {
  Source source;
  v1::VariantStats* variant = Only(&source);
  variant->set_variant_id("a");
  testing::AddStop(variant->mutable_total(), "frequency_cap", 30);
  testing::AddStop(variant->mutable_total(), "a_gate_of_tomorrow", 7);
  source.period.mutable_total()->mutable_entered()->set_total(10);
  const plots::BarPlot funnel = FunnelOf(source);
  for (const Bar& bar : funnel.groups[0].bars) EXPECT_GE(bar.begin, 0) << bar.label;
  EXPECT_EQ(funnel.groups[0].bars[2].label, "stopped: a gate of tomorrow");
}

TEST(FiguresTest, WhatConvertsInTheFunnelIsWithoutTheControl) {
  const Source source = testing::TwoVariantsAndControl();
  EXPECT_EQ(ConvertedOf(source, "ordered_again"), 1123 + 112 + 938 + 93);
  EXPECT_EQ(FunnelOf(source).groups[1].bars.back().label, "converted: ordered_again");
}

TEST(FiguresTest, MessagesHaveNoGapAndNoControl) {
  Source source;
  source.zone = absl::UTCTimeZone();
  const absl::Time day = absl::UnixEpoch() + absl::Hours(24 * 20000);
  for (const char* id : {"a", "b", "control"}) {
    v1::VariantStats* variant = source.period.add_variants();
    variant->set_variant_id(id);
    variant->set_control(variant->variant_id() == "control");
    if (variant->control()) continue;
    AddBucket(variant, day, day + absl::Hours(24), 5);
    AddBucket(variant, day + absl::Hours(72), day + absl::Hours(96), 7);
  }
  AddBucket(source.period.mutable_variants(1), day - absl::Hours(240), day - absl::Hours(216), 0);
  const plots::TimePlot plot = MessagesOf(source);
  ASSERT_EQ(plot.series.size(), 2u);
  EXPECT_THAT(plot.series[0].counts, ElementsAre(5, 0, 0, 7));
  EXPECT_THAT(MessagesTable(plot).rows[3], ElementsAre(plots::StartText(plot, 3), "7", "7"));
}

// 25 hours are one day when clocks go back, and a day that begins at half past an hour of UTC is that day.
TEST(FiguresTest, DaysAreThoseOfTheZone) {
  absl::TimeZone berlin, kolkata;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Kolkata", &kolkata));
  Source source;
  source.zone = berlin;
  v1::VariantStats* variant = Only(&source);
  const auto at = [&](int day) { return absl::FromCivil(absl::CivilDay(2026, 10, day), berlin); };
  AddBucket(variant, at(24), at(25), 1);
  AddBucket(variant, at(25), at(26), 2);
  AddBucket(variant, at(26), at(27), 3);
  variant->mutable_total()->mutable_sent()->set_total(6);
  EXPECT_THAT(MessagesOf(source).series[0].counts, ElementsAre(1, 2, 3));
  source.zone = kolkata;
  variant->clear_buckets();
  const absl::Time first = absl::FromCivil(absl::CivilHour(2026, 11, 1, 19), absl::UTCTimeZone());
  AddBucket(variant, first, first + absl::Hours(24), 4);
  const plots::TimePlot plot = MessagesOf(source);
  EXPECT_EQ(plots::StartText(plot, 0), "2 Nov 2026");
}

TEST(FiguresTest, YearsAreShownInWeeks) {
  Source source;
  source.zone = absl::UTCTimeZone();
  v1::VariantStats* variant = Only(&source);
  const absl::Time monday = absl::FromCivil(absl::CivilDay(2024, 1, 1), source.zone);
  for (int day = 0; day < 400; ++day) {
    AddBucket(variant, monday + absl::Hours(24 * day), monday + absl::Hours(24 * (day + 1)), 2);
  }
  variant->mutable_total()->mutable_sent()->set_total(800);
  const plots::TimePlot plot = MessagesOf(source);
  EXPECT_EQ(plot.span, plots::TimePlot::Span::kWeek);
  ASSERT_EQ(plot.starts.size(), 58u);
  EXPECT_EQ(plot.series[0].counts[0], 14);
  EXPECT_EQ(plot.series[0].counts[57], 2);
  EXPECT_EQ(MessagesTitle(plot), "Messages sent by week");
}

TEST(FiguresTest, GoalsTellWhatTheIntervalsSay) {
  const std::vector<Goal> goals = GoalsOf(testing::TwoVariantsAndControl());
  ASSERT_EQ(goals.size(), 1u);
  EXPECT_EQ(goals[0].description, "order_placed, within 30 days after entering");
  ASSERT_EQ(goals[0].findings.size(), 2u);
  EXPECT_THAT(goals[0].findings[0], HasSubstr("garlic_first converts better than the control: 7.90% against 6.26%"));
  EXPECT_THAT(goals[0].findings[1], HasSubstr("discount cannot be told apart from the control yet"));
  EXPECT_EQ(goals[0].lifts.rows[0].tone, plots::IntervalRow::Tone::kBetter);
  EXPECT_EQ(goals[0].lifts.rows[1].tone, plots::IntervalRow::Tone::kPlain);
  EXPECT_THAT(goals[0].revenue_table.rows[0],
              ElementsAre("garlic_first", "19,091.45 GBP", "14,599.90 GBP", "1.344 GBP"));
}

TEST(FiguresTest, AWorseVariantIsCalledWorse) {
  const Source source = testing::SampleReport({{.id = "a", .users = 9000, .converted = 100, .sent_a_day = 500},
                                               {.id = "held", .control = true, .users = 9000, .converted = 300}});
  const Goal goal = GoalsOf(source)[0];
  EXPECT_THAT(goal.findings[0], HasSubstr("a converts worse than the control"));
  EXPECT_EQ(goal.lift_table.rows[0][3][0], '-');
  EXPECT_EQ(goal.table.rows[1][0], "held (control)");
}

TEST(FiguresTest, ManyComparisonsAreSummedUp) {
  const Goal goal = GoalsOf(testing::TwentyVariants())[0];
  EXPECT_EQ(goal.lifts.rows.size(), 19u);
  ASSERT_EQ(goal.findings.size(), 2u);
  EXPECT_THAT(goal.findings[0], HasSubstr("Of 19 variants,"));
  EXPECT_THAT(goal.findings[1], HasSubstr("one in twenty"));
}

TEST(FiguresTest, NobodyEnteredIsSaidInsteadOfARate) {
  Source source = testing::SampleReport(
      {{.id = "a", .users = 10, .converted = 2, .sent_a_day = 1}, {.id = "control", .control = true}});
  const Goal goal = GoalsOf(source)[0];
  EXPECT_FALSE(goal.rates.rows[1].estimate.has_value());
  EXPECT_EQ(goal.rates.rows[1].note, "nobody entered");
  EXPECT_EQ(goal.table.rows[1][3], kNone);
  EXPECT_THAT(goal.findings, IsEmpty());
}

TEST(FiguresTest, WithoutVariantsThereIsOneRowAndNoLift) {
  const Figures figures =
      FiguresOf(testing::SampleReport({{.id = "", .users = 1200, .converted = 88, .sent_a_day = 60}}));
  ASSERT_EQ(figures.variants.rows.size(), 1u);
  EXPECT_EQ(figures.variants.rows[0][0], "without variant");
  EXPECT_THAT(figures.goals[0].lifts.rows, IsEmpty());
  EXPECT_THAT(figures.goals_note, HasSubstr("Without a control"));
  EXPECT_EQ(figures.messages.series[0].name, "messages");
}

TEST(FiguresTest, AGoalThatIsGoneIsStillTold) {
  Source source = testing::TwoVariantsAndControl();
  source.campaign.clear_conversions();
  const std::vector<Goal> goals = GoalsOf(source);
  ASSERT_EQ(goals.size(), 1u);
  EXPECT_EQ(goals[0].description, "no longer a conversion of the campaign");
}

TEST(FiguresTest, GoalsAreDescribed) {
  Source source;
  v1::Conversion* purchase = source.campaign.add_conversions();
  purchase->mutable_purchase_made()->set_product_id("pizza");
  purchase->set_condition("event.quantity > 1");
  purchase->mutable_window()->set_seconds(3600);
  v1::Conversion* session = source.campaign.add_conversions();
  session->set_conversion_id("back");
  session->mutable_session_started();
  session->mutable_window()->set_seconds(90);
  const std::vector<Goal> goals = GoalsOf(source);
  EXPECT_EQ(goals[0].description, "a purchase of pizza if event.quantity > 1, within 1 hour after entering");
  EXPECT_EQ(goals[1].description, "a session start, within 90 seconds after entering");
}

TEST(FiguresTest, MoneyIsRoundedToAHundredth) {
  google::protobuf::RepeatedPtrField<v1::Money> amounts;
  EXPECT_EQ(MoneyText(amounts), kNone);
  *amounts.Add() = testing::SampleMoney("EUR", 1234, 995000000);
  *amounts.Add() = testing::SampleMoney("USD", 0, -500000000);
  *amounts.Add() = testing::SampleMoney("GBP", -1, -999999999);
  EXPECT_EQ(MoneyText(amounts), "1,235.00 EUR, -0.50 USD, -2.00 GBP");
}

TEST(FiguresTest, WithoutReceiptsNoPartIsClaimed) {
  Source source = testing::TwoVariantsAndControl();
  EXPECT_EQ(FiguresOf(source).tiles[2].note, "97.0% of sent");
  EXPECT_EQ(FiguresOf(source).tiles[3].note, "42.3% of delivered");
  v1::StatsCounts* total = source.period.mutable_total();
  total->clear_delivered();
  EXPECT_EQ(FiguresOf(source).tiles[3].note, "41.0% of sent");
  total->clear_opened();
  total->clear_clicked();
  total->clear_dismissed();
  EXPECT_EQ(FiguresOf(source).tiles[3].note, "no receipt came");
}

TEST(FiguresTest, NothingCountedIsSaid) {
  Source source;
  source.campaign.set_campaign_id("new");
  source.state = "draft";
  source.zone = absl::UTCTimeZone();
  const Figures figures = FiguresOf(source);
  EXPECT_THAT(figures.nothing, HasSubstr("Nothing has been counted"));
  EXPECT_THAT(figures.nothing, HasSubstr("The campaign is draft."));
  EXPECT_THAT(figures.tiles, IsEmpty());
  testing::AddStop(source.period.mutable_total(), "condition", 1);
  EXPECT_EQ(FiguresOf(source).nothing, "");
}

TEST(FiguresTest, APeriodSaysItsEndsAndItsZone) {
  Source source = testing::TwoVariantsAndControl();
  EXPECT_EQ(FiguresOf(source).period, "from the beginning to 26 Nov 2026 23:05 (now), UTC");
  source.start = absl::FromCivil(absl::CivilDay(2026, 11, 1), source.zone);
  source.end = absl::FromCivil(absl::CivilDay(2026, 11, 15), source.zone);
  EXPECT_EQ(FiguresOf(source).period, "from 1 Nov 2026 00:00 to 15 Nov 2026 00:00, UTC");
  EXPECT_THAT(FiguresOf(source).funnel_note, HasSubstr("need not add up"));
}

}  // namespace
}  // namespace cadenza::report
