#include <cstdio>
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "clients/cli/pump.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza send --user ada --set first_name=Ada
  cadenza send --user ada --event order_placed --prop total=23.5 --prop 'lines=[{"name":"Margherita","quantity":2}]'
  cadenza send --user ada --purchase 536365 --price 139.12 --currency GBP
  cadenza send --user ada --identify device-7f3a
  cadenza send --user ada --receipt clicked --message-id 0f3a… --link menu
  cadenza send --stdin < inputs.ndjson     # each line a cadenza.v1.Input in proto JSON

One input is answered after its commit. With --stdin the lines are streamed as they come.
Exit code 5: an input was rejected.)";

struct Flags {
  InputFlags input;
  bool from_stdin = false;
  bool import = false;
};

v1::StreamOpen::Mode ModeOf(const Flags& flags) {
  return flags.import ? v1::StreamOpen::MODE_IMPORT : v1::StreamOpen::MODE_LIVE;
}

absl::StatusOr<int> SendOne(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::SubmitEventsRequest request;
  request.set_workspace(globals.workspace);
  request.set_mode(ModeOf(flags));
  CADENZA_ASSIGN_OR_RETURN(*request.add_inputs(), flags.input.Build());
  CADENZA_ASSIGN_OR_RETURN(const v1::SubmitEventsResponse response, client.SubmitEvents(request));
  if (response.results_size() != 1) return absl::InternalError("the server gave no result");
  const v1::InputResult& result = response.results(0);
  const std::string& event_id = request.inputs(0).event_id();
  if (globals.json) {
    std::printf("%s\n", ToJson(result).c_str());
  } else if (result.has_rejection()) {
    std::fprintf(stderr, "cadenza: rejected: %s\n  %s: %s\n", result.rejection().reason().c_str(),
                 result.rejection().field().c_str(), result.rejection().message().c_str());
  } else {
    std::printf(
        "%s  event_id %s  user_seq %lld\n", result.has_duplicate() ? "duplicate" : "applied", event_id.c_str(),
        static_cast<long long>(result.has_duplicate() ? result.duplicate().user_seq() : result.applied().user_seq()));
  }
  return result.has_rejection() ? kRefused : kOk;
}

int SendStdin(const Globals& globals, const Flags& flags) {
  const absl::StatusOr<client::ChannelOptions> channel = globals.Channel();
  if (!channel.ok()) return Fail(globals, channel.status());
  CatchInterrupts();
  Mapping mapping = Mapping::ProtoJson();
  PumpOptions options;
  options.mode = ModeOf(flags);
  options.next_line = [](std::string* line) -> absl::StatusOr<bool> {
    return static_cast<bool>(std::getline(std::cin, *line));
  };
  return Report(globals, Pump(globals, *channel, mapping, options));
}

}  // namespace

void AddSend(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("send", "Sends one input, or many from standard input");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  flags->input.AddTo(*command, /*user_optional=*/true);
  command->add_flag("--stdin", flags->from_stdin, "send the lines of standard input");
  command->add_flag("--import", flags->import, "the clock is each input's own time, not the server's");
  command->callback([&globals, &action, flags] {
    const UserFlags& user = flags->input.user;
    if (!flags->from_stdin && user.user.empty() && user.anonymous.empty() && user.alias.empty()) {
      throw CLI::RequiredError("--user, --anonymous or --alias (or --stdin)");
    }
    action = flags->from_stdin ? Action([&globals, flags] { return SendStdin(globals, *flags); })
                               : WithClient(globals, [&globals, flags](client::Client& client) {
                                   return SendOne(globals, *flags, client);
                                 });
  });
}

}  // namespace cadenza::cli
