// Where something stands in a template, and errors that say so. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_PLACE_H_
#define CADENZA_SERVER_RULES_LIQUID_PLACE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace cadenza::liquid {

// Both from 1; columns in characters.
struct Place {
  int line = 1;
  int column = 1;
};

// Of `at`, whose first byte must be one of `source`, or its end.
Place PlaceOf(std::string_view source, std::string_view at);

// "line L, column C: text", then the line of the template and, below it, a caret under the place. Of a long line the
// part around the place.
std::string WithPlace(std::string_view source, std::string_view at, std::string_view text);

// INVALID_ARGUMENT, and RESOURCE_EXHAUSTED, of WithPlace.
absl::Status ErrorAt(std::string_view source, std::string_view at, std::string_view text);
absl::Status LimitAt(std::string_view source, std::string_view at, std::string_view text);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_PLACE_H_
