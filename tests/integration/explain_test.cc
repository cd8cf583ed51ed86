// Campaigns with every limit, through the whole of the server: settings in force in each process, previews that change
// nothing, and decisions that say why.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "clients/cpp/status.h"
#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::WorkspaceSettings CappedAt(int32_t most) {
  v1::WorkspaceSettings settings;
  v1::FrequencyCap& cap = *settings.add_frequency_caps();
  cap.set_most(most);
  cap.mutable_window()->set_seconds(24 * 3600);
  cap.set_channel("push");
  return settings;
}

class ExplainTest : public ServedTest {
 protected:
  absl::StatusOr<v1::WorkspaceSettings> Set(const v1::WorkspaceSettings& settings, const Workspace& shop) {
    v1::UpdateWorkspaceSettingsRequest request;
    request.set_workspace(shop.name());
    *request.mutable_settings() = settings;
    const auto response = shop.client().UpdateWorkspaceSettings(request);
    if (!response.ok()) return response.status();
    return response->settings();
  }
  v1::WorkspaceSettings Get(const Workspace& shop) {
    v1::GetWorkspaceSettingsRequest request;
    request.set_workspace(shop.name());
    return shop.client().GetWorkspaceSettings(request)->settings();
  }
  // All decisions, the newest first, in pages of this size.
  std::vector<v1::Decision> Explain(const v1::UserRef& user, const std::string& campaign = "", int page_size = 0) {
    v1::ExplainCampaignRequest request;
    request.set_workspace(shop().name());
    request.set_campaign_id(campaign);
    request.set_page_size(page_size);
    *request.mutable_user() = user;
    std::vector<v1::Decision> decisions;
    do {
      const auto page = shop().client().ExplainCampaign(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      decisions.insert(decisions.end(), page->decisions().begin(), page->decisions().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return decisions;
  }
  // The one decision that the user's order leads to; what the gate said in `detail`.
  v1::Decision Decide(const v1::Campaign& campaign, const std::string& gate, std::string* detail) {
    const v1::UserRef user = UserId(StrCat("customer-", ++customers_));
    shop().Apply(Event(user, "order"));
    const std::vector<v1::Decision> decisions = Explain(user, campaign.campaign_id());
    EXPECT_EQ(decisions.size(), 1u);
    for (const v1::GateVerdict& verdict : decisions.at(0).gates()) {
      if (verdict.gate() == gate) *detail = verdict.detail();
    }
    return decisions.at(0);
  }
  Finished Run(std::vector<std::string> args, const std::string& input = "") {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--timeout", "30"});
    return Cadenza(std::move(args), input);
  }

 private:
  int customers_ = 0;
};

TEST_F(ExplainTest, SettingsAreSetAndGuardedByTheirEtag) {
  EXPECT_EQ(Get(shop()).etag(), "0");
  v1::WorkspaceSettings settings = CappedAt(3);
  settings.set_etag("0");
  const auto set = Set(settings, shop());
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->etag(), "1");
  EXPECT_TRUE(set->has_update_time());
  EXPECT_EQ(Get(shop()).SerializeAsString(), set->SerializeAsString());
  EXPECT_TRUE(absl::IsAborted(Set(settings, shop()).status()));
  settings.set_etag("");
  settings.mutable_frequency_caps(0)->set_most(0);
  const absl::Status wrong = Set(settings, shop()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(wrong)) << wrong;
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("settings.frequency_caps[0].most"));
  settings = CappedAt(1);
  settings.mutable_quiet_hours()->add_windows()->set_start("22:60");
  EXPECT_THAT(std::string(Set(settings, shop()).status().message()),
              HasSubstr("settings.quiet_hours.windows[0].start"));
  EXPECT_EQ(Get(shop()).etag(), "1");
}

TEST_F(ExplainTest, SettingsAreInForceInEveryProcess) {
  const auto other_server = StartServer(database());
  const Workspace other = shop().Through(other_server->target());
  shop().Activate(CampaignOn("thanks", "order"));
  int customers = 0;
  // How many of three orders of a new customer bring a message, by way of the other process.
  const auto messages = [&] {
    const v1::UserRef user = UserId(StrCat("other-", ++customers));
    for (int i = 0; i < 3; ++i) other.Apply(Event(user, "order"));
    return other.Messages(user).size();
  };
  EXPECT_TRUE(Eventually([&] { return messages() == 3; }));
  ASSERT_TRUE(Set(CappedAt(1), shop()).ok());
  EXPECT_TRUE(Eventually([&] { return messages() == 1; }));
  EXPECT_EQ(Get(other).SerializeAsString(), Get(shop()).SerializeAsString());
  ASSERT_TRUE(Set(CappedAt(2), other).ok());
  EXPECT_TRUE(Eventually([&] {
    const v1::UserRef user = UserId(StrCat("here-", ++customers));
    for (int i = 0; i < 3; ++i) shop().Apply(Event(user, "order"));
    return shop().Messages(user).size() == 2;
  }));
}

TEST_F(ExplainTest, ACapSaysHowManyAndWhenItFrees) {
  ASSERT_TRUE(Set(CappedAt(2), shop()).ok());
  shop().Activate(CampaignOn("thanks", "order"));
  const v1::UserRef ada = UserId("ada");
  for (int i = 0; i < 3; ++i) shop().Apply(Event(ada, "order"));
  const std::vector<v1::Decision> decisions = Explain(ada);
  ASSERT_EQ(decisions.size(), 3u);
  EXPECT_EQ(decisions[0].outcome(), v1::Decision::OUTCOME_STOPPED);
  EXPECT_EQ(decisions[0].user_seq(), 3);
  const v1::GateVerdict& last = *decisions[0].gates().rbegin();
  EXPECT_EQ(last.gate(), "frequency_cap");
  EXPECT_FALSE(last.passed());
  EXPECT_THAT(last.detail(), HasSubstr("2 of 2"));
  EXPECT_THAT(last.detail(), HasSubstr("frees at"));
  const std::vector<v1::Message> messages = shop().Messages(ada);
  ASSERT_EQ(messages.size(), 2u);
  for (size_t i : {1u, 2u}) {
    EXPECT_EQ(decisions[i].outcome(), v1::Decision::OUTCOME_SENT);
    EXPECT_EQ(decisions[i].message_id(), messages[2 - i].message_id());
    EXPECT_EQ(decisions[i].event_id(), messages[2 - i].event_id());
    EXPECT_EQ(decisions[i].campaign_etag(), "2") << "created, activated";
  }
  EXPECT_EQ(Explain(ada, "", /*page_size=*/1).size(), 3u);
  EXPECT_EQ(Explain(ada, "another").size(), 0u);
  EXPECT_EQ(Explain(ada, "thanks").size(), 3u);
}

TEST_F(ExplainTest, QuietHoursSayUntilWhen) {
  v1::Campaign campaign = CampaignOn("thanks", "order");
  v1::QuietWindow& window = *campaign.mutable_quiet_hours()->add_windows();
  window.set_start("00:00");
  window.set_end("24:00");
  for (absl::Duration day : {absl::ZeroDuration(), absl::Hours(24)}) {  // that the test may run past midnight
    window.add_weekdays(absl::AsciiStrToLower(absl::FormatTime("%A", absl::Now() + day, absl::UTCTimeZone())));
  }
  campaign.mutable_quiet_hours()->set_action(v1::QuietHours::ACTION_HOLD);
  shop().Activate(campaign);
  std::string detail;
  const v1::Decision decision = Decide(campaign, "quiet_hours", &detail);
  EXPECT_EQ(decision.outcome(), v1::Decision::OUTCOME_WAITS);
  EXPECT_TRUE(decision.has_wait_time());
  EXPECT_THAT(detail, HasSubstr("until"));
  EXPECT_THAT(detail, HasSubstr("UTC"));
}

TEST_F(ExplainTest, VariantsAndControlsAreNamed) {
  v1::Campaign campaign = CampaignOn("knots", "order");
  v1::Variant& sent = *campaign.add_variants();
  sent.set_variant_id("sent");
  sent.set_weight(1);
  *sent.mutable_message() = campaign.message();
  campaign.clear_message();
  v1::Variant& control = *campaign.add_variants();
  control.set_variant_id("nothing");
  control.set_control(true);
  control.set_weight(1);
  shop().Activate(campaign);
  int outcomes[2] = {0, 0};
  for (int i = 0; i < 30; ++i) {
    const v1::UserRef user = UserId(StrCat("user-", i));
    shop().Apply(Event(user, "order"));
    const std::vector<v1::Decision> decisions = Explain(user);
    const std::vector<v1::Message> messages = shop().Messages(user);
    ASSERT_EQ(decisions.size(), 1u);
    const bool is_control = decisions[0].outcome() == v1::Decision::OUTCOME_CONTROL;
    EXPECT_EQ(decisions[0].variant_id(), is_control ? "nothing" : "sent");
    ASSERT_EQ(messages.size(), is_control ? 0u : 1u);
    EXPECT_TRUE(is_control || messages[0].variant_id() == "sent");
    ++outcomes[is_control ? 1 : 0];
  }
  EXPECT_GT(outcomes[0], 0);
  EXPECT_GT(outcomes[1], 0);
}

TEST_F(ExplainTest, APreviewChangesNothing) {
  ASSERT_TRUE(Set(CappedAt(1), shop()).ok());
  v1::Campaign campaign = CampaignOn("thanks", "order");
  campaign.mutable_delivery_rate()->set_most(1);
  campaign.mutable_delivery_rate()->mutable_per()->set_seconds(24 * 3600);
  shop().Activate(campaign);
  const v1::UserRef ada = UserId("ada");
  const int64_t seq = shop().Apply(Event(ada, "hello"));
  const v1::Profile before = shop().Profile(ada, seq);
  v1::PreviewCampaignRequest request;
  request.set_workspace(shop().name());
  request.set_campaign_id("thanks");
  *request.mutable_input() = Event(ada, "order");
  for (int i = 0; i < 3; ++i) {
    const auto preview = shop().client().PreviewCampaign(request);
    ASSERT_TRUE(preview.ok()) << preview.status();
    EXPECT_EQ(preview->decision().outcome(), v1::Decision::OUTCOME_SENT);
    EXPECT_TRUE(preview->has_message()) << "neither the cap nor the rate is used up";
    EXPECT_TRUE(preview->decision().gates().empty());
    EXPECT_FALSE(preview->gates().empty());
  }
  EXPECT_EQ(shop().Profile(ada).SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(shop().Events(ada).size(), 1u);
  EXPECT_TRUE(shop().Messages(ada).empty());
  shop().Apply(Event(ada, "order"));
  EXPECT_EQ(shop().Messages(ada).size(), 1u) << "and its place in the rate was still there";
  const auto capped = shop().client().PreviewCampaign(request);
  EXPECT_EQ(capped->decision().outcome(), v1::Decision::OUTCOME_STOPPED);
  EXPECT_EQ(capped->gates().rbegin()->gate(), "frequency_cap");
}

TEST_F(ExplainTest, BadRequestsNameTheField) {
  v1::ExplainCampaignRequest request;
  request.set_workspace(shop().name());
  EXPECT_THAT(std::string(shop().client().ExplainCampaign(request).status().message()), HasSubstr("user"));
  *request.mutable_user() = UserId("nobody");
  EXPECT_TRUE(absl::IsNotFound(shop().client().ExplainCampaign(request).status()));
  request.set_page_token("x");
  EXPECT_TRUE(absl::IsInvalidArgument(shop().client().ExplainCampaign(request).status()));
  request.set_page_token("");
  request.set_page_size(1001);
  EXPECT_TRUE(absl::IsInvalidArgument(shop().client().ExplainCampaign(request).status()));
}

// --- the command line ---

constexpr char kEverything[] = R"yaml(
campaign_id: everything
state: STATE_ACTIVE
trigger: { event_name: order }
condition: event.properties.total > 15.0
audience: user.attributes.vip == true
cooldown: 3600s
recheck_condition: true
delay_until: { time_of_day: "18:00", weekday: friday }
exception_event_names: [refund]
start_time: "2026-01-01T00:00:00Z"
end_time: "2099-01-01T00:00:00Z"
variants:
  - { variant_id: a, weight: 2, message: { channel: push, body: "A", time_to_live: 3600s } }
  - { variant_id: b, weight: 1, message: { channel: push, body: "B", localizations: [ { locale: fr, body: "B!" } ] } }
  - { variant_id: nothing, weight: 1, control: true }
quiet_hours:
  windows:
    - { start: "22:00", end: "08:00" }
    - { start: "12:00", end: "14:00", weekdays: [saturday, sunday] }
  action: ACTION_HOLD
tags: [promotion, weekly]
priority: -5
delivery_rate: { most: 100, per: 60s, burst: true }
---
campaign_id: by-attribute
trigger: { attribute_changed: { attribute: plan, value: { string_value: gold } } }
once: true
ignore_quiet_hours: true
ignore_frequency_caps: true
message: { channel: push, body: "Gold!" }
---
campaign_id: by-subscription
trigger: { subscription_changed: { channel: push, state: SUBSCRIPTION_STATE_OPTED_IN } }
message: { channel: push, body: "Welcome" }
---
campaign_id: by-api
trigger: { api_triggered: {} }
message: { channel: push, body: "Hi" }
---
campaign_id: by-schedule
trigger: { schedule: { cron: "0 9 * * mon", time_zone: Europe/London, segment_id: vip } }
message: { channel: push, body: "Monday" }
)yaml";

TEST_F(ExplainTest, EveryFieldOfACampaignPassesFromAFile) {
  Finished applied = Run({"campaign", "apply", "-"}, kEverything);
  ASSERT_EQ(applied.exit_code, 0) << applied.err;
  const v1::Campaign stored = shop().client().GetCampaign(shop().For<v1::GetCampaignRequest>("everything"))->campaign();
  EXPECT_EQ(stored.audience(), "user.attributes.vip == true");
  EXPECT_EQ(stored.delay_until().time_of_day(), "18:00");
  EXPECT_EQ(stored.delay_until().weekday(), "friday");
  EXPECT_EQ(stored.start_time().seconds(), 1767225600);
  EXPECT_EQ(stored.variants_size(), 3);
  EXPECT_EQ(stored.variants(0).message().time_to_live().seconds(), 3600);
  EXPECT_EQ(stored.variants(1).message().localizations(0).locale(), "fr");
  EXPECT_TRUE(stored.variants(2).control());
  EXPECT_FALSE(stored.has_message());
  EXPECT_EQ(stored.quiet_hours().action(), v1::QuietHours::ACTION_HOLD);
  EXPECT_THAT(stored.quiet_hours().windows(1).weekdays(), ElementsAre("saturday", "sunday"));
  EXPECT_THAT(stored.tags(), ElementsAre("promotion", "weekly"));
  EXPECT_EQ(stored.priority(), -5);
  EXPECT_TRUE(stored.delivery_rate().burst());
  EXPECT_TRUE(stored.has_activate_time());
  const std::string shown = Run({"campaign", "get", "everything"}).out;
  EXPECT_THAT(shown, HasSubstr("a (weight 2) push: A"));
  EXPECT_THAT(shown, HasSubstr("nothing (weight 1): a control"));
  const auto trigger = [&](const char* id) {
    return shop().client().GetCampaign(shop().For<v1::GetCampaignRequest>(id))->campaign().trigger();
  };
  EXPECT_EQ(trigger("by-attribute").attribute_changed().value().string_value(), "gold");
  EXPECT_EQ(trigger("by-subscription").subscription_changed().state(), v1::SUBSCRIPTION_STATE_OPTED_IN);
  EXPECT_TRUE(trigger("by-api").has_api_triggered());
  EXPECT_EQ(trigger("by-schedule").schedule().time_zone(), "Europe/London");
  applied = Run({"campaign", "apply", "-"}, kEverything);
  EXPECT_EQ(applied.exit_code, 0) << applied.err;
  EXPECT_THAT(applied.out, Not(HasSubstr("updated"))) << applied.out;
}

TEST_F(ExplainTest, TheCommandLineShowsSettingsAndWhy) {
  Finished run = Run({"workspace", "settings"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("frequency cap   none"));
  run = Run({"workspace", "settings", "--file", "-"},
            "default_time_zone: Europe/London\nfrequency_caps: [ { most: 1, window: 86400s, channel: push } ]\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("Europe/London"));
  EXPECT_THAT(run.out, HasSubstr("1 in 24h, channel push"));
  run = Run({"workspace", "settings", "--file", "-"}, "default_time_zone: Nowhere/Land\n");
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.err, HasSubstr("settings.default_time_zone"));

  shop().Activate(CampaignOn("thanks", "order"));
  const v1::UserRef ada = UserId("ada");
  for (int i = 0; i < 2; ++i) shop().Apply(Event(ada, "order"));
  run = Run({"campaign", "explain", "thanks", "--user", "ada"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("thanks  stopped"));
  EXPECT_THAT(run.out, HasSubstr("  frequency_cap   stopped  "));
  EXPECT_THAT(run.out, HasSubstr("thanks  sent"));
  EXPECT_THAT(Run({"campaign", "explain", "--all", "--user", "ada", "--limit", "1"}).out, Not(HasSubstr("sent")));
  EXPECT_THAT(Run({"campaign", "explain", "other", "--user", "ada"}).out, HasSubstr("no decisions"));
  EXPECT_THAT(Run({"campaign", "explain", "thanks", "--user", "ada", "--json"}).out, HasSubstr("OUTCOME_SENT"));
  EXPECT_EQ(Run({"campaign", "explain", "--user", "ada"}).exit_code, 2);
  EXPECT_EQ(Run({"campaign", "explain", "--all", "--user", "nobody"}).exit_code, 3);
  run = Run({"campaign", "preview", "thanks", "--user", "ada", "--event", "order"});
  EXPECT_THAT(run.out, HasSubstr("outcome now: stopped"));
  EXPECT_THAT(run.out, HasSubstr("no message"));
}

}  // namespace
}  // namespace cadenza::testing
