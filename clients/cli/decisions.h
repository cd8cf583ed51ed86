// What campaigns decided, shown to a person.
#ifndef CADENZA_CLIENTS_CLI_DECISIONS_H_
#define CADENZA_CLIENTS_CLI_DECISIONS_H_

#include <string>

#include "cadenza/v1/campaign_service.pb.h"

namespace cadenza::cli {

// "✓" and "✗", where standard output is a terminal that shows UTF-8; else "passed" and "stopped".
struct Marks {
  std::string passed;
  std::string stopped;
  static Marks OfOutput();
};

// "sent, variant b", "waits until 2026-11-26 08:00:00.000 UTC".
std::string FormatOutcome(const v1::Decision& decision);
// A line for each gate, aligned, with `indent` before it; each ends with a newline.
std::string FormatGates(const google::protobuf::RepeatedPtrField<v1::GateVerdict>& gates, const Marks& marks,
                        const std::string& indent);
// A line with when, which campaign and what came of it, and one for each gate.
std::string FormatDecision(const v1::Decision& decision, const Marks& marks);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_DECISIONS_H_
