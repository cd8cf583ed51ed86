#include "clients/load/rules_bench.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "clients/load/allocations.h"
#include "clients/load/pizza_message.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"
#include "server/rules/liquid/liquid.h"
#include "storage/model/limits.h"

namespace cadenza::load {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01

double CpuNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The compiler must not know what is behind the pointer, nor that nobody reads it.
template <typename T>
void Opaque(T* thing) {
  asm volatile("" : "+r"(thing) : : "memory");
}

template <typename Call>
CallCost CostOf(const RulesOptions& options, Call call) {
  std::vector<double> rounds;
  rounds.reserve(static_cast<size_t>(options.rounds));
  call();  // what is made once, for all calls
  const std::optional<int64_t> before = AllocationsOfThisThread();
  for (int round = 0; round < options.rounds; ++round) {
    const double begin = CpuNanoseconds();
    for (int i = 0; i < options.calls; ++i) call();
    rounds.push_back((CpuNanoseconds() - begin) / options.calls);
  }
  CallCost cost;
  if (before.has_value()) {
    cost.allocations = static_cast<double>(*AllocationsOfThisThread() - *before) / options.rounds / options.calls;
  }
  std::sort(rounds.begin(), rounds.end());
  cost.ns_low = rounds.front();
  cost.ns_median = rounds[rounds.size() / 2];
  return cost;
}

template <typename Compiled, typename ByHand>
RuleFigures Compare(const RulesOptions& options, std::string name, Compiled compiled, ByHand by_hand) {
  return {std::move(name), CostOf(options, compiled), CostOf(options, by_hand)};
}

[[noreturn]] void Fail(std::string_view what) {
  std::fprintf(stderr, "cadenza-bench rules: %s\n", std::string(what).c_str());
  std::abort();
}

// As the engine evaluates it: facts and scope are made for this evaluation.
RuleFigures GoldOrder(const RulesOptions& options) {
  const Customer customer = MakeCustomer();
  const auto program = cel::Compile(GoldOrderCondition(), rules::ConditionEnv());
  if (!program.ok()) Fail(std::string(program.status().message()));
  const auto compiled = [&customer, &program = **program] {
    const rules::Facts facts(customer.order, customer.profile, limits::kSessionGapDefault);
    const absl::StatusOr<cel::Value> value = program.Evaluate(rules::CelScope(facts));
    if (!value.ok() || !value->bool_value()) Fail("the condition does not hold");
  };
  const auto by_hand = [&customer] {
    const Customer* of = &customer;
    Opaque(of);
    if (!IsGoldOrder(of->order, of->profile)) Fail("the condition by hand does not hold");
  };
  return Compare(options, "condition", compiled, by_hand);
}

// Into a buffer that is used again.
RuleFigures PizzaMessage(const RulesOptions& options) {
  const auto parsed = liquid::Template::Parse(PizzaTemplate());
  if (!parsed.ok()) Fail(std::string(parsed.status().message()));
  const PizzaScope scope;
  const PizzaOrder order = MakePizzaOrder();
  const liquid::RenderOptions render;
  std::string rendered, formatted;
  const auto compiled = [&] {
    rendered.clear();
    if (!(*parsed)->Render(scope, render, &rendered, nullptr).ok()) Fail("the message cannot be rendered");
    Opaque(&rendered);
  };
  const auto by_hand = [&] {
    formatted.clear();
    FormatPizzaMessage(order, &formatted);
    Opaque(&formatted);
  };
  RuleFigures figures = Compare(options, "message", compiled, by_hand);
  if (rendered != formatted) Fail("the message and the one by hand differ");
  return figures;
}

nlohmann::json ToJson(const CallCost& cost) {
  nlohmann::json json = {{"ns_low", cost.ns_low}, {"ns_median", cost.ns_median}};
  if (cost.allocations.has_value()) json["allocations"] = *cost.allocations;
  return json;
}

std::string AllocationsText(const CallCost& cost) {
  return cost.allocations.has_value() ? absl::StrFormat("%.2f", *cost.allocations) : "-";
}

}  // namespace

