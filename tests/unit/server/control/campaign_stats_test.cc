#include "server/control/campaign_stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/codec/campaign_codec.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Granularity = StatsRequest::Granularity;

const absl::Time kDay = absl::FromCivil(absl::CivilDay(2026, 3, 28), absl::UTCTimeZone());

class CampaignStatsTest : public ::testing::Test {
 protected:
  CampaignStatsTest() {
    Campaign campaign;
    campaign.workspace = "pizza";
    campaign.campaign_id = "knots";
    campaign.variants = {{"b"}, {"a"}, {"control", 1, true}};
    Conversion conversion;
    conversion.conversion_id = "again";
    campaign.conversions = {conversion};
    campaign.revision = 1;
    EXPECT_TRUE(store_.campaigns().PutCampaigns({EncodeCampaign(campaign)}).ok());
    journal_ = store_.OpenJournal().value();
  }

  void Count(absl::Time time, std::string variant, CampaignMetric metric, int64_t value) {
    Count({"pizza", "knots", std::move(variant), "", "", HourOf(time)}, static_cast<int>(metric), value);
  }
  void Convert(absl::Time time, std::string variant, ConversionMetric metric, int64_t value,
               std::string currency = "") {
    Count({"pizza", "knots", std::move(variant), "again", std::move(currency), HourOf(time)}, static_cast<int>(metric),
          value);
  }
  void Count(CounterKey key, int place, absl::int128 value) {
    CommitBatch batch;
    batch.journal = journal_;
    batch.journal_seq = ++version_;
    batch.profiles = {{UserKey::User("pizza", "ada"), version_ - 1, {version_, "", ""}}};
    batch.counter_keys = {std::move(key)};
    batch.counters = {{0, 0, place, value}};
    ASSERT_TRUE(store_.Commit(batch).ok());
  }

  absl::StatusOr<CampaignStats> Read(StatsRequest request = {}) {
    request.workspace = "pizza";
    if (request.campaign_id.empty()) request.campaign_id = "knots";
    return CampaignStatsReader(&store_).Read(request);
  }

  MemoryStore store_;
  int64_t journal_ = 0;
  int64_t version_ = 0;
};

TEST_F(CampaignStatsTest, OfACampaignThatDidNothingIsZero) {
  const auto stats = Read();
  ASSERT_TRUE(stats.ok()) << stats.status();
  ASSERT_THAT(stats->variants, SizeIs(3));
  EXPECT_EQ(stats->variants[0].variant_id, "b");
  EXPECT_TRUE(stats->variants[2].control);
  EXPECT_EQ(stats->total, StatsCounts());
  ASSERT_THAT(stats->lifts, SizeIs(2));
  EXPECT_FALSE(stats->lifts[0].difference.has_value());
}

TEST_F(CampaignStatsTest, EveryCounterHasItsPlace) {
  for (int place = 1; place <= kCampaignMetrics; ++place) {
    Count({"pizza", "knots", "a", "", "", HourOf(kDay)}, place, 100 + place);
  }
  for (int place = 1; place <= 4; ++place) Count({"pizza", "knots", "a", "again", "", HourOf(kDay)}, place, place);
  Convert(kDay, "a", ConversionMetric::kAnyTouchNanos, 500, "EUR");
  Convert(kDay, "a", ConversionMetric::kLastTouchNanos, 400, "EUR");
  const auto stats = Read();
  ASSERT_TRUE(stats.ok()) << stats.status();
  const StatsCounts& counts = stats->total;
  EXPECT_EQ(counts.entered, (StatsCount{101, 102}));
  EXPECT_EQ(counts.controls, (StatsCount{103, 104}));
  EXPECT_EQ(counts.sent, (StatsCount{105, 106}));
  EXPECT_EQ(counts.delivered, (StatsCount{107, 108}));
  EXPECT_EQ(counts.opened, (StatsCount{109, 110}));
  EXPECT_EQ(counts.clicked, (StatsCount{111, 112}));
  EXPECT_EQ(counts.dismissed, (StatsCount{113, 114}));
  EXPECT_EQ(counts.waited, 115);
  EXPECT_EQ(counts.cancelled, 116);
  for (int gate = 1; gate <= static_cast<int>(Gate::kRender); ++gate) {
    const int64_t users = gate < static_cast<int>(Gate::kVariant) ? 0 : 122 + gate;
    EXPECT_EQ(counts.stopped[gate], (StatsCount{116 + gate, users})) << GateName(static_cast<Gate>(gate));
  }
  const ConversionCounts& again = counts.conversions.at("again");
  EXPECT_EQ(again.any_touch, (AttributedCounts{{1, 2}, {{"EUR", 500}}}));
  EXPECT_EQ(again.last_touch, (AttributedCounts{{3, 4}, {{"EUR", 400}}}));
  EXPECT_EQ(stats->variants[1].total, counts);
  EXPECT_EQ(stats->variants[0].total, StatsCounts());
}

TEST_F(CampaignStatsTest, VariantsStandInOrder) {
  for (const char* variant : {"z", "a", "", "control", "c"}) Count(kDay, variant, CampaignMetric::kSent, 1);
  std::vector<std::string> order;
  const auto stats = Read();
  for (const VariantStats& variant : stats->variants) order.push_back(variant.variant_id);
  EXPECT_THAT(order, ElementsAre("", "b", "a", "control", "c", "z"));
}

