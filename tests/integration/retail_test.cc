// A year of a real shop's orders, replayed twice, against numbers that retail_expected.py computes from the file.

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using nlohmann::json;

constexpr char kOrders[] = "../shared/data/online-retail-orders.ndjson.gz";
constexpr char kMapping[] = "clients/examples/retail/mapping.yaml";
constexpr int kBatch = 100;  // of BatchGetProfiles

constexpr char kCampaigns[] = R"yaml(
campaign_id: first_order
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: user.event_count("order_placed") == 1
message:
  channel: email
  body: "Thank you for your first order, {{ event.properties.invoice }}"
---
campaign_id: fifth_order
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: user.event_count("order_placed") == 5
message:
  channel: email
  body: "Thank you for your fifth order, {{ event.properties.invoice }}"
)yaml";

class RetailTest : public ServedTest {
 protected:
  json Run(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--json"});
    const Finished finished = Cadenza(args);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }
  json Replay() { return Run({"replay", kOrders, "--mapping", kMapping, "--import"}); }

  std::map<std::string, v1::Profile> Profiles(const json& customers) {
    std::map<std::string, v1::Profile> profiles;
    v1::BatchGetProfilesRequest request;
    request.set_workspace(shop().name());
    const auto fetch = [&] {
      const auto response = shop().client().BatchGetProfiles(request);
      ASSERT_TRUE(response.ok()) << response.status();
      for (const v1::Profile& profile : response->profiles()) profiles[profile.user().user_id()] = profile;
      request.clear_users();
    };
    for (const auto& [id, customer] : customers.items()) {
      request.add_users()->set_user_id(id);
      if (request.users_size() == kBatch) fetch();
    }
    if (request.users_size() > 0) fetch();
    return profiles;
  }
};

int64_t CountOf(const v1::Profile& profile, const char* event) {
  const auto it = profile.events().find(event);
  return it == profile.events().end() ? 0 : it->second.count();
}

void ExpectCustomer(const json& expected, const v1::Profile& profile) {
  EXPECT_EQ(CountOf(profile, "order_placed"), expected["orders"]);
  EXPECT_EQ(CountOf(profile, "order_cancelled"), expected["cancels"]);
  EXPECT_EQ(profile.purchases().count(), expected["purchases"]);
  EXPECT_EQ(profile.user_seq(),
            expected["orders"].get<int>() + expected["cancels"].get<int>() + expected["purchases"].get<int>());
  json revenue = json::object();
  for (const v1::Money& money : profile.purchases().revenue()) {
    revenue[money.currency_code()] = {money.units(), money.nanos()};
  }
  EXPECT_EQ(revenue, expected["revenue"]);
  EXPECT_EQ(profile.message_seq(), expected["messages"]);
  int64_t messages = 0;
  for (const auto& [campaign, history] : profile.campaigns()) {
    EXPECT_EQ(history.count(), 1) << campaign;
    messages += history.count();
  }
  EXPECT_EQ(messages, expected["messages"]);
}

TEST_F(RetailTest, AYearOfOrdersIsExactForEveryCustomerAndAgainChangesNothing) {
  if (!std::filesystem::exists(kOrders)) GTEST_SKIP() << kOrders << " is not here";
  const Finished computed = RunProgram({"/usr/bin/python3", "tests/integration/retail_expected.py", kOrders});
  ASSERT_EQ(computed.exit_code, 0) << computed.err;
  const json expected = json::parse(computed.out);
  ASSERT_EQ(expected["history"], 0) << "the campaigns are expected to see every order";

  const std::string file = WriteFile("retail.yaml", kCampaigns);
  ASSERT_EQ(Cadenza({"campaign", "apply", file, "--server", server().target(), "--workspace", shop().name()}).exit_code,
            0);
  const json first = Replay();
  EXPECT_EQ(first["applied"], expected["inputs"]) << first;
  EXPECT_EQ(first["rejected"], 0);
  EXPECT_EQ(first["duplicates"], 0);
  EXPECT_EQ(first["bad_lines"], 0);
  EXPECT_EQ(first["lines_without_user"], expected["without_user"]);
  EXPECT_EQ(first["lines_of_other_events"], expected["other_events"]);

  const json& customers = expected["customers"];
  const std::map<std::string, v1::Profile> profiles = Profiles(customers);
  ASSERT_EQ(profiles.size(), customers.size());
  int64_t messages = 0;
  for (const auto& [id, customer] : customers.items()) {
    SCOPED_TRACE(id);
    ASSERT_NO_FATAL_FAILURE(ExpectCustomer(customer, profiles.at(id)));
    messages += customer["messages"].get<int64_t>();
  }
  EXPECT_EQ(RunSql(database(), "SELECT count(*) FROM messages").value(), std::to_string(messages));
  EXPECT_EQ(RunSql(database(), "SELECT count(*) FROM events").value(),
            std::to_string(expected["inputs"].get<int64_t>()));

  const json second = Replay();
  EXPECT_EQ(second["duplicates"], expected["inputs"]) << second;
  EXPECT_EQ(second["applied"], 0);
  for (const auto& [id, profile] : Profiles(customers)) {
    EXPECT_EQ(profile.user_seq(), profiles.at(id).user_seq()) << id;
    EXPECT_EQ(profile.message_seq(), profiles.at(id).message_seq()) << id;
  }
  EXPECT_EQ(RunSql(database(), "SELECT count(*) FROM messages").value(), std::to_string(messages));
  std::printf("replayed %d inputs of %zu customers at %.0f/s with %ld messages; again, all duplicates, at %.0f/s\n",
              expected["inputs"].get<int>(), customers.size(), first["inputs_per_second"].get<double>(), messages,
              second["inputs_per_second"].get<double>());
}

}  // namespace
}  // namespace cadenza::testing
