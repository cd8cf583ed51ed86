// Rules, measured: what the engine does with a compiled rule, beside the same rule written by hand in C++ over the same
// profile and event.
//
// A line of the result is one rule. To add one: a function in rules_bench.cc that prepares the rule and answers
// Compare(name, compiled, by_hand).
#ifndef CADENZA_CLIENTS_LOAD_RULES_BENCH_H_
#define CADENZA_CLIENTS_LOAD_RULES_BENCH_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/rules/cel/cel.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::load {

struct RulesOptions {
  int rounds = 2001;  // short ones: the fastest is one that nothing disturbed
  int calls = 1000;   // of one round
};

// One thread's CPU time for one call, over the rounds.
struct CallCost {
  double ns_low = 0;
  double ns_median = 0;
  std::optional<double> allocations;  // of one call; nothing where they cannot be counted (allocations.h)
};

struct RuleFigures {
  std::string name;
  CallCost compiled;
  CallCost by_hand;
  double ratio() const { return compiled.ns_low / by_hand.ns_low; }
};

// A customer with a past and an order of now; every rule that is measured applies to them.
struct Customer {
  Profile profile;
  Input order;
};
Customer MakeCustomer();

// A property, an attribute, and a count in a sliding window.
std::string GoldOrderCondition();
std::shared_ptr<const cel::Program> CompileGoldOrder();
// As the engine evaluates it: facts and scope are made for this evaluation.
bool Holds(const cel::Program& condition, const Customer& customer);
// The same by hand: what it says about the input and the profile after it.
bool IsGoldOrder(const Input& input, const Profile& profile);

std::vector<RuleFigures> MeasureRules(const RulesOptions& options);
// As a table for people.
std::string ToText(const std::vector<RuleFigures>& rules);
// A list of objects: name; compiled and by_hand, each with ns_low, ns_median, allocations; ratio.
nlohmann::json ToJson(const std::vector<RuleFigures>& rules);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_RULES_BENCH_H_
