#include <cstdio>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "clients/cli/output.h"
#include "clients/cpp/builders.h"
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

// What is shown, and reported as it is: nothing that comes after the last one.
class Screen {
 public:
  Screen(const Globals& globals, const Flags& flags) : globals_(globals), flags_(flags), cursor_(flags.cursor) {}

  // Called before the first message is let through.
  void ReportTo(client::Subscriber* subscriber) {
    absl::MutexLock lock(&mu_);
    subscriber_ = subscriber;
  }
  void Show(const v1::Message& message) {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](Screen* screen) { return screen->subscriber_ != nullptr; }, this));
    if (over_ || Enough()) return;
    std::printf("%s\n", globals_.json ? ToJson(message).c_str() : FormatMessage(message).c_str());
    std::fflush(stdout);
    cursor_ = message.cursor();
    ++shown_;
    if (!flags_.receipts) return;
    all_reported_ &=
        subscriber_->Report(client::MessageReceipt(v1::Receipt::KIND_DELIVERED, message.message_id())).ok();
  }
  bool IsEnough() {
    absl::MutexLock lock(&mu_);
    return Enough();
  }
  // Nothing is shown any more.
  void Close() {
    absl::MutexLock lock(&mu_);
    over_ = true;
  }
  // Of the last message shown.
  std::string cursor() {
    absl::MutexLock lock(&mu_);
    return cursor_;
  }
  bool all_reported() {
    absl::MutexLock lock(&mu_);
    return all_reported_;
  }

 private:
  bool Enough() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return flags_.count > 0 && shown_ >= flags_.count; }

  const Globals& globals_;
  const Flags& flags_;
  absl::Mutex mu_;
  client::Subscriber* subscriber_ ABSL_GUARDED_BY(mu_) = nullptr;
  std::string cursor_ ABSL_GUARDED_BY(mu_);
  int64_t shown_ ABSL_GUARDED_BY(mu_) = 0;
  bool over_ ABSL_GUARDED_BY(mu_) = false;
  bool all_reported_ ABSL_GUARDED_BY(mu_) = true;
};

int Listen(const Globals& globals, const Flags& flags) {
  const absl::StatusOr<client::ChannelOptions> channel = globals.Channel();
  if (!channel.ok()) return Fail(globals, channel.status());
  const absl::StatusOr<v1::UserRef> user = flags.user.User();
  if (!user.ok()) return Fail(globals, user.status());
  CatchInterrupts();
  Screen screen(globals, flags);
  client::SubscriberOptions options;
  options.channel = *channel;
  options.workspace = globals.workspace;
  options.user = *user;
  options.cursor = flags.cursor;
  options.on_opened = [](const v1::SubscribeOpened& opened) {
    if (!opened.complete())
      std::fprintf(stderr, "cadenza: messages after the cursor are gone; going on with the oldest kept\n");
  };
  options.on_message = [&screen](const v1::Message& message) { screen.Show(message); };
  client::Subscriber subscriber(std::move(options));
  screen.ReportTo(&subscriber);
  const absl::Time end = flags.seconds > 0 ? absl::Now() + absl::Seconds(flags.seconds) : absl::InfiniteFuture();
  absl::Status status = absl::DeadlineExceededError("");
  while (absl::IsDeadlineExceeded(status) && !Interrupted() && !screen.IsEnough() && absl::Now() < end) {
    status = subscriber.Wait(std::min(end, absl::Now() + kLook));
  }
  screen.Close();
  if (!absl::IsDeadlineExceeded(status) && !status.ok()) return Fail(globals, status);
  const bool reported = subscriber.AwaitReceipts(absl::Now() + kReceiptsPatience) && screen.all_reported();
  subscriber.RequestStop();
  subscriber.Wait().IgnoreError();
  if (!reported) std::fprintf(stderr, "cadenza: some messages could not be reported as delivered\n");
  if (!screen.cursor().empty()) std::fprintf(stderr, "cursor %s\n", screen.cursor().c_str());
  if (flags.count > 0 && !screen.IsEnough()) {
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
