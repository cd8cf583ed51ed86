// What the commands of `cadenza` share: the global flags, exit codes, and how errors are shown.
//
// A command is one file with one Add... function: it declares its flags and leaves an action, which main runs after
// parsing. One thread.
#ifndef CADENZA_CLIENTS_CLI_COMMAND_H_
#define CADENZA_CLIENTS_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cpp/channel.h"
#include "clients/cpp/client.h"

namespace cadenza::cli {

enum ExitCode {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kNotFound = 3,
  kUnavailable = 4,  // the server or the database cannot be reached, or did not answer in time
  kRefused = 5,      // the input, campaign or field is wrong
  kConflict = 6,     // the state of things does not allow it
  kInterrupted = 130,
};

struct Globals {
  std::string server = "127.0.0.1:7233";
  std::string workspace = "default";
  std::string ca_file;
  bool tls = false;
  bool json = false;
  double timeout_seconds = 10;

  // INVALID_ARGUMENT or NOT_FOUND if the file with the certificates is no good.
  absl::StatusOr<client::ChannelOptions> Channel() const;
  absl::Duration timeout() const { return absl::Seconds(timeout_seconds); }
};

// Returns the exit code.
using Action = std::function<int()>;

void AddSend(CLI::App& app, const Globals& globals, Action& action);
void AddListen(CLI::App& app, const Globals& globals, Action& action);
void AddReplay(CLI::App& app, const Globals& globals, Action& action);
void AddProfile(CLI::App& app, const Globals& globals, Action& action);
void AddEvents(CLI::App& app, const Globals& globals, Action& action);
void AddMessages(CLI::App& app, const Globals& globals, Action& action);
void AddCampaign(CLI::App& app, const Globals& globals, Action& action);
void AddCampaignTrigger(CLI::App& campaign, const Globals& globals, Action& action);   // a command of `campaign`
void AddCampaignLaunches(CLI::App& campaign, const Globals& globals, Action& action);  // likewise
void AddSegment(CLI::App& app, const Globals& globals, Action& action);
void AddTimer(CLI::App& app, const Globals& globals, Action& action);
void AddWorkspace(CLI::App& app, const Globals& globals, Action& action);
void AddCatalog(CLI::App& app, const Globals& globals, Action& action);
void AddContentBlock(CLI::App& app, const Globals& globals, Action& action);
void AddMigrate(CLI::App& app, const Globals& globals, Action& action);
void AddRender(CLI::App& app, const Globals& globals, Action& action);
void AddEval(CLI::App& app, const Globals& globals, Action& action);

// An action that needs a client: connects (lazily) and runs `body`, whose error is shown.
Action WithClient(const Globals& globals, std::function<absl::StatusOr<int>(client::Client&)> body);

// The same status with the place in front of its message; its details stay.
absl::Status WithPlace(const std::string& where, const absl::Status& status);

// Shows the error on standard error, with its fields if it names some, and returns the exit code that stands for it.
int Fail(const Globals& globals, const absl::Status& status);

// Set once SIGINT or SIGTERM came, after CatchInterrupts.
void CatchInterrupts();
bool Interrupted();

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_COMMAND_H_
