// A year of a real shop's orders through five campaigns that use every gate, against what shop_expected.py computes
// from the file and the documents.

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using nlohmann::json;

constexpr char kOrders[] = "../shared/data/online-retail-orders.ndjson.gz";
constexpr char kMapping[] = "clients/examples/retail/mapping.yaml";

constexpr char kSettings[] = R"yaml(
default_time_zone: Europe/London
frequency_caps:
  - { most: 2, window: 604800s, tag: advertising }
holdout: { basis_points: 500 }
)yaml";

constexpr char kSegment[] = R"yaml(
segment_id: vip
state: STATE_ACTIVE
condition: user.spent("GBP") >= 1000.0
)yaml";

constexpr char kCampaigns[] = R"yaml(
campaign_id: welcome
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: user.event_count("order_placed") == 1
once: true
message: { channel: email, body: "Thank you for your first order, {{ event.properties.invoice }}" }
---
campaign_id: come_back
state: STATE_ACTIVE
trigger: { event_name: order_placed }
delay: 2592000s
exception_event_names: [order_placed]
message: { channel: email, body: "A month without you since {{ event.properties.invoice }}" }
---
campaign_id: upsell
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: event.properties.total > 150.0
cooldown: 1209600s
priority: 10
tags: [advertising]
variants:
  - { variant_id: gift, weight: 3, message: { channel: email, body: "A gift" } }
  - { variant_id: discount, weight: 3, message: { channel: email, body: "A discount" } }
  - { variant_id: nothing, weight: 2, control: true }
---
campaign_id: vip
state: STATE_ACTIVE
trigger: { segment_entered: { segment_id: vip } }
message: { channel: email, body: "You are one of us" }
---
campaign_id: weekly_offer
state: STATE_ACTIVE
trigger: { event_name: order_placed }
tags: [advertising]
quiet_hours: { windows: [{ start: "17:00", end: "09:00" }], action: ACTION_DROP }
message: { channel: email, body: "This week's offer" }
)yaml";

constexpr char kByCampaign[] = R"sql(
SELECT string_agg(campaign_id || '|' || n, E'\n')
FROM (SELECT campaign_id, count(*) AS n FROM messages GROUP BY 1) AS m)sql";
constexpr char kByVariant[] = R"sql(
SELECT string_agg(variant_id || '|' || n, E'\n')
FROM (SELECT variant_id, count(*) AS n FROM messages WHERE variant_id <> '' GROUP BY 1) AS m)sql";
constexpr char kByCustomer[] = R"sql(
SELECT string_agg(user_key || '|' || campaign_id || '|' || n, E'\n')
FROM (SELECT user_key, campaign_id, count(*) AS n FROM messages GROUP BY 1, 2) AS m)sql";

// The lines that a query answers, their columns separated by '|'.
std::vector<std::vector<std::string>> RowsOf(const std::string& database, const std::string& query) {
  std::vector<std::vector<std::string>> rows;
  const absl::StatusOr<std::string> text = RunSql(database, query);
  EXPECT_TRUE(text.ok()) << text.status();
  if (!text.ok()) return rows;
  for (absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty()))
    rows.push_back(absl::StrSplit(line, '|'));
  return rows;
}

int64_t Number(const std::string& text) {
  int64_t number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << text;
  return number;
}

class ShopReplayTest : public ServedTest {
 protected:
  void Call(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name()});
    const Finished finished = Cadenza(args);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
  }
  // What an import leaves to wait is sent a minute after the last input of its user (--import-timer-wait).
  bool AwaitTimers() {
    const auto none_waits = [] { return RunSql(database(), "SELECT count(*) FROM timers").value() == "0"; };
    for (int patience = 0; patience < 10; ++patience) {
      if (Eventually(none_waits)) return true;
    }
    return false;
  }
};

TEST_F(ShopReplayTest, FiveCampaignsSendWhatTheyShould) {
  if (!std::filesystem::exists(kOrders)) GTEST_SKIP() << kOrders << " is not here";
  const Finished computed =
      RunProgram({"/usr/bin/python3", "tests/integration/shop_expected.py", kOrders, shop().name()});
  ASSERT_EQ(computed.exit_code, 0) << computed.err;
  const json expected = json::parse(computed.out);

  ASSERT_NO_FATAL_FAILURE(Call({"workspace", "settings", "--file", WriteFile("settings.yaml", kSettings)}));
  ASSERT_NO_FATAL_FAILURE(Call({"segment", "apply", WriteFile("segment.yaml", kSegment)}));
  ASSERT_NO_FATAL_FAILURE(Call({"campaign", "apply", WriteFile("campaigns.yaml", kCampaigns)}));
  // Customers of a past year would pass for users who were there before the segment.
  ASSERT_TRUE(Eventually([this] {
    v1::GetSegmentRequest request;
    request.set_workspace(shop().name());
    request.set_segment_id("vip");
    const auto response = shop().client().GetSegment(request);
    return response.ok() && response->segment().evaluation().state() == v1::SegmentEvaluation::STATE_DONE;
  }));
  ASSERT_NO_FATAL_FAILURE(Call({"replay", kOrders, "--mapping", kMapping, "--import"}));
  ASSERT_TRUE(AwaitTimers());

  json campaigns = json::object();
  for (const auto& row : RowsOf(database(), kByCampaign)) {
    campaigns[row[0]] = Number(row[1]);
  }
  EXPECT_EQ(campaigns, expected["campaigns"]);
  json variants = json::object();
  for (const auto& row : RowsOf(database(), kByVariant)) {
    variants[row[0]] = Number(row[1]);
  }
  EXPECT_EQ(variants, expected["variants"]);
  std::map<std::string, std::map<std::string, int64_t>> sent;
  for (const auto& row : RowsOf(database(), kByCustomer)) {
    sent[row[0]][row[1]] = Number(row[2]);
  }
  int differing = 0;
  for (const auto& [key, by_campaign] : expected["customers"].items()) {
    const auto wanted = by_campaign.get<std::map<std::string, int64_t>>();
    if (sent[key] == wanted) continue;
    if (++differing <= 5) ADD_FAILURE() << key << ": " << json(sent[key]) << " instead of " << by_campaign;
  }
  EXPECT_EQ(differing, 0);
  std::printf("five campaigns over a year of orders: %s, variants %s, %d customers held out\n",
              campaigns.dump().c_str(), variants.dump().c_str(), expected["held_out"].get<int>());
}

}  // namespace
}  // namespace cadenza::testing
