#include <algorithm>
#include <cstdio>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza messages --user ada
  cadenza messages --user ada --limit 1000 --json)";

constexpr int64_t kPage = 500;

struct Flags {
  UserFlags user;
  int64_t limit = 100;
};

absl::StatusOr<int> ShowMessages(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::ListMessagesRequest request;
  request.set_workspace(globals.workspace);
  CADENZA_ASSIGN_OR_RETURN(*request.mutable_user(), flags.user.User());
  int64_t left = flags.limit;
  do {
    request.set_page_size(static_cast<int32_t>(std::min(left, kPage)));
    CADENZA_ASSIGN_OR_RETURN(const v1::ListMessagesResponse response, client.ListMessages(request));
    for (const v1::Message& message : response.messages()) {
      std::printf("%s\n", globals.json ? ToJson(message).c_str() : FormatMessage(message).c_str());
    }
    left -= response.messages_size();
    request.set_page_token(response.next_page_token());
  } while (left > 0 && !request.page_token().empty());
  return kOk;
}

}  // namespace

void AddMessages(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command =
      app.add_subcommand("messages", "Lists the messages that wait for a user or were delivered, oldest first");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  flags->user.AddTo(*command);
  command->add_option("--limit", flags->limit, "at most so many")->check(CLI::PositiveNumber)->capture_default_str();
  command->callback([&globals, &action, flags] {
    action = WithClient(globals,
                        [&globals, flags](client::Client& client) { return ShowMessages(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
