#include <utility>

#include "server/rules/rule_set.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

TEST(CompileCampaign, TakesAGoodOne) {
  auto compiled = CompileCampaign(KnotsCampaign());
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  EXPECT_EQ((*compiled)->campaign, KnotsCampaign());
  EXPECT_NE((*compiled)->condition, nullptr);
  EXPECT_NE((*compiled)->title, nullptr);
}

TEST(CompileCampaign, LeavesOutWhatIsEmpty) {
  Campaign campaign = KnotsCampaign();
  campaign.condition.clear();
  campaign.message.title.clear();
  auto compiled = CompileCampaign(campaign);
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  EXPECT_EQ((*compiled)->condition, nullptr);
  EXPECT_EQ((*compiled)->title, nullptr);
}

struct BadCase {
  const char* field;
  void (*spoil)(Campaign& campaign);
  std::string_view reason = reasons::kInvalidField;
};

class CompileRejects : public testing::TestWithParam<BadCase> {};

TEST_P(CompileRejects, NamingTheField) {
  Campaign campaign = KnotsCampaign();
  GetParam().spoil(campaign);
  const absl::Status status = CompileCampaign(campaign).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(RejectionField(status), GetParam().field) << status;
  EXPECT_EQ(RejectionReason(status), GetParam().reason) << status;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, CompileRejects,
    testing::ValuesIn(std::vector<BadCase>{
        {"campaign_id", [](Campaign& c) { c.campaign_id = ""; }},
        {"campaign_id", [](Campaign& c) { c.campaign_id = "1st"; }},
        {"campaign_id", [](Campaign& c) { c.campaign_id = "Knots"; }},
        {"campaign_id", [](Campaign& c) { c.campaign_id = "a b"; }},
        {"campaign_id", [](Campaign& c) { c.campaign_id = std::string(64, 'a'); }, reasons::kLimitExceeded},
        {"display_name", [](Campaign& c) { c.display_name = std::string(256, 'x'); }, reasons::kLimitExceeded},
        {"display_name", [](Campaign& c) { c.display_name = "\xff"; }},
        {"trigger", [](Campaign& c) { c.trigger = {}; }},
        {"trigger.event_name", [](Campaign& c) { c.trigger.event_name = ""; }},
        {"trigger.event_name", [](Campaign& c) { c.trigger.event_name = "a\nb"; }},
        {"trigger.purchase_made.product_id",
         [](Campaign& c) {
           c.trigger = {Trigger::Kind::kPurchaseMade, "", std::string(256, 'x')};
         },
         reasons::kLimitExceeded},
        {"trigger.receipt_reported.campaign_id",
         [](Campaign& c) {
           c.trigger = {Trigger::Kind::kReceipt, "", ""};
         }},
        {"trigger.receipt_reported.kind",
         [](Campaign& c) {
           c.trigger = {Trigger::Kind::kReceipt, "", ""};
           c.trigger.campaign_id = "other";
         }},
        {"trigger.receipt_reported.link_id",
         [](Campaign& c) {
           c.trigger = {Trigger::Kind::kReceipt, "", ""};
           c.trigger.campaign_id = "other";
           c.trigger.receipt_kind = Receipt::Kind::kOpened;
           c.trigger.link_id = "menu";
         }},
        {"condition", [](Campaign& c) { c.condition = std::string(4097, ' '); }, reasons::kLimitExceeded},
        {"condition", [](Campaign& c) { c.condition = "event.name =="; }},
        {"condition", [](Campaign& c) { c.condition = "event.nam == 'x'"; }},
        {"condition", [](Campaign& c) { c.condition = "user.event_count('x')"; }},
        {"condition", [](Campaign& c) { c.condition = "user.event_count(1) == 1"; }},
        {"condition", [](Campaign& c) { c.condition = "event.properties.flag"; }},
        {"cooldown", [](Campaign& c) { c.cooldown = -absl::Seconds(1); }},
        {"cooldown", [](Campaign& c) { c.cooldown = absl::InfiniteDuration(); }},
        {"message.channel", [](Campaign& c) { c.message.channel = ""; }},
        {"message.channel", [](Campaign& c) { c.message.channel = std::string(64, 'x'); }, reasons::kLimitExceeded},
        {"message.title", [](Campaign& c) { c.message.title = "{{ x"; }},
        {"message.title", [](Campaign& c) { c.message.title = std::string((16 << 10) + 1, 'x'); },
         reasons::kLimitExceeded},
        {"message.body", [](Campaign& c) { c.message.body = ""; }},
        {"message.body", [](Campaign& c) { c.message.body = "{% if x %}"; }},
        {"message.time_to_live", [](Campaign& c) { c.message.time_to_live = absl::ZeroDuration(); }},
        {"message.time_to_live",
         [](Campaign& c) { c.message.time_to_live = limits::kMessageTimeToLive + absl::Seconds(1); }},
        {"end_time", [](Campaign& c) { c.start_time = c.end_time = kNoon; }},
        {"audience", [](Campaign& c) { c.audience = "event.name == 'x'"; }},
        {"audience", [](Campaign& c) { c.audience = "user.id"; }},
        {"audience", [](Campaign& c) { c.audience = std::string(4097, ' '); }, reasons::kLimitExceeded},
        {"delay_until",
         [](Campaign& c) {
           c.delay = absl::Hours(1);
           c.delay_until = DelayUntil{{0}, {}};
         }},
        {"tags[0]", [](Campaign& c) { c.tags = {"No"}; }},
        {"tags", [](Campaign& c) { c.tags.resize(33, "a"); }, reasons::kLimitExceeded},
        {"priority", [](Campaign& c) { c.priority = 1001; }},
        {"priority", [](Campaign& c) { c.priority = -1001; }},
        {"quiet_hours", [](Campaign& c) { c.quiet_hours.windows = {{{0}, {24 * 60}}}; }},
        {"ignore_quiet_hours",
         [](Campaign& c) {
           c.quiet_hours.windows = {{{0}, {60}}};
           c.ignore_quiet_hours = true;
         }},
        {"delivery_rate.most", [](Campaign& c) { c.delivery_rate = DeliveryRate{}; }},
        {"trigger.schedule.cron",
         [](Campaign& c) {
           c.trigger = {};
           c.trigger.kind = Trigger::Kind::kSchedule;
           c.trigger.schedule = {Schedule::Kind::kCron, {}, "never", "", ""};
         }},
        {"message",
         [](Campaign& c) {
           c.variants = {{"a", 1, false, c.message}};
         }},
        {"variants[0].message",
         [](Campaign& c) {
           c.variants = {{"a", 1, true, std::exchange(c.message, {})}};
         }},
        {"variants[1].control",
         [](Campaign& c) {
           c.message = {};
           c.variants = {{"a", 1, true, {}}, {"b", 1, true, {}}};
         }},
        {"variants[1].variant_id",
         [](Campaign& c) {
           const MessageTemplate message = std::exchange(c.message, {});
           c.variants = {{"a", 1, false, message}, {"a", 1, false, message}};
         }},
        {"variants[0].weight",
         [](Campaign& c) {
           c.variants = {{"a", -1, false, std::exchange(c.message, {})}};
         }},
        {"variants",
         [](Campaign& c) {
           const MessageTemplate message = std::exchange(c.message, {});
           for (int i = 0; i < 21; ++i) c.variants.push_back({StrCat("v", i), 1, false, message});
         }},
        {"variants[1].message.body",
         [](Campaign& c) {
           c.variants = {{"a", 1, true, {}}, {"b", 1, false, std::exchange(c.message, {})}};
           c.variants[1].message.body = "{{ x";
         }},
    }));

TEST(CompileCampaign, SaysWhereInTheCondition) {
  Campaign campaign = KnotsCampaign();
  campaign.condition = "true &&\n  nobody == 1";
  const absl::Status status = CompileCampaign(campaign).status();
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("condition: line 2, column 3: "));
}

TEST(CompileCampaign, SaysWhatTypeTheConditionHas) {
  Campaign campaign = KnotsCampaign();
  campaign.condition = "user.event_count('x')";
  EXPECT_THAT(std::string(CompileCampaign(campaign).status().message()),
              testing::HasSubstr("must be of type bool, and is of type int"));
}

}  // namespace
}  // namespace cadenza::rules
