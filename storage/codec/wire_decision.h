// What campaigns decided, to protos; see wire.h.
#ifndef CADENZA_STORAGE_CODEC_WIRE_DECISION_H_
#define CADENZA_STORAGE_CODEC_WIRE_DECISION_H_

#include "cadenza/v1/campaign_service.pb.h"
#include "storage/model/decision.h"

namespace cadenza {

void ToProto(const GateVerdict& verdict, v1::GateVerdict* proto);
void ToProto(const Decision& decision, v1::Decision* proto);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_DECISION_H_
