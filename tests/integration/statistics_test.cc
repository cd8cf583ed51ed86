// GetCampaignStats over the wire, and `cadenza campaign stats`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNoon = absl::FromUnixSeconds(1'700'049'600);  // 2023-11-15 12:00 UTC

class StatisticsTest : public ServedTest {
 protected:
  v1::CampaignStats Stats(const std::string& campaign_id, v1::GetCampaignStatsRequest request = {}) {
    request.set_workspace(shop().name());
    request.set_campaign_id(campaign_id);
    const auto response = shop().client().GetCampaignStats(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->stats() : v1::CampaignStats();
  }
  static v1::Campaign Thanks() {
    v1::Campaign campaign = CampaignOn("thanks", "order_placed");
    v1::Conversion* again = campaign.add_conversions();
    again->set_conversion_id("again");
    again->set_event_name("order_placed");
    again->set_revenue_property("total");
    again->set_currency_code("EUR");
    again->mutable_window()->set_seconds(86'400);
    v1::Conversion* back = campaign.add_conversions();
    back->set_conversion_id("back");
    back->mutable_session_started();
    back->mutable_window()->set_seconds(86'400);
    return campaign;
  }
  void Order(const std::string& user, absl::Time time, double total) {
    shop().Import(client::Event(client::UserId(user), "order_placed", {{"total", client::Double(total)}}), time);
  }
};

TEST_F(StatisticsTest, CountsAndConverts) {
  const v1::Campaign active = shop().Activate(Thanks());
  EXPECT_EQ(active.conversions_size(), 2);
  Order("ada", kNoon, 10);
  Order("ada", kNoon + absl::Minutes(10), 19.99);
  Order("eve", kNoon + absl::Hours(13), 5);
  // A paused campaign decides nothing, and goes on being counted.
  ASSERT_TRUE(shop().client().PauseCampaign(shop().For<v1::PauseCampaignRequest>("thanks")).ok());
  ASSERT_TRUE(Eventually([&] {
    const std::string scout = FreshName();
    shop().Apply(client::Event(client::UserId(scout), "order_placed"));
    return shop().Messages(client::UserId(scout)).empty();
  }));
  Order("eve", kNoon + absl::Hours(15), 7.5);

  v1::GetCampaignStatsRequest request;
  *request.mutable_start_time() = client::ToProto(kNoon);
  *request.mutable_end_time() = client::ToProto(kNoon + absl::Hours(24));
  request.set_granularity(v1::GetCampaignStatsRequest::GRANULARITY_DAY);
  const v1::CampaignStats stats = Stats("thanks", request);
  EXPECT_EQ(stats.total().entered().total(), 3);
  EXPECT_EQ(stats.total().entered().users(), 2);
  EXPECT_EQ(stats.total().sent().total(), 3);
  ASSERT_EQ(stats.total().conversions_size(), 2);
  const v1::ConversionCounts& again = stats.total().conversions(0);
  EXPECT_EQ(again.any_touch().converted().total(), 2);
  EXPECT_EQ(again.last_touch().converted().users(), 2);
  ASSERT_EQ(again.any_touch().revenue_size(), 1);
  EXPECT_EQ(again.any_touch().revenue(0).units(), 27);
  EXPECT_EQ(again.any_touch().revenue(0).nanos(), 490'000'000);
  EXPECT_EQ(stats.total().conversions(1).any_touch().converted().total(), 1) << "eve's second session";
  ASSERT_EQ(stats.variants_size(), 1);
  ASSERT_EQ(stats.variants(0).buckets_size(), 2);
  EXPECT_EQ(stats.variants(0).buckets(0).counts().entered().total(), 2);
  EXPECT_EQ(client::FromProto(stats.variants(0).buckets(1).start_time()), kNoon + absl::Hours(12));

  const Finished shown = Cadenza({"--server", server().target(), "--workspace", shop().name(), "campaign", "stats",
                                  "thanks", "--from", "2023-11-15T12:00:00Z", "--to", "2023-11-16T12:00:00Z"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("3 (2)"));
  EXPECT_THAT(shown.out, HasSubstr("again, last touch, EUR"));
  EXPECT_THAT(shown.out, HasSubstr("27.49 EUR"));
  EXPECT_THAT(shown.out, Not(HasSubstr("clicked")));
  const Finished json =
      Cadenza({"--server", server().target(), "--workspace", shop().name(), "--json", "campaign", "stats", "thanks"});
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_THAT(json.out, HasSubstr("\"conversion_id\""));
  const Finished none =
      Cadenza({"--server", server().target(), "--workspace", shop().name(), "campaign", "stats", "nothing"});
  EXPECT_EQ(none.exit_code, 3) << none.err;
}

TEST_F(StatisticsTest, ErrorsNameTheField) {
  shop().Activate(Thanks());
  v1::GetCampaignStatsRequest request = shop().For<v1::GetCampaignStatsRequest>("thanks");
  request.mutable_start_time()->set_seconds(1);
  const auto odd = shop().client().GetCampaignStats(request);
  EXPECT_TRUE(absl::IsInvalidArgument(odd.status())) << odd.status();
  EXPECT_THAT(std::string(odd.status().message()), HasSubstr("start_time"));
  v1::CreateCampaignRequest create;
  create.set_workspace(shop().name());
  *create.mutable_campaign() = Thanks();
  create.mutable_campaign()->set_campaign_id("other");
  create.mutable_campaign()->mutable_conversions(1)->clear_window();
  const auto refused = shop().client().CreateCampaign(create);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("campaign.conversions[1].window"));
}

}  // namespace
}  // namespace cadenza::testing
