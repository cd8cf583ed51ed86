// A campaign, a user and events of a pizza shop, for the tests of the rules.
#ifndef CADENZA_TESTS_UNIT_SERVER_RULES_FIXTURES_H_
#define CADENZA_TESTS_UNIT_SERVER_RULES_FIXTURES_H_

#include <string>
#include <utility>
#include <vector>

#include "server/apply/apply.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "server/rules/timers.h"

namespace cadenza::rules {

inline const absl::Time kNoon = absl::FromUnixSeconds(1'700'049'600);  // 2023-11-15 12:00 UTC
inline constexpr absl::Duration kGap = absl::Minutes(30);
inline constexpr Options kOptions{kGap};

// Confirms the first order of a week that is worth it and has no garlic knots, and offers some.
inline Campaign KnotsCampaign() {
  Campaign campaign;
  campaign.workspace = "pizza";
  campaign.campaign_id = "knots";
  campaign.state = Campaign::State::kActive;
  campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  campaign.condition =
      "event.name == \"order_placed\" && !event.properties.lines.exists(l, l.name == \"Garlic knots\") && "
      "event.properties.total > 15.0 && user.event_count(\"order_placed\", duration(\"168h\")) == 1";
  campaign.cooldown = absl::Hours(24 * 30);
  campaign.message.channel = "push";
  campaign.message.title = "Order {{ event.properties.number }}";
  campaign.message.body =
      "{{ user.attributes.first_name | default: 'Hello' }}, your "
      "{% for line in event.properties.lines %}{% unless forloop.first %}, {% endunless %}{{ line.quantity }} {{ "
      "line.name }} "
      "pizza{% if line.quantity != 1 %}s{% endif %}{% endfor %} are in the oven. Garlic knots for 3.50 EUR?";
  campaign.message.time_to_live = absl::Hours(2);
  campaign.revision = 1;
  return campaign;
}

inline Value Line(std::string name, int64_t quantity) {
  return Value::Map({{"name", Value::String(std::move(name))}, {"quantity", Value::Int(quantity)}});
}

inline Input Order(std::string event_id, absl::Time time, std::vector<Value> lines, double total) {
  Input input;
  input.event_id = std::move(event_id);
  input.user = UserKey::User("pizza", "ada");
  input.time = input.receive_time = input.clock = time;
  input.payload = CustomEvent{
      "order_placed",
      {{"lines", Value::List(std::move(lines))}, {"number", Value::Int(7)}, {"total", Value::Double(total)}}};
  return input;
}

inline Input PurchaseOf(std::string event_id, absl::Time time, std::string product_id) {
  Input input = Order(std::move(event_id), time, {}, 0);
  input.payload = Purchase{std::move(product_id), Money::Of("EUR", 3, 500'000'000), 2, {{"gift", Value::Bool(true)}}};
  return input;
}

inline Profile Ada() {
  Profile profile;
  profile.key = UserKey::User("pizza", "ada");
  profile.attributes.Set("first_name", Value::String("Ada"));
  return profile;
}

// Applies the input and decides, as a lane does.
using Outcome = Effects;
inline Outcome Submit(const RuleSet& rule_set, const Input& input, Profile* profile) {
  apply::Applied applied;
  const absl::Status status = apply::ApplyInput(input, {kGap}, profile, &applied);
  EXPECT_TRUE(status.ok()) << status;
  Outcome outcome;
  outcome.Clear(input.clock);
  Decide(rule_set, input, applied, kOptions, profile, &outcome);
  return outcome;
}

// "trigger+", "condition-": what each gate said.
inline std::vector<std::string> GatesOf(const Decision& decision) {
  std::vector<std::string> gates;
  for (const GateVerdict& verdict : decision.gates) {
    EXPECT_FALSE(verdict.detail.empty()) << GateName(verdict.gate);
    gates.push_back(StrCat(GateName(verdict.gate), verdict.passed ? "+" : "-"));
  }
  return gates;
}

inline std::shared_ptr<const RuleSet> RulesOf(const std::vector<Campaign>& campaigns) {
  std::vector<std::string> errors;
  auto rule_set = RuleSet::Build(1, campaigns, nullptr, &errors);
  EXPECT_TRUE(errors.empty()) << errors.front();
  return rule_set;
}

}  // namespace cadenza::rules

#endif  // CADENZA_TESTS_UNIT_SERVER_RULES_FIXTURES_H_
