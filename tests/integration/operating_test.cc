#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "storage/base/text.h"
#include "storage/postgres/migrator.h"
#include "tests/integration/generic_call.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;
using ::testing::HasSubstr;

// The value of a series as /metrics shows it; -1 if it is not there.
double Metric(const ServerProcess& server, const std::string& series) {
  const std::string page = "\n" + HttpGet(server.metrics_target(), "/metrics");
  const size_t at = page.find(StrCat("\n", series, " "));
  return at == std::string::npos ? -1 : std::atof(page.c_str() + at + 1 + series.size());
}

TEST(OperatingTest, SaysWhatItListensOnAndWhichStoreAndSchema) {
  const std::unique_ptr<ServerProcess> server = StartServer(NewDatabase());
  EXPECT_THAT(server->banner(), HasSubstr(server->target()));
  EXPECT_THAT(server->banner(), HasSubstr("postgres"));
  EXPECT_THAT(server->banner(), HasSubstr(StrCat("schema ", postgres::EmbeddedMigrations()->size())));
  EXPECT_THAT(server->banner(), HasSubstr("redis"));
}

TEST(OperatingTest, HealthServesAndReflectionListsTheServices) {
  const std::unique_ptr<ServerProcess> server = StartServer(NewDatabase());
  EXPECT_TRUE(Eventually([&] { return Health(server->target()) == "SERVING"; })) << Health(server->target());
  EXPECT_EQ(Health(server->target(), "durable"), "SERVING");
  const std::string services = ReflectedServices(server->target());
  for (const char* name : {"cadenza.v1.EventService", "cadenza.v1.MessageService", "cadenza.v1.ProfileService",
                           "cadenza.v1.CampaignService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(services, HasSubstr(name));
  }
}

TEST(OperatingTest, MetricsHaveTheirNamesAndCount) {
  const std::unique_ptr<ServerProcess> server = StartServer(NewDatabase());
  const Workspace shop(server->target(), FreshName());
  v1::Campaign bad = CampaignOn("bad", "order");
  bad.set_condition("1 / event.properties.zero == 1");
  shop.Activate(bad);
  shop.Activate(CampaignOn("thanks", "order"));
  const v1::Input order = WithId(Event(UserId("ada"), "order", {{"zero", Int(0)}}));
  shop.Apply(order);
  shop.Apply(Event(UserId("ada"), "visit"));
  shop.Submit(order);
  shop.Submit(Event(UserId("ada"), ""));
  shop.Submit(WithId(Event(UserId("ada"), "other"), order.event_id()));
  Inbox inbox(shop, UserId("ada"));
  inbox.Await(1);
  EventStream stream(shop);
  ASSERT_TRUE(stream.Open());

  const std::pair<const char*, double> counts[] = {
      {"cadenza_inputs_total{result=\"applied\"}", 2},
      {"cadenza_inputs_total{result=\"duplicate\"}", 1},
      {"cadenza_inputs_total{result=\"rejected\"}", 2},
      {"cadenza_messages_total", 1},
      {"cadenza_rule_errors_total", 1},
      {"cadenza_commits_total{result=\"ok\"}", 2},
      {"cadenza_commits_total{result=\"unavailable\"}", 0},
      {"cadenza_commits_total{result=\"unknown\"}", 0},
      {"cadenza_commits_total{result=\"aborted\"}", 0},
      {"cadenza_commits_total{result=\"refused\"}", 0},
      {"cadenza_batch_inputs_count", 2},
      {"cadenza_batch_inputs_sum", 2},
      {"cadenza_commit_seconds_count", 2},
      {"cadenza_lag_seconds_count", 4},
      {"cadenza_fence_conflicts_total", 0},
      {"cadenza_queue_inputs", 0},
      {"cadenza_queue_bytes", 0},
      {"cadenza_event_streams", 1},
      {"cadenza_subscribers", 1},
      {"cadenza_active_campaigns", 2},
      {"cadenza_serving", 1},
  };
  for (const auto& [series, value] : counts) {
    EXPECT_TRUE(Eventually([&, series = series, value = value] { return Metric(*server, series) == value; }))
        << series << " is " << Metric(*server, series) << ", not " << value;
  }
  EXPECT_GT(Metric(*server, "cadenza_rule_set_revision"), 0);
  EXPECT_GE(Metric(*server, "cadenza_profile_loads_total{level=\"hot\"}"), 1);
  EXPECT_GE(Metric(*server, "cadenza_profile_loads_total{level=\"store\"}"), 1);
  EXPECT_GE(Metric(*server, "cadenza_profile_loads_total{level=\"redis\"}"), 0);
}

TEST(OperatingTest, TheMemoryStoreServesThePizzaStoryAndSaysThatNothingIsDurable) {
  auto server = ServerProcess::Start({"--store", "memory", "--log-level", "warn"});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_THAT((*server)->banner(), HasSubstr("memory"));
  EXPECT_TRUE(Eventually([&] { return Health((*server)->target()) == "SERVING"; }));
  EXPECT_EQ(Health((*server)->target(), "durable"), "NOT_SERVING");

  const Workspace shop((*server)->target(), FreshName());
  const v1::UserRef ada = UserId("ada");
  v1::Campaign knots = CampaignOn("garlic_knots", "order_placed",
                                  "{{ user.attributes.first_name }}, your "
                                  "{% for line in event.properties.lines %}{{ line.quantity }} {{ line.name }} "
                                  "{% endfor %}pizzas are in the oven. Garlic knots for 3.50 EUR?");
  knots.set_condition(
      "event.properties.total > 15.0 && !event.properties.lines.exists(l, l.name == \"Garlic knots\") && "
      "user.event_count(\"order_placed\", duration(\"168h\")) == 1");
  knots.mutable_cooldown()->set_seconds(7 * 24 * 3600);
  shop.Activate(knots);
  shop.Activate(CampaignOn("confirmation", "order_placed", "Confirmed: {{ event.properties.total }} EUR"));
  const auto order = [](const v1::UserRef& user, double total) {
    return Event(
        user, "order_placed",
        {{"total", client::Double(total)},
         {"lines", client::List({client::Map({{"name", client::String("Margherita")}, {"quantity", Int(2)}})})}});
  };
  Inbox phone(shop, ada);
  phone.AwaitOpened();
  shop.Apply(client::SetAttributes(ada, {{"first_name", client::String("Ada")}}));
  shop.Apply(client::SessionStart(ada));
  EXPECT_TRUE(shop.Profile(ada).sessions().has_current());
  const v1::Input first = WithId(order(ada, 18.5));
  shop.Apply(first);
  EXPECT_THAT(phone.Await(2).back().body(),
              "Ada, your 2 Margherita pizzas are in the oven. Garlic knots for 3.50 EUR?");
  shop.Apply(order(ada, 20));
  EXPECT_TRUE(shop.Submit(first).has_duplicate());
  EXPECT_EQ(phone.Await(3).size(), 3) << "confirmed, and no knots again";
  shop.Apply(client::Subscription(UserId("bob"), "", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED));
  shop.Apply(order(UserId("bob"), 30));
  EXPECT_EQ(shop.Profile(UserId("bob")).events().at("order_placed").count(), 1);
  EXPECT_TRUE(shop.Messages(UserId("bob")).empty());
  shop.Apply(order(UserId("cleo"), 12));
  Inbox later(shop, UserId("cleo"));
  EXPECT_EQ(later.Await(1).size(), 1);
  EXPECT_EQ((*server)->Terminate(kPatience).value_or(-1), 0);
}

// The server's exit and last words; it must not run on.
Finished Refused(std::vector<std::string> flags) {
  std::vector<std::string> args = {"/usr/bin/timeout", "60", ProgramPath("cadenza-server"), "--listen", "127.0.0.1:0",
                                   "--metrics-listen", ""};
  args.insert(args.end(), flags.begin(), flags.end());
  return RunProgram(args);
}

TEST(OperatingTest, RefusesASchemaThatItDoesNotKnowAndNamesTheCommand) {
  PostgresServer& postgres = PostgresServer::Shared();
  const std::string empty = postgres.ConnectionString(postgres.CreateDatabase().value());
  Finished finished = Refused({"--database", empty});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("cadenza migrate up"));

  const std::string newer = NewDatabase();
  ASSERT_TRUE(RunSql(newer,
                     "INSERT INTO schema_migrations SELECT 999, 'future', checksum, applied_time "
                     "FROM schema_migrations LIMIT 1")
                  .ok());
  finished = Refused({"--database", newer});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("999"));
  EXPECT_THAT(finished.err, HasSubstr("cadenza migrate status"));

  const std::string changed = NewDatabase();
  ASSERT_TRUE(RunSql(changed, "UPDATE schema_migrations SET checksum = 'other'").ok());
  finished = Refused({"--database", changed});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("cadenza migrate verify"));
}