Customer MakeCustomer() {
  Customer customer;
  Profile& profile = customer.profile;
  profile.key = UserKey::User("bench", "user-0000001");
  profile.create_time = kNow - absl::Hours(24 * 200);
  profile.attributes = {{"city", Value::String("Naples")},
                        {"email", Value::String("ada@example.com")},
                        {"first_name", Value::String("Ada")},
                        {"language", Value::String("en")},
                        {"last_name", Value::String("Number One")},
                        {"loyalty_points", Value::Int(1200)},
                        {"newsletter", Value::Bool(true)},
                        {"plan", Value::String("gold")},
                        {"score", Value::Double(17.25)}};
  for (const std::string_view name :
       {"article_finished", "cart_updated", "coupon_entered", "item_favoured", "level_ended", "order_placed",
        "page_viewed", "product_viewed", "search_made", "video_played"}) {
    // Twelve in a month, four of them within a week.
    EventHistory& history = profile.events[name];
    for (int i = 12; i-- > 0;) history.Add(kNow - absl::Hours(60 * i));
  }
  Input& order = customer.order;
  order.event_id = "0198c1a2-0000-7000-8000-000000000001";
  order.user = profile.key;
  order.time = order.receive_time = order.clock = kNow;
  order.payload = CustomEvent{"order_placed",
                              {{"currency", Value::String("EUR")},
                               {"express", Value::Bool(true)},
                               {"item", Value::String("Quattro Formaggi")},
                               {"quantity", Value::Int(2)},
                               {"shop", Value::String("Naples")},
                               {"total", Value::Double(31.5)}}};
  return customer;
}

std::string GoldOrderCondition() {
  return "event.properties.total > 20.0 && user.attributes.plan == \"gold\" && "
         "user.event_count(\"order_placed\", duration(\"168h\")) >= 3";
}

bool IsGoldOrder(const Input& input, const Profile& profile) {
  const auto* event = std::get_if<CustomEvent>(&input.payload);
  if (event == nullptr) return false;
  const Value* total = event->properties.Find("total");
  if (total == nullptr || total->kind() != Value::Kind::kDouble || !(total->double_value() > 20.0)) return false;
  const Value* plan = profile.attributes.Find("plan");
  if (plan == nullptr || plan->kind() != Value::Kind::kString || plan->string_value() != "gold") return false;
  const auto history = profile.events.find("order_placed");
  return history != profile.events.end() &&
         history->second.CountWithin(absl::Hours(168), std::max(input.clock, input.time)) >= 3;
}

std::vector<RuleFigures> MeasureRules(const RulesOptions& options) {
  return {GoldOrder(options), PizzaMessage(options)};
}

std::string ToText(const std::vector<RuleFigures>& rules) {
  std::string text = absl::StrFormat("%-12s %10s %10s %12s %10s %12s %7s\n", "rule", "best ns", "median ns",
                                     "allocations", "by hand ns", "allocations", "ratio");
  for (const RuleFigures& rule : rules) {
    absl::StrAppendFormat(&text, "%-12s %10.1f %10.1f %12s %10.1f %12s %7.2f\n", rule.name, rule.compiled.ns_low,
                          rule.compiled.ns_median, AllocationsText(rule.compiled), rule.by_hand.ns_low,
                          AllocationsText(rule.by_hand), rule.ratio());
  }
  return text;
}

nlohmann::json ToJson(const std::vector<RuleFigures>& rules) {
  nlohmann::json list = nlohmann::json::array();
  for (const RuleFigures& rule : rules) {
    list.push_back({{"name", rule.name},
                    {"compiled", ToJson(rule.compiled)},
                    {"by_hand", ToJson(rule.by_hand)},
                    {"ratio", rule.ratio()}});
  }
  return list;
}

}  // namespace cadenza::load
