// What conditions and templates can ask of an event and a user.
#include "absl/strings/str_join.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"
#include "server/rules/liquid_scope.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

// A user who opened the app half an hour ago, ordered, and has bought things before.
class Scopes : public testing::Test {
 protected:
  Scopes() {
    profile_.create_time = kNoon - absl::Hours(48);
    profile_.attributes.Set("address", Value::Map({{"city", Value::String("Linz")}}));
    profile_.attributes.Set("vip", Value::Bool(true));
    profile_.attributes.Set("time_zone", Value::String("Europe/Vienna"));
    profile_.other_names = {"a:device-1", "l:crm:42"};
    profile_.sessions.count = 3;
    profile_.sessions.total_time = absl::Minutes(90);
    profile_.sessions.first_start = kNoon - absl::Hours(48);
    profile_.sessions.current = Session{"s-3", kNoon - absl::Minutes(10), kNoon, 4};
    profile_.purchases.count = 2;
    profile_.purchases.revenue["EUR"] = Money::Of("EUR", 12, 500'000'000);
    profile_.events["order_placed"].Add(kNoon - absl::Hours(30));
    profile_.events["order_placed"].Add(kNoon - absl::Hours(2));
    profile_.events["order_placed"].Add(kNoon);
    profile_.campaigns["welcome"] = {1, kNoon - absl::Hours(3)};
    profile_.campaigns["welcome"].Of(Receipt::Kind::kOpened) = {1, kNoon - absl::Hours(2)};
    profile_.subscriptions["email"] = SubscriptionState::kUnsubscribed;
  }

  absl::StatusOr<cel::Value> Evaluate(std::string_view expression) const {
    auto program = cel::Compile(expression, ConditionEnv());
    if (!program.ok()) return program.status();
    const Facts facts(input_, profile_, kGap);
    auto value = (*program)->Evaluate(CelScope(facts));
    if (!value.ok()) return value.status();
    // Only scalars may outlive the scope.
    if (value->kind() == cel::Value::Kind::kString) return cel::Value::String(value->string_value());
    return value;
  }

  std::string Show(std::string_view expression) const {
    auto value = Evaluate(expression);
    return value.ok() ? value->DebugString() : std::string(value.status().message());
  }

  std::string Render(std::string_view source) const {
    auto parsed = liquid::Template::Parse(source);
    if (!parsed.ok()) return parsed.status().ToString();
    const Facts facts(input_, profile_, kGap);
    auto rendering = (*parsed)->Render(LiquidScope(facts, message_), facts.now);
    return rendering.ok() ? rendering->output : rendering.status().ToString();
  }

  Profile profile_ = Ada();
  Campaign campaign_ = [] {
    Campaign campaign;
    campaign.campaign_id = "knots";
    campaign.message.channel = "push";
    return campaign;
  }();
  MessageFacts message_{.campaign = &campaign_, .message_id = "m-1", .locale = "en-GB"};
  Input input_ = Order("o1", kNoon, {Line("Margherita", 2)}, 17.5);
};

TEST_F(Scopes, ConditionsHold) {
  for (const char* expression : {
           "event.name == 'order_placed' && event.id == 'o1' && event.kind == 'custom_event'",
           "event.time == now && now == timestamp('2023-11-15T12:00:00Z')",
           "event.properties.total == 17.5 && event.properties.lines[0].quantity == 2",
           "'total' in event.properties && !('tip' in event.properties) && !has(event.properties.tip)",
           "!has(event.product_id) && !has(event.price)",
           "user.id == 'ada' && !user.anonymous && user.created_at < now",
           "user.attributes.first_name == 'Ada' && user.attributes.address.city == 'Linz' && user.attributes.vip == "
           "true",
           "user.attributes.all(k, k != 'last_name') && size(user.attributes) == 4",
           "user.aliases == ['crm:42']",
           "user.timezone == 'Europe/Vienna' && now.getHours(user.timezone) == 13 && !has(user.language)",
           "user.session.active && user.session.id == 's-3' && user.session.count == 3 && user.session.event_count == "
           "4",
           "user.session.duration == duration('10m') && user.session.total_time == duration('90m')",
           "has(user.session.first_start) && !has(user.session.last_end)",
           "user.purchases.count == 2 && user.purchases.revenue.EUR == 12.5 && !has(user.purchases.last_time)",
           "user.event_count('order_placed') == 3 && user.event_count('nothing') == 0",
           "user.event_count('order_placed', duration('24h')) == 2 && user.event_count('order_placed', duration('1h')) "
           "== 1",
           "user.first_event('order_placed') == now - duration('30h') && user.last_event('order_placed') == now",
           "user.spent('EUR') == 12.5 && user.spent('USD') == 0.0",
           "user.received('welcome') && user.received('welcome', duration('4h')) && !user.received('welcome', "
           "duration('3h'))",
           "user.opened('welcome') && user.opened('welcome', duration('3h')) && !user.opened('welcome', "
           "duration('2h'))",
           "!user.clicked('welcome') && !user.clicked('welcome', duration('3h')) && !user.opened('other')",
           "!has(event.receipt) && !has(event.message_id) && !has(event.campaign_id)",
           "!user.received('other') && user.subscribed('push') && !user.subscribed('email')",
       }) {
    EXPECT_EQ(Show(expression), "true") << expression;
  }
}

