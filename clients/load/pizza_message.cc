#include "clients/load/pizza_message.h"

#include <fmt/format.h>

#include <cctype>
#include <iterator>
#include <utility>

namespace cadenza::load {
namespace {

const absl::Time kReady = absl::FromUnixSeconds(1'767'225'600) + absl::Hours(18) + absl::Minutes(45);

Value Line(int64_t quantity, std::string name, double price) {
  return Value::Map(
      {{"name", Value::String(std::move(name))}, {"price", Value::Double(price)}, {"quantity", Value::Int(quantity)}});
}

}  // namespace

std::string_view PizzaTemplate() {
  return "Hi {{${first_name} | default: 'friend'}}, thank you for order {{event_properties.${number}}} at "
         "{{event_properties.${shop}}}!\n"
         "{% for line in event_properties.${lines} %}{{ line.quantity }} x {{ line.name }}, {{ line.price }} EUR\n"
         "{% endfor %}"
         "Together {{ event_properties.${total} | round: 2 }} EUR, ready at {{ event_properties.${ready} | date: "
         "'%H:%M' }}.\n"
         "{% if event_properties.${express} %}Our rider is on the way to {{ ${city} | upcase }}.\n{% endif %}"
         "{% if custom_attribute.${loyalty_points} > 1000 %}Garlic knots are on us today.\n{% endif %}";
}

PizzaScope::PizzaScope()
    : standard_({{"${city}", Value::String("Naples")}, {"${first_name}", Value::String("Ada")}}),
      attributes_({{"loyalty_points", Value::Int(1200)}, {"plan", Value::String("gold")}}),
      properties_({{"express", Value::Bool(true)},
                   {"lines", Value::List({Line(2, "Quattro Formaggi", 12.5), Line(1, "Margherita", 8.75),
                                          Line(3, "Sparkling water", 2.25)})},
                   {"number", Value::String("2026-000117")},
                   {"ready", Value::Timestamp(kReady)},
                   {"shop", Value::String("Pizzeria da Michele")},
                   {"total", Value::Double(40.5)}}) {}

const Value* PizzaScope::Borrow(std::string_view name) const {
  return name.starts_with("${") ? standard_.Borrow(name) : nullptr;
}

const liquid::Scope* PizzaScope::Nested(std::string_view name) const {
  if (name == "event_properties") return &properties_;
  return name == "custom_attribute" ? &attributes_ : nullptr;
}

PizzaOrder MakePizzaOrder() {
  return {"Ada",
          "Naples",
          1200,
          "2026-000117",
          "Pizzeria da Michele",
          {{2, "Quattro Formaggi", 12.5}, {1, "Margherita", 8.75}, {3, "Sparkling water", 2.25}},
          40.5,
          true,
          18,
          45};
}

void FormatPizzaMessage(const PizzaOrder& order, std::string* out) {
  auto end = std::back_inserter(*out);
  fmt::format_to(end, "Hi {}, thank you for order {} at {}!\n", order.first_name.empty() ? "friend" : order.first_name,
                 order.number, order.shop);
  for (const PizzaOrder::Line& line : order.lines) {
    fmt::format_to(end, "{} x {}, {} EUR\n", line.quantity, line.name, line.price);
  }
  fmt::format_to(end, "Together {} EUR, ready at {:02}:{:02}.\n", order.total, order.ready_hour, order.ready_minute);
  if (order.express) {
    std::string city = order.city;
    for (char& c : city) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    fmt::format_to(end, "Our rider is on the way to {}.\n", city);
  }
  if (order.loyalty_points > 1000) fmt::format_to(end, "Garlic knots are on us today.\n");
}

}  // namespace cadenza::load
