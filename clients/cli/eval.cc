#include <cstdio>
#include <memory>

#include "absl/time/clock.h"
#include "clients/cli/answer_lines.h"
#include "clients/cli/cel/cel_case.h"
#include "clients/cli/cel/tagged_json.h"
#include "clients/cli/command.h"
#include "clients/cli/given_facts.h"
#include "server/rules/cel_scope.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza eval '1 + 2 * 3'
  cadenza eval --profile ada.json -- '-user.event_count("refund") < 0'      # one that begins with a minus
  cadenza eval 'event.properties.total > 20.0 && user.attributes.plan == "gold"' --profile ada.json --event order.json
  cadenza eval --jsonl < cases.jsonl
The profile's file holds what `cadenza profile --json` prints, or {"user_id": "ada", "attributes": {"plan": "gold"}}; the
event's an input as `cadenza send --stdin` takes it, or {"name": "order_placed", "time": …, "properties": {…}}. Of the
times at which an event happened a profile has only the first and the last, and no window counts more.
--jsonl: each line is {"expr": …} with, if need be, "bindings", "typeEnv", "container" and "disableCheck"; the answer is a
line {"value": V}, where V names its type as in {"int":"7"}, or {"error": text}.
Exit code 5: the expression is wrong, or its evaluation failed.)";

// How much of a value is shown.
constexpr size_t kShownBytes = 1 << 20;

struct Flags {
  std::string expression;
  std::string profile;
  std::string event;
  bool jsonl = false;
};

// Errors of the language are those of what was given.
absl::StatusOr<std::string> Evaluate(const Globals& globals, const Flags& flags) {
  CADENZA_ASSIGN_OR_RETURN(const auto facts, GivenFacts::Read(flags.event, flags.profile, absl::Now()));
  CADENZA_ASSIGN_OR_RETURN(const auto program, cel::Compile(flags.expression, rules::ConditionEnv()));
  CADENZA_ASSIGN_OR_RETURN(const cel::Value value, program->Evaluate(*facts));
  if (!globals.json) return value.DebugString(kShownBytes);
  CADENZA_ASSIGN_OR_RETURN(const nlohmann::json tagged, TaggedFromValue(value));
  return nlohmann::json{{"value", tagged}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int RunEval(const Globals& globals, const Flags& flags) {
  if (flags.jsonl) return AnswerLines(AnswerCelLine, CelErrorLine);
  const absl::StatusOr<std::string> shown = Evaluate(globals, flags);
  if (!shown.ok()) return Fail(globals, shown.status());
  std::printf("%s\n", shown->c_str());
  return kOk;
}

}  // namespace

void AddEval(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("eval", "Evaluates a condition (CEL), here and without a server");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  CLI::Option* expression = command->add_option("expression", flags->expression, "what is to be evaluated");
  command->add_option("--profile", flags->profile, "a file with the user's profile")->type_name("FILE");
  command->add_option("--event", flags->event, "a file with the event")->type_name("FILE");
  CLI::Option* jsonl = command->add_flag("--jsonl", flags->jsonl, "answers the lines of standard input");
  jsonl->excludes(expression);
  command->callback([&globals, &action, flags, expression] {
    if (!flags->jsonl && expression->count() == 0) throw CLI::RequiredError("an expression, or --jsonl,");
    action = [&globals, flags] { return RunEval(globals, *flags); };
  });
}

}  // namespace cadenza::cli
