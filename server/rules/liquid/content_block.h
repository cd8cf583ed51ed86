// {{ content_blocks.${name} }} of Braze. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_CONTENT_BLOCK_H_
#define CADENZA_SERVER_RULES_LIQUID_CONTENT_BLOCK_H_

#include <string_view>

#include "server/rules/liquid/expression.h"

namespace cadenza::liquid {

// The text of a content block, rendered with the variables of the template, which it may set. So it stands only where
// nothing lent can be held meanwhile: as the input of an output or an assignment.
class ContentBlockExpression : public Expression {
 public:
  // `name` is a view into the template's source.
  explicit ContentBlockExpression(std::string_view name) : name_(name) {}
  absl::StatusOr<Datum> Evaluate(Context& context) const override;
  bool IsSafe(const Context&) const override { return true; }

 private:
  std::string_view name_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_CONTENT_BLOCK_H_
