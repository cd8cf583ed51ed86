#include <cstdio>
#include <memory>

#include "absl/time/clock.h"
#include "clients/cli/answer_lines.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/given_facts.h"
#include "clients/cli/liquid/liquid_case.h"
#include "server/rules/liquid/liquid.h"
#include "server/rules/liquid_scope.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza render order.liquid --profile ada.json --event order.json
  cadenza render --jsonl < cases.jsonl
The profile's file holds what `cadenza profile --json` prints, or {"user_id": "ada", "attributes": {...}}; the event's an
input as `cadenza send --stdin` takes it, or {"name": ..., "time": ..., "properties": {...}}. There are no catalogs and no
content blocks here: `cadenza campaign preview` has them.
--jsonl: each line is {"template": text} with, if need be, "data", "templates" (partials by name), "mode" (lax, warn or
strict), "inline_errors", "now", "time_zone", "locale" and "escape" (html or json); the answer is a line {"output": text}
or {"error": text}.
Exit code 5: the template is wrong, its rendering failed, or it aborted the message.)";

struct Flags {
  std::string file;
  std::string profile;
  std::string event;
  bool jsonl = false;
};

absl::StatusOr<std::string> RenderFile(const Flags& flags) {
  CADENZA_ASSIGN_OR_RETURN(const std::string source, ReadFile(flags.file));
  CADENZA_ASSIGN_OR_RETURN(const auto given, GivenFacts::Read(flags.event, flags.profile, absl::Now()));
  liquid::ParseOptions parse;
  parse.mode = liquid::Mode::kWarn;
  parse.is_known = rules::IsKnownName;
  CADENZA_ASSIGN_OR_RETURN(const auto parsed, liquid::Template::Parse(source, parse));
  for (const liquid::Warning& warning : parsed->warnings()) {
    std::fprintf(stderr, "line %d, column %d: %s\n", warning.line, warning.column, warning.text.c_str());
  }
  const rules::Facts& facts = given->facts();
  const Campaign campaign;
  const rules::MessageFacts message = {.campaign = &campaign, .message_id = "", .locale = ""};
  liquid::RenderOptions options;
  options.now = facts.now;
  if (const Value* zone = facts.profile->attributes.Find(rules::kTimeZoneAttribute);
      zone != nullptr && zone->kind() == Value::Kind::kString) {
    options.time_zone = FindTimeZone(zone->string_value()).value_or(absl::UTCTimeZone());
  }
  CADENZA_ASSIGN_OR_RETURN(liquid::Rendering rendering, parsed->Render(rules::LiquidScope(facts, message), options));
  if (rendering.aborted) {
    return absl::InvalidArgumentError(StrCat("the template aborted the message: ", rendering.abort_reason));
  }
  return std::move(rendering.output);
}

int RunRender(const Globals& globals, const Flags& flags) {
  if (flags.jsonl) {
    return AnswerLines([](std::string_view line) { return AnswerLiquidLine(line, absl::Now()); }, LiquidErrorLine);
  }
  const absl::StatusOr<std::string> text = RenderFile(flags);
  if (!text.ok()) return Fail(globals, text.status());
  std::printf("%s", text->c_str());
  return kOk;
}

}  // namespace

void AddRender(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("render", "Renders a template (Liquid), here and without a server");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  CLI::Option* file = command->add_option("file", flags->file, "the template; - is standard input");
  command->add_option("--profile", flags->profile, "a file with the user's profile")->type_name("FILE");
  command->add_option("--event", flags->event, "a file with the event")->type_name("FILE");
  CLI::Option* jsonl = command->add_flag("--jsonl", flags->jsonl, "answers the lines of standard input");
  jsonl->excludes(file);
  command->callback([&globals, &action, flags, file] {
    if (!flags->jsonl && file->count() == 0) throw CLI::RequiredError("a file, or --jsonl,");
    action = [&globals, flags] { return RunRender(globals, *flags); };
  });
}

}  // namespace cadenza::cli
