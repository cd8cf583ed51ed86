#include "clients/cli/decisions.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "clients/cli/output.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

// By the first of the variables of POSIX that is set.
bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string locale = absl::AsciiStrToLower(value);
    return absl::StrContains(locale, "utf-8") || absl::StrContains(locale, "utf8");
  }
  return false;
}

std::string_view OutcomeName(v1::Decision::Outcome outcome) {
  switch (outcome) {
    case v1::Decision::OUTCOME_STOPPED:
      return "stopped";
    case v1::Decision::OUTCOME_CONTROL:
      return "control: nothing is sent";
    case v1::Decision::OUTCOME_WAITS:
      return "waits";
    case v1::Decision::OUTCOME_SENT:
      return "sent";
    case v1::Decision::OUTCOME_CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

}  // namespace

Marks Marks::OfOutput() {
  if (isatty(STDOUT_FILENO) != 0 && LocaleIsUtf8()) return {"\xE2\x9C\x93", "\xE2\x9C\x97"};
  return {"passed ", "stopped"};
}

std::string FormatOutcome(const v1::Decision& decision) {
  std::string text(OutcomeName(decision.outcome()));
  if (decision.has_wait_time()) text += StrCat(" until ", FormatTime(decision.wait_time()));
  if (!decision.variant_id().empty()) text += StrCat(", variant ", decision.variant_id());
  return text;
}

std::string FormatGates(const google::protobuf::RepeatedPtrField<v1::GateVerdict>& gates, const Marks& marks,
                        const std::string& indent) {
  size_t width = 0;
  for (const v1::GateVerdict& gate : gates) width = std::max(width, gate.gate().size());
  std::string text;
  for (const v1::GateVerdict& gate : gates) {
    const std::string& mark = gate.passed() ? marks.passed : marks.stopped;
    text += absl::StrFormat("%s%-*s  %s", indent, static_cast<int>(width), gate.gate(), mark);
    if (!gate.detail().empty()) text += StrCat("  ", Plain(gate.detail()));
    text += "\n";
  }
  return text;
}

std::string FormatDecision(const v1::Decision& decision, const Marks& marks) {
  return StrCat(FormatTime(decision.time()), "  ", Plain(decision.campaign_id()), "  ", FormatOutcome(decision),
                "  (input ", decision.user_seq(), ", event ", Plain(decision.event_id()), ")\n",
                FormatGates(decision.gates(), marks, "  "));
}

}  // namespace cadenza::cli
