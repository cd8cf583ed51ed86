#include "storage/codec/wire_decision.h"

#include <string>

#include "storage/base/text.h"
#include "storage/codec/wire.h"

namespace cadenza {

void ToProto(const GateVerdict& verdict, v1::GateVerdict* proto) {
  proto->set_gate(std::string(GateName(verdict.gate)));
  proto->set_passed(verdict.passed);
  proto->set_detail(verdict.detail);
}

void ToProto(const Decision& decision, v1::Decision* proto) {
  proto->set_campaign_id(decision.campaign_id);
  if (decision.campaign_revision > 0) proto->set_campaign_etag(StrCat(decision.campaign_revision));
  proto->set_outcome(static_cast<v1::Decision::Outcome>(decision.outcome));
  proto->set_variant_id(decision.variant_id);
  ToProto(decision.time, proto->mutable_time());
  proto->set_user_seq(decision.user_seq);
  proto->set_event_id(decision.event_id);
  if (decision.wait_time != absl::InfinitePast()) ToProto(decision.wait_time, proto->mutable_wait_time());
  for (const GateVerdict& verdict : decision.gates) ToProto(verdict, proto->add_gates());
  proto->set_message_id(decision.message_id);
}

}  // namespace cadenza
