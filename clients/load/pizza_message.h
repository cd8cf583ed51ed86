// The message of an ordered pizza: as a template, as data, and written by hand with fmt, for cadenza-bench rules.
#ifndef CADENZA_CLIENTS_LOAD_PIZZA_MESSAGE_H_
#define CADENZA_CLIENTS_LOAD_PIZZA_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/rules/liquid/liquid.h"
#include "storage/model/value.h"

namespace cadenza::load {

// Eight variables, one loop over the lines of an order, two conditions, four filters.
std::string_view PizzaTemplate();

// What the template reads: ${name} and custom_attribute from the attributes, event_properties from the properties.
class PizzaScope : public liquid::Scope {
 public:
  PizzaScope();
  const Value* Borrow(std::string_view name) const override;
  Value Lookup(std::string_view) const override { return Value(); }
  const liquid::Scope* Nested(std::string_view name) const override;

 private:
  liquid::MapScope standard_;
  liquid::MapScope attributes_;
  liquid::MapScope properties_;
};

// The same data as a program would hold it.
struct PizzaOrder {
  struct Line {
    int64_t quantity;
    std::string name;
    double price;
  };
  std::string first_name;
  std::string city;
  int64_t loyalty_points;
  std::string number;
  std::string shop;
  std::vector<Line> lines;
  double total;
  bool express;
  int ready_hour;
  int ready_minute;
};
PizzaOrder MakePizzaOrder();

// Appends the text that the template renders.
void FormatPizzaMessage(const PizzaOrder& order, std::string* out);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_PIZZA_MESSAGE_H_
