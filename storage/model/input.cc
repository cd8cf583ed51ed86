#include "storage/model/input.h"

namespace cadenza {

static_assert(std::variant_size_v<decltype(Input::payload)> == 12);

std::string_view Input::event_name() const {
  if (const auto* event = std::get_if<CustomEvent>(&payload)) return event->name;
  return std::holds_alternative<Purchase>(payload) ? kPurchaseEventName : std::string_view();
}

}  // namespace cadenza
