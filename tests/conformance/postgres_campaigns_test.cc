// The migration of campaigns from a column for each field (schema 5) to one definition each, and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"
#include "storage/postgres/migrator.h"
#include "storage/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {
namespace {

using postgres::Migrator;

constexpr int kColumns = 5;  // the last schema with a column for each field

// Campaigns of every trigger, as a program of schema 5 wrote them.
constexpr char kOldCampaigns[] = R"sql(
INSERT INTO campaigns (workspace, campaign_id, revision, display_name, state, trigger_kind, trigger_event_name,
  trigger_product_id, condition, cooldown, channel, title, body, time_to_live, create_time, update_time, content_type,
  locales, localized_titles, localized_bodies, delay, exception_event_names, recheck_condition, trigger_segment_id)
VALUES
  ('acme', 'knots', 300, 'Garlic knots é', 2, 1, 'order_placed', '', 'event.properties.total > 15.0', 86400000001,
   'push', 'Knots?', repeat('Hello {{ user.attributes.first_name }}, ', 400), 7200000000, 1700000000123456,
   1700000001123456, 1, '{fr,en-GB}', '{"",T}', '{"Nœuds, \"x\"?",B}', 129600000001,
   E'order_placed\nleft, "for good"', 1, ''),
  ('acme', 'session', 1, '', 1, 2, '', '', '', 0, 'push', '', 'B', 2592000000000, 1, 2, 0, '{}', '{}', '{}', 0, '', 0, ''),
  ('acme', 'anything', 2, '', 3, 3, '', '', '', 1, 'push', '', 'B', 1, 1, 2, 2, '{}', '{}', '{}', 0, '', 0, ''),
  ('acme', 'margherita', 2, '', 4, 3, '', 'm-1', '', 999999, 'push', '', 'B', 1000000, 1, 2, 0, '{}', '{}', '{}', 0, '', 0, ''),
  ('acme', 'entered', 2, '', 2, 4, '', '', '', 0, 'push', '', 'B', 1000000, 1, 2, 0, '{}', '{}', '{}', 0, '', 0, 'vip'),
  ('other', 'left', 2, '', 2, 5, '', '', '', 0, 'push', '', 'B', 1000000, 1, 2, 0, '{}', '{}', '{}', 60000000, '', 0, 'vip')
)sql";

Campaign Simple(std::string workspace, std::string id, int64_t revision, Campaign::State state, Trigger trigger) {
  Campaign campaign;
  campaign.workspace = std::move(workspace);
  campaign.campaign_id = std::move(id);
  campaign.revision = revision;
  campaign.state = state;
  campaign.trigger = std::move(trigger);
  campaign.message = {"push", "", "B", absl::Seconds(1)};
  campaign.create_time = absl::FromUnixMicros(1);
  campaign.update_time = absl::FromUnixMicros(2);
  return campaign;
}

// The same, in their order.
std::vector<Campaign> OldCampaigns() {
  using Kind = Trigger::Kind;
  using State = Campaign::State;
  Campaign anything = Simple("acme", "anything", 2, State::kPaused, {Kind::kPurchaseMade, "", ""});
  anything.cooldown = absl::Microseconds(1);
  anything.message.time_to_live = absl::Microseconds(1);
  anything.message.content_type = ContentType::kJson;
  Campaign entered = Simple("acme", "entered", 2, State::kActive, {Kind::kSegmentEntered, "", "", "vip"});
  Campaign knots = Simple("acme", "knots", 300, State::kActive, {Kind::kEventName, "order_placed", ""});
  knots.display_name = "Garlic knots \xC3\xA9";
  knots.condition = "event.properties.total > 15.0";
  knots.cooldown = absl::Hours(24) + absl::Microseconds(1);
  knots.message = {"push",         "Knots?",           "",
                   absl::Hours(2), ContentType::kHtml, {{"fr", "", "N\xC5\x93uds, \"x\"?"}, {"en-GB", "T", "B"}}};
  for (int i = 0; i < 400; ++i) knots.message.body += "Hello {{ user.attributes.first_name }}, ";
  knots.create_time = absl::FromUnixMicros(1700000000123456);
  knots.update_time = absl::FromUnixMicros(1700000001123456);
  knots.delay = absl::Hours(36) + absl::Microseconds(1);
  knots.exception_event_names = {"order_placed", "left, \"for good\""};
  knots.recheck_condition = true;
  Campaign margherita = Simple("acme", "margherita", 2, State::kArchived, {Kind::kPurchaseMade, "", "m-1"});
  margherita.cooldown = absl::Microseconds(999999);
  Campaign session = Simple("acme", "session", 1, State::kDraft, {Kind::kSessionStarted, "", ""});
  session.message.time_to_live = absl::Hours(24 * 30);
  Campaign left = Simple("other", "left", 2, State::kActive, {Kind::kSegmentLeft, "", "", "vip"});
  left.delay = absl::Minutes(1);
  return {anything, entered, knots, margherita, session, left};
}

class CampaignMigrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PostgresServer& server = PostgresServer::Shared();
    database_ = server.ConnectionString(server.CreateDatabase().value());
    migrator_ = std::make_unique<Migrator>(database_, postgres::EmbeddedMigrations().value());
    ASSERT_TRUE(migrator_->Up(kColumns).ok());
    const auto inserted = RunSql(database_, kOldCampaigns);
    ASSERT_TRUE(inserted.ok()) << inserted.status();
  }
  void Up() {
    const auto up = migrator_->Up();
    ASSERT_TRUE(up.ok()) << up.status();
    postgres::Options options;
    options.connection_string = database_;
    store_ = postgres::MakePostgresStore(options);
  }
  void Down() {
    store_.reset();
    const auto down = migrator_->Down(static_cast<int>(postgres::EmbeddedMigrations()->size()) - kColumns);
    ASSERT_TRUE(down.ok()) << down.status();
  }
  std::string Columns() {
    return RunSql(database_,
                  "SELECT string_agg(to_jsonb(c)::text, E'\\n' ORDER BY workspace, campaign_id) FROM campaigns c")
        .value();
  }

  std::string database_;
  std::unique_ptr<Migrator> migrator_;
  std::unique_ptr<Store> store_;
};

TEST_F(CampaignMigrationTest, EveryCampaignSurvivesAsItWas) {
  Up();
  const auto rows = store_->campaigns().ListCampaigns("", "", 0, /*with_archived=*/true);
  ASSERT_TRUE(rows.ok()) << rows.status();
  const std::vector<Campaign> expected = OldCampaigns();
  ASSERT_EQ(rows->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(expected[i].campaign_id);
    EXPECT_EQ((*rows)[i], EncodeCampaign(expected[i])) << "the bytes, too, are those that the program writes";
    const absl::StatusOr<Campaign> campaign = DecodeCampaign((*rows)[i]);
    ASSERT_TRUE(campaign.ok()) << campaign.status();
    EXPECT_EQ(*campaign, expected[i]);
    const auto versions = store_->campaigns().ListVersions(expected[i].workspace, expected[i].campaign_id, 0, 10);
    EXPECT_EQ(versions.value(), std::vector<CampaignRow>{(*rows)[i]});
  }
  // And goes on from there.
  Campaign next = expected[2];
  ++next.revision;
  EXPECT_EQ(store_->campaigns().PutCampaign(EncodeCampaign(next)), absl::OkStatus());
}

TEST_F(CampaignMigrationTest, TheWayBackLosesNothingThatTheOldSchemaKnew) {
  const std::string before = Columns();
  Up();
  Down();
  EXPECT_EQ(Columns(), before);
}

TEST_F(CampaignMigrationTest, OnTheWayBackWhatWouldSendOtherwiseIsPaused) {
  Up();
  Campaign api = Simple("new", "api", 1, Campaign::State::kActive, {Trigger::Kind::kApi, "", ""});
  Campaign audience = Simple("new", "audience", 1, Campaign::State::kActive, {Trigger::Kind::kEventName, "e", ""});
  audience.audience = "user.attributes.vip == true";
  Campaign plain = Simple("new", "plain", 1, Campaign::State::kActive, {Trigger::Kind::kEventName, "e", ""});
  plain.activate_time = absl::FromUnixSeconds(1);
  ASSERT_EQ(store_->campaigns().PutCampaigns({EncodeCampaign(api), EncodeCampaign(audience), EncodeCampaign(plain)}),
            absl::OkStatus());
  Down();
  EXPECT_EQ(RunSql(database_,
                   "SELECT string_agg(format('%s %s %s', campaign_id, state, trigger_kind), ', ' ORDER BY campaign_id) "
                   "FROM campaigns WHERE workspace = 'new'")
                .value(),
            "api 3 0, audience 3 1, plain 2 1");
}

}  // namespace
}  // namespace cadenza::testing
