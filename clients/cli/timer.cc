// `cadenza timer`.
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "clients/cli/command.h"
#include "clients/cli/formats/printable.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza timer parked                                   # what failed too often, and why
  cadenza timer retry --user ada delay/cart/0123456789abcdef
  cadenza timer retry --all                              # once what was wrong is mended

A timer is what a campaign has waiting for a user: the end of a delay or of quiet hours, a place in a delivery rate, a
time by his own clock. One that cannot be judged, because of an error of the campaign, is tried again later and later,
then parked: it waits for people. All others are in `cadenza profile`.)";

struct Flags {
  UserFlags user;
  std::string timer_id;
  bool all = false;
};

std::string TimerLine(const v1::ParkedTimer& timer) {
  const v1::UserRef& user = timer.user();
  return StrCat(Printable(user.user_id().empty() ? user.anonymous_id() : user.user_id()), "  ",
                Printable(timer.timer_id()), "  due ", FormatTime(timer.fire_time()), "  ", timer.attempts(),
                timer.attempts() == 1 ? " attempt: " : " attempts: ", Printable(timer.error()));
}

absl::Status ForEachParked(const Globals& globals, client::Client& client,
                           const std::function<absl::Status(const v1::ParkedTimer&)>& each) {
  v1::ListParkedTimersRequest request;
  request.set_workspace(globals.workspace);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListParkedTimersResponse response, client.ListParkedTimers(request));
    for (const v1::ParkedTimer& timer : response.timers()) CADENZA_RETURN_IF_ERROR(each(timer));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::StatusOr<int> Parked(const Globals& globals, client::Client& client) {
  CADENZA_RETURN_IF_ERROR(ForEachParked(globals, client, [&globals](const v1::ParkedTimer& timer) {
    std::printf("%s\n", (globals.json ? ToJson(timer) : TimerLine(timer)).c_str());
    return absl::OkStatus();
  }));
  return kOk;
}

absl::StatusOr<int> Retry(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::RetryParkedTimerRequest request;
  request.set_workspace(globals.workspace);
  if (!flags.all) {
    CADENZA_ASSIGN_OR_RETURN(*request.mutable_user(), flags.user.User());
    request.set_timer_id(flags.timer_id);
    CADENZA_RETURN_IF_ERROR(client.RetryParkedTimer(request).status());
    std::printf("%s is due now\n", Printable(flags.timer_id).c_str());
    return kOk;
  }
  int retried = 0;
  CADENZA_RETURN_IF_ERROR(ForEachParked(globals, client, [&](const v1::ParkedTimer& timer) {
    *request.mutable_user() = timer.user();
    request.set_timer_id(timer.timer_id());
    const absl::Status status = client.RetryParkedTimer(request).status();
    if (status.ok()) ++retried;
    return absl::IsNotFound(status) ? absl::OkStatus() : status;  // somebody else was faster
  }));
  std::printf("%d %s due now\n", retried, retried == 1 ? "timer is" : "timers are");
  return kOk;
}

}  // namespace

void AddTimer(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* timer = app.add_subcommand("timer", "Shows timers that failed too often, and tries them again");
  timer->require_subcommand(1);
  timer->footer(kFooter);

  CLI::App* parked = timer->add_subcommand("parked", "Lists the timers that wait for people");
  parked->callback([&globals, &action] {
    action = WithClient(globals, [&globals](client::Client& client) { return Parked(globals, client); });
  });

  CLI::App* retry = timer->add_subcommand("retry", "Makes a parked timer due now");
  auto flags = std::make_shared<Flags>();
  CLI::Option* id = retry->add_option("TIMER_ID", flags->timer_id, "as `timer parked` shows it");
  retry->add_flag("--all", flags->all, "all of the workspace")->excludes(id);
  flags->user.AddTo(*retry, /*optional=*/true);
  retry->callback([&globals, &action, flags] {
    if (!flags->all && flags->timer_id.empty()) throw CLI::RequiredError("TIMER_ID or --all");
    if (!flags->all && !flags->user.given()) throw CLI::RequiredError("--user");
    action = WithClient(globals, [&globals, flags](client::Client& client) { return Retry(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