TEST(OperatingTest, RefusesADatabaseThatMayLoseWhatIsAckedUnlessAFlagSaysSo) {
  auto unsafe = PostgresServer::Create({.tcp = false, .settings = {"fsync=off"}});
  ASSERT_TRUE(unsafe.ok()) << unsafe.status();
  const std::string database = (*unsafe)->CreateMigratedDatabase().value();
  const Finished finished = Refused({"--database", database});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("fsync"));
  EXPECT_THAT(finished.err, HasSubstr("--unsafe-allow-non-durable-database"));
  const std::unique_ptr<ServerProcess> server =
      StartServer(database, /*redis=*/false, {"--unsafe-allow-non-durable-database"});
  EXPECT_EQ(Workspace(server->target(), FreshName()).Apply(Event(UserId("ada"), "visit")), 1);
}

TEST(OperatingTest, BadFlagsAreRefusedByName) {
  for (const auto& [flag, value] : {std::pair{"--session-gap", "5s"}, std::pair{"--drain", "1m"},
                                    std::pair{"--lanes", "0"}, std::pair{"--store", "paper"}}) {
    const Finished finished = Refused({flag, value});
    EXPECT_NE(finished.exit_code, 0);
    EXPECT_NE(finished.exit_code, 124) << "it ran on";
    EXPECT_THAT(finished.out + finished.err, HasSubstr(flag));
  }
}

}  // namespace
}  // namespace cadenza::testing
