#include <cstdio>
#include <exception>

#include "clients/cli/command.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza send --user ada --event order_placed --prop total=23.5
  cadenza listen --user ada
  cadenza campaign apply campaigns/*.yaml
  cadenza catalog upsert pizzas pizzas.ndjson
  cadenza content-block apply footer.liquid
  cadenza replay orders.ndjson.gz --mapping mapping.yaml --import
  cadenza profile --user ada --json
  cadenza eval 'user.event_count("order_placed") > 3' --profile ada.json

Exit codes:
  0  it worked
  1  it failed for another reason than those below
  2  the command line is wrong
  3  not found
  4  the server or the database cannot be reached, or did not answer in time
  5  refused: an input, a campaign, an item or a field is wrong
  6  conflict: the state of things does not allow it (exists already, changed meanwhile, unknown schema)
  130  interrupted

"cadenza COMMAND --help" says more. Global flags may stand before or after the command.)";

int Run(int argc, char** argv) {
  Globals globals;
  Action action;
  CLI::App app("cadenza: the command line of a Cadenza server", "cadenza");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(kFooter);
  app.add_option("--server", globals.server, "where the server listens")
      ->envname("CADENZA_SERVER")
      ->capture_default_str();
  app.add_option("--workspace", globals.workspace, "the tenant")->envname("CADENZA_WORKSPACE")->capture_default_str();
  app.add_option("--timeout", globals.timeout_seconds, "seconds that one call may take")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--tls", globals.tls, "connect with TLS");
  app.add_option("--ca-file", globals.ca_file, "PEM certificates to trust, instead of the system's; implies --tls")
      ->envname("CADENZA_CA_FILE");
  app.add_flag("--json", globals.json, "print JSON, one object a line");
  AddSend(app, globals, action);
  AddListen(app, globals, action);
  AddReplay(app, globals, action);
  AddProfile(app, globals, action);
  AddEvents(app, globals, action);
  AddMessages(app, globals, action);
  AddCampaign(app, globals, action);
  AddSegment(app, globals, action);
  AddTimer(app, globals, action);
  AddWorkspace(app, globals, action);
  AddCatalog(app, globals, action);
  AddContentBlock(app, globals, action);
  AddMigrate(app, globals, action);
  AddRender(app, globals, action);
  AddEval(app, globals, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kOk : kUsage;
  }
  return action();
}

}  // namespace
}  // namespace cadenza::cli

int main(int argc, char** argv) {
  try {
    return cadenza::cli::Run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "cadenza: %s\n", e.what());
    return cadenza::cli::kFailure;
  }
}
