#include "server/rules/condition_analysis.h"

#include <array>
#include <string_view>

#include "absl/strings/str_join.h"
#include "server/rules/cel/horizon.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"

namespace cadenza::rules {
namespace {

using Path = cel::Reads::Path;

void AddText(const std::optional<cel::Value>& value, Names* to) {
  if (value.has_value() && value->kind() == cel::Value::Kind::kString) {
    to->names.insert(value->string_value());
  } else {
    to->any = true;
  }
}

// What the first argument of a function names.
Names* NamedBy(std::string_view function, ConditionReads* reads) {
  struct Row {
    std::string_view function;
    Names ConditionReads::*named;
  };
  constexpr std::array<Row, 9> kRows = {{{"event_count", &ConditionReads::events},
                                         {"first_event", &ConditionReads::events},
                                         {"last_event", &ConditionReads::events},
                                         {"received", &ConditionReads::campaigns},
                                         {"opened", &ConditionReads::campaigns},
                                         {"clicked", &ConditionReads::campaigns},
                                         {"in_segment", &ConditionReads::segments},
                                         {"subscribed", &ConditionReads::channels},
                                         {"spent", &ConditionReads::currencies}}};
  for (const Row& row : kRows) {
    if (row.function == function) return &(reads->*row.named);
  }
  return nullptr;
}

void AddCall(const cel::Reads::Call& call, ConditionReads* reads) {
  Names* named = NamedBy(call.function, reads);
  if (named == nullptr || call.args.empty()) return;
  AddText(call.args[0], named);
  if (call.args.size() < 2) return;
  if (call.args[1].has_value() && call.args[1]->kind() == cel::Value::Kind::kDuration) {
    reads->windows.insert(call.args[1]->duration_value());
  } else {
    reads->any_window = true;
  }
}

// The name below {a, b}, or any if the path ends there.
void AddNameBelow(const Path& path, Names* to) {
  if (path.size() > 2) {
    to->names.insert(path[2]);
  } else {
    to->any = true;
  }
}

void AddPath(const Path& path, ConditionReads* reads) {
  if (path[0] == "now") {
    reads->clock = true;
    return;
  }
  const bool whole = path.size() == 1;
  const std::string_view member = whole ? std::string_view() : std::string_view(path[1]);
  if (path[0] == "event" && (whole || member == "properties")) AddNameBelow(path, &reads->properties);
  if (path[0] == "user" && (whole || member == "attributes")) AddNameBelow(path, &reads->attributes);
  if (path[0] == "user" && member == "timezone") reads->attributes.names.insert(std::string(kTimeZoneAttribute));
  if (path[0] == "user" && member == "language") reads->attributes.names.insert(std::string(kLanguageAttribute));
  if (path[0] == "user" && (whole || (member == "purchases" && (path.size() < 3 || path[2] == "revenue")))) {
    path.size() > 3 ? void(reads->currencies.names.insert(path[3])) : void(reads->currencies.any = true);
  }
  if (whole) {
    reads->members.any = true;
  } else if (member != "properties" && member != "attributes") {
    reads->members.names.insert(absl::StrJoin(path, "."));
  }
}

}  // namespace

ConditionReads ReadsOf(const cel::Program& condition) {
  ConditionReads reads;
  for (const Path& path : condition.reads().paths) AddPath(path, &reads);
  for (const cel::Reads::Call& call : condition.reads().calls) AddCall(call, &reads);
  return reads;
}

std::optional<absl::Time> NextChange(const cel::Program& condition, const Input& input, const Profile& profile,
                                     absl::Duration session_gap) {
  cel::Horizon horizon(input.clock);
  const Facts facts(input, profile, session_gap, &horizon);
  // The outcome does not matter: an error stays as long as what led to it.
  condition.Evaluate(CelScope(facts), &horizon).IgnoreError();
  return horizon.at();
}

std::optional<absl::Time> NextChange(const cel::Program& condition, const Profile& profile, absl::Time now,
                                     absl::Duration session_gap) {
  Input input;
  input.time = input.receive_time = input.clock = now;
  return NextChange(condition, input, profile, session_gap);
}

}  // namespace cadenza::rules
