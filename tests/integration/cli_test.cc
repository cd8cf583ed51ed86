#include <gmock/gmock.h>

#include <future>
#include <nlohmann/json.hpp>

#include "tests/integration/program.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::UserId;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<json> Lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(json::parse(line, nullptr, /*allow_exceptions=*/false));
    EXPECT_FALSE(lines.back().is_discarded()) << line;
  }
  return lines;
}

class CliTest : public ServedTest {
 protected:
  // The program, told where the server is, and the workspace.
  Finished Run(std::vector<std::string> args, const std::string& input = "") {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--timeout", "30"});
    return Cadenza(std::move(args), input);
  }
  // One that must succeed; what it printed.
  std::string Output(std::vector<std::string> args, const std::string& input = "") {
    const Finished finished = Run(std::move(args), input);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  }
};

TEST_F(CliTest, MigratesUpAndDownAndVerifies) {
  PostgresServer& postgres = PostgresServer::Shared();
  const std::string database = postgres.ConnectionString(postgres.CreateDatabase().value());
  const auto migrate = [&](std::vector<std::string> args) {
    args.insert(args.begin(), "migrate");
    args.insert(args.end(), {"--database", database});
    return Cadenza(args);
  };
  EXPECT_EQ(Lines(migrate({"status", "--json"}).out).at(0)["state"], "pending");
  Finished finished = migrate({"up"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("0001_first"));
  EXPECT_EQ(Lines(migrate({"status", "--json"}).out).at(0)["state"], "applied");
  EXPECT_EQ(migrate({"verify"}).exit_code, 0);
  EXPECT_THAT(migrate({"up"}).out, HasSubstr("nothing to do"));
  EXPECT_EQ(migrate({"down"}).exit_code, 5) << "without --yes";
  EXPECT_EQ(migrate({"down", "--yes"}).exit_code, 0);
  EXPECT_EQ(migrate({"up"}).exit_code, 0);
  ASSERT_TRUE(RunSql(database, "UPDATE schema_migrations SET checksum = 'other'").ok());
  finished = migrate({"verify"});
  EXPECT_EQ(finished.exit_code, 6) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("first"));
}

TEST_F(CliTest, SendsEveryKindOfInput) {
  const std::vector<std::vector<std::string>> inputs = {
      {"--event", "order_placed", "--prop", "total=23.5", "--prop", "lines=[{\"name\":\"Margherita\",\"quantity\":2}]"},
      {"--purchase", "pizza", "--price", "139.12", "--currency", "GBP", "--quantity", "2"},
      {"--session-start"},
      {"--session-end"},
      {"--set", "first_name=Ada", "--increment", "points=3", "--unset", "nothing"},
      {"--identify", "device-1"},
      {"--add-alias", "email:ada"},
      {"--subscription", "unsubscribed", "--channel", "push"},
  };
  int64_t seq = 0;
  for (std::vector<std::string> args : inputs) {
    args.insert(args.begin(), {"send", "--user", "ada"});
    EXPECT_THAT(Output(args), HasSubstr(StrCat("user_seq ", ++seq)));
  }
  const v1::Profile ada = shop().Profile(client::Alias("email", "ada"));
  EXPECT_EQ(ada.user_seq(), 8);
  EXPECT_EQ(client::FormatMoney(ada.purchases().revenue(0)), "278.24 GBP");
  EXPECT_EQ(ada.attributes().at("first_name").string_value(), "Ada");
  EXPECT_EQ(ada.attributes().at("points").int64_value(), 3);
  EXPECT_EQ(ada.subscriptions().at("push"), v1::SUBSCRIPTION_STATE_UNSUBSCRIBED);
  const v1::Input first = shop().Events(UserId("ada"))[0].input();
  EXPECT_EQ(first.custom_event().properties().at("total").double_value(), 23.5);
}

TEST_F(CliTest, SendsTheLinesOfStandardInput) {
  std::string lines;
  for (int i = 0; i < 50; ++i) {
    StrAppend(&lines, R"({"event_id":"e)", i, R"(","user":{"user_id":"ada"},"custom_event":{"name":"visit"}})", "\n");
  }
  json report = json::parse(Output({"send", "--stdin", "--json"}, lines));
  EXPECT_EQ(report["applied"], 50);
  report = json::parse(Output({"send", "--stdin", "--json"}, lines));
  EXPECT_EQ(report["duplicates"], 50);
  EXPECT_EQ(shop().Profile(UserId("ada")).user_seq(), 50);
}