std::vector<std::string> Buckets(const CampaignStats& stats) {
  std::vector<std::string> lines;
  for (const StatsBucket& bucket : stats.variants[1].buckets) {
    lines.push_back(absl::StrCat(absl::FormatTime("%d %H", bucket.start_time, absl::UTCTimeZone()), " to ",
                                 absl::FormatTime("%d %H", bucket.end_time, absl::UTCTimeZone()), ": ",
                                 bucket.counts.sent.total));
  }
  return lines;
}

TEST_F(CampaignStatsTest, BucketsAreHoursOrDaysOfAZone) {
  for (const int hour : {0, 22, 23, 24, 46, 70}) Count(kDay + absl::Hours(hour), "a", CampaignMetric::kSent, 1);
  EXPECT_THAT(Buckets(*Read({.granularity = Granularity::kHour})),
              ElementsAre("28 00 to 28 01: 1", "28 22 to 28 23: 1", "28 23 to 29 00: 1", "29 00 to 29 01: 1",
                          "29 22 to 29 23: 1", "30 22 to 30 23: 1"));
  EXPECT_THAT(Buckets(*Read({.granularity = Granularity::kDay})),
              ElementsAre("28 00 to 29 00: 3", "29 00 to 30 00: 2", "30 00 to 31 00: 1"));
  // On 29 March the clocks of Berlin go forward: that day has 23 hours.
  EXPECT_THAT(Buckets(*Read({.granularity = Granularity::kDay, .time_zone = "Europe/Berlin"})),
              ElementsAre("27 23 to 28 23: 2", "28 23 to 29 22: 2", "29 22 to 30 22: 1", "30 22 to 31 22: 1"));
  // Half past six in the evening, UTC: that hour counts to the day before.
  EXPECT_THAT(Buckets(*Read({.granularity = Granularity::kDay, .time_zone = "Asia/Kolkata"})),
              ElementsAre("27 19 to 28 19: 1", "28 19 to 29 19: 3", "29 19 to 30 19: 1", "30 19 to 31 19: 1"));
  EXPECT_THAT(Buckets(*Read({.start_time = kDay + absl::Hours(23),
                             .end_time = kDay + absl::Hours(47),
                             .granularity = Granularity::kDay})),
              ElementsAre("28 23 to 29 00: 1", "29 00 to 29 23: 2"));
  EXPECT_THAT(Buckets(*Read({.start_time = kDay + absl::Hours(500), .granularity = Granularity::kDay})), IsEmpty());
  EXPECT_THAT(Buckets(*Read({.end_time = kDay, .granularity = Granularity::kHour})), IsEmpty());
}

TEST_F(CampaignStatsTest, ATimeIsCutOutAndLiftsLookAtAllBeforeItsEnd) {
  const absl::Time later = kDay + absl::Hours(5);
  Count(kDay, "a", CampaignMetric::kEnteredUsers, 70);
  Convert(later, "a", ConversionMetric::kAnyTouchUsers, 56);
  Count(kDay, "control", CampaignMetric::kEnteredUsers, 80);
  Convert(kDay, "control", ConversionMetric::kAnyTouchUsers, 48);
  Count(kDay + absl::Hours(9), "control", CampaignMetric::kEnteredUsers, 1);
  const auto stats = Read({.start_time = later, .end_time = later + absl::Hours(1)});
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->total.entered.users, 0);
  EXPECT_EQ(stats->total.conversions.at("again").any_touch.converted.users, 56);
  ASSERT_THAT(stats->lifts, SizeIs(2));
  const Lift& lift = stats->lifts[1];
  EXPECT_EQ(lift.variant_id, "a");
  EXPECT_EQ(lift.variant.all, 70);
  EXPECT_EQ(lift.control.of, 48);
  ASSERT_TRUE(lift.difference.has_value() && lift.relative.has_value());
  EXPECT_NEAR(lift.difference->estimate, 0.2, 1e-12);
  EXPECT_NEAR(lift.difference->low, 0.0524, 5e-5);
  EXPECT_NEAR(lift.difference->high, 0.3339, 5e-5);
  EXPECT_NEAR(lift.relative->estimate, 1.0 / 3, 1e-12);
}

TEST_F(CampaignStatsTest, ErrorsNameTheField) {
  const std::pair<StatsRequest, std::string> cases[] = {
      {{.start_time = kDay + absl::Minutes(30)}, "start_time"},
      {{.end_time = kDay + absl::Nanoseconds(1)}, "end_time"},
      {{.start_time = kDay, .end_time = kDay}, "end_time"},
      {{.time_zone = "Europe/Atlantis"}, "time_zone"},
  };
  for (const auto& [request, field] : cases) {
    const auto stats = Read(request);
    EXPECT_TRUE(absl::IsInvalidArgument(stats.status())) << field;
    EXPECT_THAT(std::string(stats.status().message()), HasSubstr(field));
  }
  EXPECT_TRUE(absl::IsNotFound(Read({.campaign_id = "none"}).status()));
  Count(kDay, "a", CampaignMetric::kSent, 1);
  Count(kDay + absl::Hours(10'001), "a", CampaignMetric::kSent, 1);
  EXPECT_THAT(std::string(Read({.granularity = Granularity::kHour}).status().message()), HasSubstr("start_time"));
  EXPECT_TRUE(Read({.granularity = Granularity::kDay}).ok());
}

}  // namespace
}  // namespace cadenza
