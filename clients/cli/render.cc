#include <cstdio>
#include <memory>

#include "absl/time/clock.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/liquid/liquid_case.h"
#include "clients/cli/liquid/render_data.h"
#include "server/rules/liquid/liquid.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza render order.liquid --profile ada.json --event order.json
  cadenza render --jsonl < cases.jsonl
The profile's file holds what `cadenza profile --json` prints, or {"user_id": "ada", "attributes": {...}}; the event's an
input as `cadenza send --stdin` takes it, or {"name": ..., "time": ..., "properties": {...}}.
--jsonl: each line is {"template": text} with, if need be, "data", "templates" (partials by name), "mode" (lax, warn or
strict), "inline_errors", "now", "time_zone", "locale" and "escape" (html or json); the answer is a line {"output": text}
or {"error": text}.
Exit code 5: the template is wrong, its rendering failed, or it aborted the message.)";

// A line longer than this is answered by an error.
constexpr size_t kMaxLineBytes = 16 << 20;

struct Flags {
  std::string file;
  std::string profile;
  std::string event;
  bool jsonl = false;
};

// The next line of standard input, without its end; of one that is too long only the beginning. False at the end.
bool ReadLine(std::string* line, bool* too_long) {
  line->clear();
  *too_long = false;
  int c = std::getc(stdin);
  if (c == EOF) return false;
  for (; c != EOF && c != '\n'; c = std::getc(stdin)) {
    if (line->size() < kMaxLineBytes) {
      line->push_back(static_cast<char>(c));
    } else {
      *too_long = true;
    }
  }
  return true;
}

int AnswerLines() {
  std::string line;
  bool too_long = false;
  while (ReadLine(&line, &too_long)) {
    const std::string answer = too_long ? LiquidErrorLine(StrCat("the line has more than ", kMaxLineBytes, " bytes"))
                                        : AnswerLiquidLine(line, absl::Now());
    std::printf("%s\n", answer.c_str());
    if (std::fflush(stdout) != 0) return kFailure;
  }
  return kOk;
}

absl::StatusOr<std::string> ReadIfGiven(const std::string& path) {
  return path.empty() ? std::string() : ReadFile(path);
}

absl::StatusOr<std::string> RenderFile(const Flags& flags) {
  CADENZA_ASSIGN_OR_RETURN(const std::string source, ReadFile(flags.file));
  CADENZA_ASSIGN_OR_RETURN(const std::string profile, ReadIfGiven(flags.profile));
  CADENZA_ASSIGN_OR_RETURN(const std::string event, ReadIfGiven(flags.event));
  CADENZA_ASSIGN_OR_RETURN(const ValueMap data, RenderData(profile, event, absl::Now()));
  liquid::ParseOptions parse;
  parse.mode = liquid::Mode::kWarn;
  CADENZA_ASSIGN_OR_RETURN(const auto parsed, liquid::Template::Parse(source, parse));
  for (const liquid::Warning& warning : parsed->warnings()) {
    std::fprintf(stderr, "line %d, column %d: %s\n", warning.line, warning.column, warning.text.c_str());
  }
  liquid::RenderOptions options;
  const Value* now = data.Find("now");
  options.now = now->timestamp_value();
  CADENZA_ASSIGN_OR_RETURN(liquid::Rendering rendering, parsed->Render(liquid::MapScope(data), options));
  if (rendering.aborted) {
    return absl::InvalidArgumentError(StrCat("the template aborted the message: ", rendering.abort_reason));
  }
  return std::move(rendering.output);
}

int RunRender(const Globals& globals, const Flags& flags) {
  if (flags.jsonl) return AnswerLines();
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
