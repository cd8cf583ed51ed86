#include <unistd.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_format.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/line_reader.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/pump.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza replay orders.ndjson.gz --mapping clients/examples/retail/mapping.yaml
  cadenza replay inputs.ndjson --live --rate 500     # each line a cadenza.v1.Input in proto JSON
  cadenza replay orders.ndjson --mapping mapping.yaml --json

With --import (the default) the clock is each input's own time: sessions, windows, cooldowns and triggers behave as
they would have then. With --live it is the server's.
Replaying a file again changes nothing while its event ids are remembered (at least 24 hours): all are duplicates.
A mapping names the fields of foreign lines; clients/cli/formats/mapping.h and the example explain it.
Exit code 5: lines were bad or inputs rejected; the others went through.)";

constexpr int kBarWidth = 30;

struct Flags {
  std::string file;
  std::string mapping;
  bool live = false;
  bool import = false;
  double rate = 0;
};

void ShowBar(const LineReader& reader, int64_t acked, absl::Duration elapsed) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  std::string bar;
  if (reader.bytes_total() > 0) {
    const double done =
        std::min(1.0, static_cast<double>(reader.bytes_read()) / static_cast<double>(reader.bytes_total()));
    const int filled = static_cast<int>(done * kBarWidth);
    bar = absl::StrFormat("[%s%s] %3.0f %%  ", std::string(filled, '#'), std::string(kBarWidth - filled, '.'),
                          done * 100);
  }
  std::fprintf(stderr, "\r%s%lld acked  %.0f/s  %.0f s \x1b[K", bar.c_str(), static_cast<long long>(acked),
               static_cast<double>(acked) / seconds, seconds);
}

absl::StatusOr<Mapping> ReadMapping(const std::string& path) {
  if (path.empty()) return Mapping::ProtoJson();
  const absl::StatusOr<std::string> yaml = ReadFile(path);
  if (!yaml.ok()) return yaml.status();
  absl::StatusOr<Mapping> mapping = Mapping::Parse(*yaml);
  if (!mapping.ok())
    return absl::Status(mapping.status().code(), Sv(StrCat(path, ": ", Std(mapping.status().message()))));
  return mapping;
}

int Replay(const Globals& globals, const Flags& flags) {
  const absl::StatusOr<client::ChannelOptions> channel = globals.Channel();
  if (!channel.ok()) return Fail(globals, channel.status());
  absl::StatusOr<Mapping> mapping = ReadMapping(flags.mapping);
  if (!mapping.ok()) return Fail(globals, mapping.status());
  absl::StatusOr<LineReader> reader = LineReader::Open(flags.file);
  if (!reader.ok()) return Fail(globals, reader.status());
  CatchInterrupts();
  PumpOptions options;
  options.mode = flags.live ? v1::StreamOpen::MODE_LIVE : v1::StreamOpen::MODE_IMPORT;
  options.rate = flags.rate;
  options.next_line = [&](std::string* line) { return reader->Next(line); };
  const bool bar = isatty(STDERR_FILENO) == 1 && !globals.json;
  if (bar) options.on_progress = [&](int64_t acked, absl::Duration elapsed) { ShowBar(*reader, acked, elapsed); };
  const PumpSummary summary = Pump(globals, *channel, *mapping, options);
  if (bar) std::fprintf(stderr, "\n");
  return Report(globals, summary);
}

}  // namespace

void AddReplay(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* command = app.add_subcommand("replay", "Sends a file of events (NDJSON, plain or gzip)");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  command->add_option("FILE", flags->file, "the file")->required();
  command->add_option("--mapping", flags->mapping,
                      "how its lines become inputs (YAML); absent: they are cadenza.v1.Input");
  CLI::Option* live = command->add_flag("--live", flags->live, "under the server's clock");
  command->add_flag("--import", flags->import, "under the clock of the inputs' own times; the default")->excludes(live);
  command->add_option("--rate", flags->rate, "inputs a second; absent: as fast as they are taken")
      ->check(CLI::PositiveNumber);
  command->callback([&globals, &action, flags] { action = [&globals, flags] { return Replay(globals, *flags); }; });
}

}  // namespace cadenza::cli