TEST_F(CliTest, ProfileAndEventsAndMessagesReadBack) {
  shop().Activate(CampaignOn("thanks", "order", "Thanks"));
  shop().Apply(Event(UserId("ada"), "visit"));
  shop().Apply(Event(UserId("ada"), "order"));
  const json profile = json::parse(Output({"profile", "--user", "ada", "--min-seq", "2", "--json"}));
  EXPECT_EQ(profile["user"]["user_id"], "ada");
  EXPECT_EQ(profile["user_seq"], "2");
  EXPECT_EQ(profile["events"]["order"]["count"], "1");
  EXPECT_THAT(Output({"profile", "--user", "ada"}), HasSubstr("event order: 1"));
  const std::vector<json> events = Lines(Output({"events", "--user", "ada", "--newest", "--json"}));
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0]["input"]["custom_event"]["name"], "order");
  EXPECT_EQ(Lines(Output({"events", "--user", "ada", "--limit", "1", "--json"})).size(), 1);
  EXPECT_EQ(Lines(Output({"messages", "--user", "ada", "--json"})).at(0)["body"], "Thanks");
}

TEST_F(CliTest, CampaignsAreAppliedFromYaml) {
  const std::string file = WriteFile("thanks.yaml", R"yaml(
campaign_id: thanks
state: STATE_ACTIVE
trigger: { event_name: order }
condition: event.properties.total > 15.0
cooldown: 3600s
message:
  channel: push
  title: Thank you
  body: "Thanks, {{ user.id }}"
---
campaign_id: welcome
trigger: { session_started: {} }
message: { channel: push, body: Welcome }
)yaml");
  EXPECT_EQ(Output({"campaign", "apply", file}), "thanks: created, active\nwelcome: created\n");
  EXPECT_EQ(Output({"campaign", "apply", file}), "thanks: unchanged\nwelcome: unchanged\n");
  const std::vector<json> list = Lines(Output({"campaign", "list", "--json"}));
  ASSERT_EQ(list.size(), 2);
  EXPECT_EQ(list[0]["state"], "STATE_ACTIVE");
  EXPECT_EQ(list[1]["state"], "STATE_DRAFT");
  const std::string preview =
      Output({"campaign", "preview", "thanks", "--user", "ada", "--event", "order", "--prop", "total=20.5"});
  EXPECT_THAT(preview, HasSubstr("Thanks, ada"));
  Output({"send", "--user", "ada", "--event", "order", "--prop", "total=20.5"});
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("Thanks, ada"));
  Output({"campaign", "pause", "thanks"});
  EXPECT_EQ(json::parse(Output({"campaign", "get", "thanks", "--json"}))["state"], "STATE_PAUSED");
  EXPECT_EQ(Output({"campaign", "apply", file}), "thanks: active\nwelcome: unchanged\n");
  Output({"campaign", "archive", "thanks"});
  EXPECT_EQ(Lines(Output({"campaign", "list", "--json"})).size(), 1);
  EXPECT_EQ(Lines(Output({"campaign", "list", "--archived", "--json"})).size(), 2);
}

TEST_F(CliTest, ABadCampaignFileIsRefusedWithItsPlace) {
  const std::string wrong = WriteFile("wrong.yaml", "campaign_id: a\nconditoin: \"true\"\n");
  Finished finished = Run({"campaign", "apply", wrong});
  EXPECT_EQ(finished.exit_code, 5) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("wrong.yaml"));
  EXPECT_THAT(finished.err, HasSubstr("conditoin"));
  const std::string bad_rule =
      WriteFile("bad_rule.yaml",
                "campaign_id: a\ntrigger: {event_name: x}\ncondition: \"1 +\"\nmessage: {channel: push, body: x}\n");
  finished = Run({"campaign", "apply", bad_rule});
  EXPECT_EQ(finished.exit_code, 5);
  EXPECT_THAT(finished.err, HasSubstr("campaign.condition"));
}