TEST_F(Scopes, WhatIsNotThereIsAnErrorWithItsName) {
  EXPECT_THAT(Show("event.properties.tip > 1"), testing::HasSubstr("tip"));
  EXPECT_THAT(Show("event.product_id == 'x'"), testing::HasSubstr("product_id"));
  EXPECT_THAT(Show("user.first_event('nothing') < now"), testing::HasSubstr("the user has no event 'nothing'"));
  EXPECT_THAT(Show("user.attributes.shoe_size > 40"), testing::HasSubstr("shoe_size"));
  EXPECT_EQ(Show("event.properties.tip > 1 || event.name == 'order_placed'"), "true");
}

TEST_F(Scopes, PurchasesShowTheirProduct) {
  input_ = PurchaseOf("p1", kNoon, "knots");
  EXPECT_EQ(
      Show(
          "event.name == 'purchase' && event.kind == 'purchase' && event.product_id == 'knots' && event.quantity == 2"),
      "true");
  EXPECT_EQ(Show("event.price == 3.5 && event.currency == 'EUR' && event.properties.gift == true"), "true");
  EXPECT_EQ(Render("{{ event.quantity }} {{ event.product_id }} for {{ event.price }} {{ event.currency }}"),
            "2 knots for 3.5 EUR");
}

TEST_F(Scopes, ReceiptsShowTheirMessage) {
  Message message;
  message.message_id = ToHex(DigestOf("m"));
  message.campaign_id = "welcome";
  message.variant_id = "b";
  message.create_time = kNoon - absl::Hours(3);
  apply::RememberMessage(message, &profile_);
  input_.payload = Receipt{Receipt::Kind::kClicked, message.message_id, "menu"};
  EXPECT_EQ(Show("event.kind == 'receipt' && event.receipt == 'clicked' && event.link_id == 'menu'"), "true");
  EXPECT_EQ(Show("event.campaign_id == 'welcome' && event.variant_id == 'b' && size(event.message_id) == 32"), "true");
  EXPECT_EQ(Render("{{ event.receipt }} {{ event.link_id }} of {{ event.campaign_id }}"), "clicked menu of welcome");
  input_.payload = Receipt{Receipt::Kind::kOpened, ToHex(DigestOf("another")), ""};
  EXPECT_EQ(Show("event.receipt == 'opened' && !has(event.link_id) && !has(event.campaign_id)"), "true");
}

TEST_F(Scopes, OtherInputsHaveNoProperties) {
  input_.payload = SessionStart{};
  EXPECT_EQ(Show("event.kind == 'session_start' && event.name == '' && size(event.properties) == 0"), "true");
}

TEST_F(Scopes, ALapsedSessionIsNotActive) {
  profile_.sessions.current->last_activity = kNoon - kGap - absl::Seconds(1);
  EXPECT_EQ(Show("!user.session.active && !has(user.session.id) && user.session.count == 3"), "true");
  EXPECT_EQ(Render("[{{ user.session.id }}]"), "[]");
}

TEST_F(Scopes, AnonymousUsers) {
  profile_.key = UserKey::Anonymous("pizza", "device-1");
  EXPECT_EQ(Show("user.anonymous && user.id == 'device-1'"), "true");
}

TEST_F(Scopes, TemplatesReadTheSame) {
  EXPECT_EQ(Render("{{ user.attributes.first_name }} of {{ user.attributes.address.city }}"), "Ada of Linz");
  EXPECT_EQ(Render("{{ event.name }} {{ event.properties.total }} {{ event.properties.lines.first.name }}"),
            "order_placed 17.5 Margherita");
  EXPECT_EQ(
      Render(
          "{{ user.id }} {{ user.aliases | join: ',' }} {{ user.session.duration }} {{ user.purchases.revenue.EUR }}"),
      "ada crm:42 600 12.5");
  EXPECT_EQ(Render("{{ event.time | date: '%H:%M' }} {{ now | date: '%F' }} {{ 'now' | date: '%F' }}"),
            "12:00 2023-11-15 2023-11-15");
  EXPECT_EQ(Render("{{ user.nothing }}{{ event.product_id }}{{ nobody.at.all }}"), "");
  EXPECT_EQ(Render("{% for pair in user.attributes %}{{ pair[0] }} {% endfor %}{{ user.attributes.size }}"),
            "address first_name time_zone vip 4");
}

TEST(IsKnownName, FollowsWhatTemplatesCanRead) {
  using Path = std::vector<std::string_view>;
  const std::pair<Path, bool> cases[] = {
      {{"event"}, true},
      {{"event", "name"}, true},
      {{"event", "name", "size"}, true},
      {{"event", "nmae"}, false},
      {{"event", "properties", "anything", "below"}, true},
      {{"user", "attributes", "anything"}, true},
      {{"user", "first_name"}, false},
      {{"user", "session", "count"}, true},
      {{"user", "session", "cuont"}, false},
      {{"user", "purchases", "revenue", "EUR"}, true},
      {{"${first_name}"}, true},
      {{"${user_id}"}, true},
      {{"${fist_name}"}, false},
      {{"${}"}, false},
      {{"custom_attribute", "anything"}, true},
      {{"event_properties", "anything"}, true},
      {{"campaign", "name"}, true},
      {{"campaign", "nmae"}, false},
      {{"message", "locale"}, true},
      {{"message", "title"}, false},
      {{"now"}, true},
      {{"usr", "id"}, false},
  };
  for (const auto& [path, known] : cases)
    EXPECT_EQ(IsKnownName(path), known) << absl::StrJoin(
        path, ".", [](std::string* out, std::string_view part) { out->append(part); });
}

}  // namespace
}  // namespace cadenza::rules
