// How Shopify's Liquid reads expressions in its lax mode: by searching for what it understands and passing over the
// rest (the regular expressions of lib/liquid/variable.rb, expression.rb and tags/*.rb). Nothing here fails but where
// even that finds nothing. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_LAX_H_
#define CADENZA_SERVER_RULES_LIQUID_LAX_H_

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/rules/liquid/expression.h"
#include "server/rules/liquid/parse_state.h"

namespace cadenza::liquid {

// Reads a text from its front.
class LaxScanner {
 public:
  explicit LaxScanner(std::string_view text) : rest_(text) {}
  std::string_view rest() const { return rest_; }
  bool AtEnd() const { return rest_.empty(); }
  void SkipSpaces();
  // A quoted string, or a run without blanks, commas and bars in which quotes hold together; nothing if neither begins
  // here.
  std::optional<std::string_view> Fragment();
  // The next one, wherever it begins; passes over what is before it.
  std::optional<std::string_view> FindFragment();
  // Letters, digits, '_', and with `dashes` '-'; may be empty.
  std::string_view Word(bool dashes);
  bool Accept(std::string_view text);

 private:
  std::string_view rest_;
};

// A literal, range or variable. Never null: what makes no sense is nil. Nested brackets beyond a depth are nil.
ExpressionPtr LaxExpression(ParseState& state, std::string_view markup);
// With filters. Null if there is nothing to evaluate.
ExpressionPtr LaxFiltered(ParseState& state, std::string_view markup);
// INVALID_ARGUMENT, without a place, if this is no condition.
absl::StatusOr<Condition> LaxCondition(ParseState& state, std::string_view markup);
// The `name: value` pairs anywhere in the markup, in their order.
std::vector<std::pair<std::string_view, ExpressionPtr>> LaxAttributes(ParseState& state, std::string_view markup);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_LAX_H_