TEST_F(CliTest, ListenPrintsWhatWasMissedAndWhatComes) {
  shop().Activate(CampaignOn("thanks", "order", "order {{ event.properties.n }}"));
  const auto order = [this](int n) { shop().Apply(Event(UserId("ada"), "order", {{"n", client::Int(n)}})); };
  order(1);
  std::future<Finished> listening = std::async(std::launch::async, [this] {
    return Run({"listen", "--user", "ada", "--count", "3", "--json"});
  });
  order(2);
  order(3);
  const Finished finished = listening.get();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  const std::vector<json> messages = Lines(finished.out);
  ASSERT_EQ(messages.size(), 3);
  for (int n = 1; n <= 3; ++n) EXPECT_EQ(messages[n - 1]["body"], StrCat("order ", n));
  EXPECT_THAT(finished.err, HasSubstr("cursor "));

  order(4);
  const std::string cursor = messages[2]["cursor"];
  const std::string rest = Output({"listen", "--user", "ada", "--cursor", cursor, "--count", "1"});
  EXPECT_THAT(rest, HasSubstr("order 4"));
  EXPECT_EQ(Run({"listen", "--user", "ada", "--cursor", cursor, "--count", "2", "--for", "1"}).exit_code, 4);
}

TEST_F(CliTest, ReplaysAMappedFileAndSaysWhatItSkipped) {
  const std::string mapping = WriteFile(
      "mapping.yaml",
      "time_zone: UTC\nevent_id: id\nuser_id: who\nevent: what\ntime: at\nevents:\n"
      "  order:\n    properties: with\n    purchase: { product_id: id, price: with.total, currency_code: EUR }\n");
  const std::string file =
      WriteFile("orders.ndjson",
                R"({"id":"1","who":"ada","what":"order","at":"2024-01-01T10:00:00","with":{"total":9.95}}
{"id":"2","what":"order","at":"2024-01-01T10:05:00","with":{"total":1}}

{"id":"3","who":"ada","what":"stock","at":"2024-01-01T10:06:00"}
not json at all
{"id":"4","who":"ada","what":"order","at":"2024-01-01T12:00:00","with":{"total":0.10}}
)");
  const Finished finished = Run({"replay", file, "--mapping", mapping, "--json"});
  EXPECT_EQ(finished.exit_code, 5) << "a bad line: " << finished.err;
  const json report = json::parse(finished.out);
  EXPECT_EQ(report["inputs"], 4);
  EXPECT_EQ(report["applied"], 4);
  EXPECT_EQ(report["lines_without_user"], 1);
  EXPECT_EQ(report["lines_of_other_events"], 1);
  EXPECT_EQ(report["bad_lines"], 1);
  const v1::Profile ada = shop().Profile(UserId("ada"));
  EXPECT_EQ(ada.events().at("order").count(), 2);
  EXPECT_EQ(ada.sessions().count(), 2);
  EXPECT_EQ(client::FormatMoney(ada.purchases().revenue(0)), "10.05 EUR");
}

TEST_F(CliTest, ExitCodesSayWhatWentWrong) {
  EXPECT_EQ(Run({"profile", "--user", "nobody"}).exit_code, 3);
  EXPECT_EQ(Run({"send", "--user", "ada", "--event", ""}).exit_code, 5);
  EXPECT_EQ(Run({"campaign", "activate", "nobody"}).exit_code, 3);
  EXPECT_EQ(Cadenza({"profile", "--user", "ada", "--server", StrCat("127.0.0.1:", FreePort())}).exit_code, 4);
  EXPECT_EQ(Cadenza({"nonsense"}).exit_code, 2);
  EXPECT_EQ(Cadenza({"send"}).exit_code, 2);
  EXPECT_EQ(Cadenza({"--help"}).exit_code, 0);
  EXPECT_EQ(Cadenza({"replay", "--help"}).exit_code, 0);
  EXPECT_EQ(Run({"replay", "/no/such/file.ndjson"}).exit_code, 3);
  shop().Activate(CampaignOn("thanks", "order"));
  EXPECT_EQ(Run({"campaign", "activate", "thanks"}).exit_code, 6);
  const Finished finished = Run({"profile", "--user", "nobody", "--json"});
  EXPECT_EQ(json::parse(finished.err)["error"]["code"], "NOT_FOUND");
}

}  // namespace
}  // namespace cadenza::testing
