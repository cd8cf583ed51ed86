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
  cadenza profile --user ada
  cadenza profile --anonymous device-7f3a --json
  cadenza profile --user ada --min-seq 7     # has seen at least the user's 7th input
Exit code 3: the user is unknown.)";

struct Flags {
  UserFlags user;
  int64_t min_seq = 0;
};

absl::StatusOr<int> ShowProfile(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::GetProfileRequest request;
  request.set_workspace(globals.workspace);
  CADENZA_ASSIGN_OR_RETURN(*request.mutable_user(), flags.user.User());
  request.set_min_seq(flags.min_seq);
  CADENZA_ASSIGN_OR_RETURN(const v1::GetProfileResponse response, client.GetProfile(request));
  std::printf("%s\n", globals.json ? ToJson(response.profile()).c_str() : FormatProfile(response.profile()).c_str());
  return kOk;
}

}  // namespace

void AddProfile(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("profile", "Shows what is known about a user");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  flags->user.AddTo(*command);
  command->add_option("--min-seq", flags->min_seq, "the answer must have seen this user_seq")
      ->check(CLI::PositiveNumber);
  command->callback([&globals, &action, flags] {
    action =
        WithClient(globals, [&globals, flags](client::Client& client) { return ShowProfile(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
