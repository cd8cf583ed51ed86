// A year of a real shop's orders through three campaigns of two variants and a control, with goals: the statistics, the
// report and a back-test against what retail_stats_expected.py computes from the file and the documents.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "absl/strings/str_split.h"
#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kOrders[] = "../shared/data/online-retail-orders.ndjson.gz";
constexpr char kMapping[] = "clients/examples/retail/mapping.yaml";
constexpr const char* kNames[] = {"big_order", "first_order", "monthly"};
constexpr int64_t kNanos = 1'000'000'000;

constexpr char kVariants[] = R"yaml(
variants:
  - { variant_id: plain, weight: 2, message: { channel: email, body: "Thank you" } }
  - { variant_id: warm, weight: 2, message: { channel: email, body: "Thank you so much, {{ event.id }}" } }
  - { variant_id: nothing, weight: 1, control: true }
)yaml";

constexpr char kOrderedAgain[] = R"yaml(
conversions:
  - { conversion_id: ordered_again, event_name: order_placed, window: 2592000s, revenue_property: total, currency_code: GBP }
)yaml";

std::string YamlOf(std::string_view name) {
  const std::string_view head = name == "big_order"     ? R"yaml(
campaign_id: big_order
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: event.properties.total > 300.0
cooldown: 604800s
)yaml"
                                : name == "first_order" ? R"yaml(
campaign_id: first_order
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: user.event_count("order_placed") == 1
once: true
)yaml"
                                                        : R"yaml(
campaign_id: monthly
state: STATE_ACTIVE
trigger: { purchase_made: {} }
cooldown: 2592000s
)yaml";
  const std::string_view more =
      name == "monthly" ? "  - { conversion_id: bought_again, purchase_made: {}, window: 2592000s }\n" : "";
  return StrCat(head, kVariants, kOrderedAgain, more);
}

json JsonOf(const v1::AttributedCounts& counts, const std::string& prefix) {
  int64_t revenue = 0;
  for (const v1::Money& money : counts.revenue()) revenue += money.units() * kNanos + money.nanos();
  return {{prefix, counts.converted().total()},
          {prefix + "_users", counts.converted().users()},
          {prefix + "_revenue", revenue}};
}

class RetailStatsTest : public ServedTest {
 protected:
  std::string Call(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name()});
    const Finished finished = Cadenza(args);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  }

  // As retail_stats_expected.py prints a campaign.
  json Stats(const std::string& name) {
    v1::GetCampaignStatsRequest request;
    request.set_workspace(shop().name());
    request.set_campaign_id(name);
    const auto response = shop().client().GetCampaignStats(request);
    EXPECT_TRUE(response.ok()) << response.status();
    json variants = json::object();
    if (!response.ok()) return variants;
    for (const v1::VariantStats& variant : response->stats().variants()) {
      const v1::StatsCounts& total = variant.total();
      if (variant.variant_id().empty()) {
        EXPECT_EQ(total.entered().total(), 0);
        continue;
      }
      json& counts = variants[variant.variant_id()];
      counts = {{"entered", total.entered().total()},
                {"users", total.entered().users()},
                {"sent", total.sent().total()},
                {"conversions", json::object()}};
      for (const v1::ConversionCounts& conversion : total.conversions()) {
        json& of = counts["conversions"][conversion.conversion_id()];
        of = JsonOf(conversion.any_touch(), "any");
        of.update(JsonOf(conversion.last_touch(), "last"));
      }
    }
    return variants;
  }

  std::set<std::string> StoredMessages(const std::string& name) {
    static const std::map<std::string, const char*> queries = {
        {"big_order",
         "SELECT string_agg(message_id || ' ' || variant_id, ',') FROM messages WHERE campaign_id = 'big_order'"},
        {"first_order",
         "SELECT string_agg(message_id || ' ' || variant_id, ',') FROM messages WHERE campaign_id = 'first_order'"},
        {"monthly",
         "SELECT string_agg(message_id || ' ' || variant_id, ',') FROM messages WHERE campaign_id = 'monthly'"}};
    const absl::StatusOr<std::string> text = RunSql(database(), queries.at(name));
    EXPECT_TRUE(text.ok()) << text.status();
    return absl::StrSplit(*text, ',', absl::SkipEmpty());
  }

  void CheckBacktest(const std::string& name, const json& expected) {
    const std::string draft = WriteFile("draft.yaml", YamlOf(name));
    const std::string file = WriteFile("draft.ndjson", "");
    const json report = json::parse(Call({"campaign", "backtest", draft, "--from", "2010-11-30", "--to", "2012-01-01",
                                          "--database", database(), "--messages", file, "--json"}),
                                    nullptr, /*allow_exceptions=*/false);
    int64_t entered = 0;
    int64_t sent = 0;
    for (const auto& [variant_id, counts] : expected.items()) {
      entered += counts["entered"].get<int64_t>();
      sent += counts["sent"].get<int64_t>();
    }
    EXPECT_EQ(report["draft"]["entered"], entered);
    EXPECT_EQ(report["draft"]["control"], expected["nothing"]["entered"]);
    EXPECT_EQ(report["draft"]["sent"], sent);
    std::set<std::string> messages;
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      const json message = json::parse(line);
      messages.insert(message["message_id"].get<std::string>() + " " + message["variant_id"].get<std::string>());
    }
    const bool same = messages == StoredMessages(name);
    EXPECT_TRUE(same) << messages.size() << " messages of the back-test are not those that were sent";
    std::printf("back-test of %s: %ld messages, %ld inputs, %.2f s\n", name.c_str(), sent,
                report["inputs"].get<int64_t>(),
                report["read_seconds"].get<double>() + report["replay_seconds"].get<double>());
  }

  void CheckReport(const std::string& name, const json& expected) {
    const std::string page = WriteFile("report.html", "");
    const std::string text = Call({"campaign", "report", name, "--html", page});
    std::ostringstream html;
    html << std::ifstream(page).rdbuf();
    for (const auto& [variant_id, counts] : expected.items()) {
      const std::string entered = Grouped(counts["users"].get<int64_t>());
      EXPECT_THAT(html.str(), HasSubstr(entered)) << variant_id;
      EXPECT_THAT(html.str(), HasSubstr(Grouped(counts["conversions"]["ordered_again"]["any_users"].get<int64_t>())));
      EXPECT_THAT(html.str(), HasSubstr(variant_id));
    }
  }

  static std::string Grouped(int64_t number) {
    std::string digits = std::to_string(number);
    for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
  }
};

TEST_F(RetailStatsTest, StatisticsReportAndBackTestAreWhatTheFileSays) {
  if (!std::filesystem::exists(kOrders)) GTEST_SKIP() << kOrders << " is not here";
  const Finished computed =
      RunProgram({"/usr/bin/python3", "tests/integration/retail_stats_expected.py", kOrders, shop().name()});
  ASSERT_EQ(computed.exit_code, 0) << computed.err;
  const json expected = json::parse(computed.out);
  for (const char* name : kNames) Call({"campaign", "apply", WriteFile("campaign.yaml", YamlOf(name))});
  Call({"replay", kOrders, "--mapping", kMapping, "--import"});
  for (const char* name : kNames) {
    SCOPED_TRACE(name);
    EXPECT_EQ(Stats(name), expected[name]);
    CheckBacktest(name, expected[name]);
    CheckReport(name, expected[name]);
  }
  Call({"replay", kOrders, "--mapping", kMapping, "--import"});
  for (const char* name : kNames) EXPECT_EQ(Stats(name), expected[name]) << name << ", after everything came again";
}

}  // namespace
}  // namespace cadenza::testing
