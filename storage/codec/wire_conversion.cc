#include "storage/codec/wire_conversion.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {

absl::StatusOr<Conversion> FromProto(const v1::Conversion& proto) {
  Conversion conversion;
  conversion.conversion_id = proto.conversion_id();
  switch (proto.goal_case()) {
    case v1::Conversion::kEventName:
      conversion.goal = Conversion::Goal::kEventName;
      conversion.event_name = proto.event_name();
      break;
    case v1::Conversion::kPurchaseMade:
      conversion.goal = Conversion::Goal::kPurchaseMade;
      conversion.product_id = proto.purchase_made().product_id();
      break;
    case v1::Conversion::kSessionStarted:
      conversion.goal = Conversion::Goal::kSessionStarted;
      break;
    default:
      break;
  }
  conversion.condition = proto.condition();
  if (proto.has_window()) {
    CADENZA_ASSIGN_UNDER("window", conversion.window, FromProto(proto.window()));
  }
  conversion.revenue_property = proto.revenue_property();
  conversion.currency_property = proto.currency_property();
  conversion.currency_code = proto.currency_code();
  return conversion;
}

void ToProto(const Conversion& conversion, v1::Conversion* proto) {
  proto->set_conversion_id(conversion.conversion_id);
  switch (conversion.goal) {
    case Conversion::Goal::kNone:
      break;
    case Conversion::Goal::kEventName:
      proto->set_event_name(conversion.event_name);
      break;
    case Conversion::Goal::kPurchaseMade:
      proto->mutable_purchase_made()->set_product_id(conversion.product_id);
      break;
    case Conversion::Goal::kSessionStarted:
      proto->mutable_session_started();
      break;
  }
  proto->set_condition(conversion.condition);
  if (conversion.window != absl::ZeroDuration()) ToProto(conversion.window, proto->mutable_window());
  proto->set_revenue_property(conversion.revenue_property);
  proto->set_currency_property(conversion.currency_property);
  proto->set_currency_code(conversion.currency_code);
}

}  // namespace cadenza
