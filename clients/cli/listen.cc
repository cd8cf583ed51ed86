#include <atomic>
#include <cstdio>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "clients/cli/output.h"
#include "clients/cpp/subscriber.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza listen --user ada
  cadenza listen --user ada --count 1 --json
  cadenza listen --user ada --receipts        # each message shown is reported as delivered
  cadenza listen --user ada --cursor CURSOR   # go on after the message with this cursor

First what was missed, then each message as it comes, until Ctrl-C, --count or --for.
Lost connections are made again. The cursor to go on with is told on standard error at the end.
Exit code 4: --for passed before --count messages came.)";

constexpr absl::Duration kLook = absl::Milliseconds(100);  // for Ctrl-C
constexpr absl::Duration kReceiptsPatience = absl::Seconds(5);

struct Flags {
  UserFlags user;
  std::string cursor;
  int64_t count = 0;
  double seconds = 0;
  bool receipts = false;
};

int Listen(const Globals& globals, const Flags& flags) {
  const absl::StatusOr<client::ChannelOptions> channel = globals.Channel();
  if (!channel.ok()) return Fail(globals, channel.status());
  const absl::StatusOr<v1::UserRef> user = flags.user.User();
  if (!user.ok()) return Fail(globals, user.status());
  CatchInterrupts();
  std::atomic<int64_t> shown = 0;
  client::SubscriberOptions options;
  options.channel = *channel;
  options.workspace = globals.workspace;
  options.user = *user;
  options.cursor = flags.cursor;
  options.report_delivered = flags.receipts;
  options.on_opened = [](const v1::SubscribeOpened& opened) {
    if (!opened.complete())
      std::fprintf(stderr, "cadenza: messages after the cursor are gone; going on with the oldest kept\n");
  };
  options.on_message = [&](const v1::Message& message) {
    if (flags.count > 0 && shown >= flags.count) return;
    std::printf("%s\n", globals.json ? ToJson(message).c_str() : FormatMessage(message).c_str());
    std::fflush(stdout);
    ++shown;
  };
  client::Subscriber subscriber(std::move(options));
  const absl::Time end = flags.seconds > 0 ? absl::Now() + absl::Seconds(flags.seconds) : absl::InfiniteFuture();
  absl::Status status = absl::DeadlineExceededError("");
  const auto enough = [&] { return flags.count > 0 && shown >= flags.count; };
  while (absl::IsDeadlineExceeded(status) && !Interrupted() && !enough() && absl::Now() < end) {
    status = subscriber.Wait(std::min(end, absl::Now() + kLook));
  }
  if (!absl::IsDeadlineExceeded(status) && !status.ok()) return Fail(globals, status);
  const bool reported = !flags.receipts || subscriber.AwaitReceipts(absl::Now() + kReceiptsPatience);
  subscriber.RequestStop();
  subscriber.Wait().IgnoreError();
  if (!reported) std::fprintf(stderr, "cadenza: some messages could not be reported as delivered\n");
  if (!subscriber.cursor().empty()) std::fprintf(stderr, "cursor %s\n", subscriber.cursor().c_str());
  if (flags.count > 0 && !enough()) {
    if (Interrupted()) return kInterrupted;
    return Fail(globals, subscriber.stats().opened == 0 && !subscriber.last_error().ok()
                             ? subscriber.last_error()
                             : absl::DeadlineExceededError("fewer messages came than --count asks for"));
  }
  return kOk;
}

}  // namespace

void AddListen(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("listen", "Prints a user's messages as they come");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  flags->user.AddTo(*command);
  command->add_option("--cursor", flags->cursor,
                      "go on after the message with this cursor; absent: from the oldest kept");
  command->add_option("--count", flags->count, "end after this many messages")->check(CLI::PositiveNumber);
  command->add_option("--for", flags->seconds, "end after this many seconds")->check(CLI::PositiveNumber);
  command->add_flag("--receipts", flags->receipts, "report each message as delivered");
  command->callback([&globals, &action, flags] { action = [&globals, flags] { return Listen(globals, *flags); }; });
}

}  // namespace cadenza::cli
