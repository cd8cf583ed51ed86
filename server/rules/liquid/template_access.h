// What templates within templates need of one another. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_TEMPLATE_ACCESS_H_
#define CADENZA_SERVER_RULES_LIQUID_TEMPLATE_ACCESS_H_

#include <string_view>

#include "server/rules/liquid/liquid.h"
#include "server/rules/liquid/node.h"

namespace cadenza::liquid {

inline constexpr std::string_view kContentBlock = "content block";
inline constexpr std::string_view kPartial = "partial";

class TemplateAccess {
 public:
  static std::string_view Source(const Template& of);
  static const Block& Body(const Template& of);
  static bool KeepsLoopPositions(const Template& of);
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_TEMPLATE_ACCESS_H_
