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
  cadenza events --user ada
  cadenza events --user ada --newest --limit 5 --json)";

constexpr int64_t kPage = 500;

struct Flags {
  UserFlags user;
  int64_t limit = 100;
  bool newest = false;
};

absl::StatusOr<int> ShowEvents(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::ListUserEventsRequest request;
  request.set_workspace(globals.workspace);
  CADENZA_ASSIGN_OR_RETURN(*request.mutable_user(), flags.user.User());
  request.set_descending(flags.newest);
  int64_t left = flags.limit;
  do {
    request.set_page_size(static_cast<int32_t>(std::min(left, kPage)));
    CADENZA_ASSIGN_OR_RETURN(const v1::ListUserEventsResponse response, client.ListUserEvents(request));
    for (const v1::UserEvent& event : response.events()) {
      std::printf("%s\n", globals.json ? ToJson(event).c_str() : FormatEvent(event).c_str());
    }
    left -= response.events_size();
    request.set_page_token(response.next_page_token());
  } while (left > 0 && !request.page_token().empty());
  return kOk;
}

}  // namespace

void AddEvents(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("events", "Lists a user's inputs as stored, in the order of user_seq");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  flags->user.AddTo(*command);
  command->add_option("--limit", flags->limit, "at most so many")->check(CLI::PositiveNumber)->capture_default_str();
  command->add_flag("--newest", flags->newest, "newest first");
  command->callback([&globals, &action, flags] {
    action =
        WithClient(globals, [&globals, flags](client::Client& client) { return ShowEvents(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
