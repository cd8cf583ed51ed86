#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "clients/examples/pizza/shop.h"
#include "clients/examples/pizza/story.h"

namespace {

constexpr char kFooter[] = R"(Needs the campaigns:
  cadenza campaign apply clients/examples/pizza/*.yaml
The shop needs those of clients/examples/pizza/shop, which says in each file how it is applied.

Exit codes: 0 all happened as told; 1 a step did not, the last line says which; 2 the command line is wrong.)";

int Run(int argc, char** argv) {
  cadenza::pizza::StoryOptions options;
  options.workspace = "default";
  double patience = 15;
  bool shop = false;
  CLI::App app("cadenza-pizza: plays the pizza story, or the shop, against a Cadenza server, with measured times",
               "cadenza-pizza");
  app.footer(kFooter);
  app.add_option("--server", options.channel.target, "where the server listens")
      ->envname("CADENZA_SERVER")
      ->capture_default_str();
  app.add_option("--workspace", options.workspace, "the tenant")->envname("CADENZA_WORKSPACE")->capture_default_str();
  app.add_option("--patience", patience, "seconds that one step may take")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--shop", shop, "plays the shop with its five campaigns instead");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  options.patience = absl::Seconds(patience);
  const absl::Status status = shop ? cadenza::pizza::Shop(options).Play() : cadenza::pizza::Story(options).Play();
  if (status.ok()) return 0;
  std::fflush(stdout);
  std::fprintf(stderr, "cadenza-pizza: not as told: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "cadenza-pizza: %s\n", e.what());
    return 1;
  }
}
