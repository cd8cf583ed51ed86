#include "clients/cli/backtest_run.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/cli/backtest/bars.h"
#include "clients/cli/backtest/progress_line.h"
#include "clients/cli/backtest/report_text.h"
#include "clients/cli/campaign_files.h"
#include "clients/gnuplot/gnuplot.h"
#include "server/backtest/backtest.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"
#include "storage/codec/wire.h"
#include "storage/postgres/postgres_store.h"

namespace cadenza::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kFooter[] = R"(Examples:
  cadenza campaign backtest knots.yaml --from 2026-11-01 --to 2026-11-08 --against garlic_knots
  cadenza campaign backtest knots.yaml --from 2026-11-01T18:00:00Z --to 2026-11-02 --plot knots.svg --json

FILE holds one campaign, as for `campaign apply`. It is run over the stored inputs of the period through the same engine,
as if it had been activated at --from among the active campaigns of the workspace; nothing is written. Reads the database
itself, in this process and with little priority, and rests while others write to it, so that the servers hardly feel it
(--full-speed: not so); a role that may only SELECT is enough. docs/backtest.md says what is assumed.)";

constexpr int kNice = 15;
constexpr int kPlotBarsMax = 120;

struct Flags {
  std::string file;
  std::string from;
  std::string to;
  std::string against;
  std::string database;
  std::string plot;
  std::string messages;
  std::string time_zone = "UTC";
  double session_gap_minutes = 30;
  int threads = 1;
  bool full_speed = false;
};

std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<absl::Time> ParseMoment(const char* flag, const std::string& text, absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  if (absl::ParseTime("%Y-%m-%d", text, zone, &time, &error)) return time;
  return absl::InvalidArgumentError(
      StrCat(flag, ": '", text, "' is neither a day (2026-11-01) nor a time (2026-11-01T18:00:00Z)"));
}

absl::StatusOr<backtest::Request> RequestOf(const Globals& globals, const Flags& flags) {
  backtest::Request request;
  request.workspace = globals.workspace;
  const std::optional<absl::TimeZone> zone = FindTimeZone(flags.time_zone);
  if (!zone.has_value()) {
    return absl::InvalidArgumentError(StrCat("--time-zone: '", flags.time_zone, "' is not known"));
  }
  request.zone = *zone;
  CADENZA_ASSIGN_OR_RETURN(request.from, ParseMoment("--from", flags.from, *zone));
  CADENZA_ASSIGN_OR_RETURN(request.to, ParseMoment("--to", flags.to, *zone));
  CADENZA_ASSIGN_OR_RETURN(const std::vector<CampaignFile> campaigns, ReadCampaigns({flags.file}));
  if (campaigns.size() != 1) return absl::InvalidArgumentError(StrCat(flags.file, ": must hold one campaign"));
  CADENZA_ASSIGN_OR_RETURN(request.draft, FromProto(globals.workspace, campaigns[0].campaign));
  request.against = flags.against;
  request.session_gap = absl::Minutes(flags.session_gap_minutes);
  request.threads = flags.threads;
  request.full_speed = flags.full_speed;
  return request;
}

int TerminalColumns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// On a terminal only, ten times a second at most; gone at the end.
class ProgressBar {
 public:
  ~ProgressBar() {
    if (shown_) std::fprintf(stderr, "\r\x1b[K");
  }
  void Show(backtest::Phase phase, double done, int64_t inputs) {
    const absl::Time now = absl::Now();
    if (phase != phase_ || start_ == absl::InfinitePast()) start_ = now;
    phase_ = phase;
    if (now - last_ >= absl::Milliseconds(100)) Draw(done, inputs);
  }
  void Full(int64_t inputs) {
    phase_ = backtest::Phase::kReplaying;
    Draw(1, inputs);
  }

 private:
  void Draw(double done, int64_t inputs) {
    if (!on_terminal_) return;
    last_ = absl::Now();
    shown_ = true;
    const std::string line = ProgressLine(phase_, done, inputs, last_ - start_, TerminalColumns());
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  }

  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  backtest::Phase phase_ = backtest::Phase::kReading;
  absl::Time start_ = absl::InfinitePast();
  absl::Time last_ = absl::InfinitePast();
};

absl::Status WritePlot(const backtest::Report& report, const std::string& file) {
  const fs::path folder = fs::temp_directory_path() / StrCat("cadenza-plot-", getpid());
  std::error_code error;
  fs::create_directories(folder, error);
  const gnuplot::Plot plot = BarsPlot(BarsOf(report.draft, kPlotBarsMax), StrCat(report.campaign_id, ": messages"));
  absl::Status status = gnuplot::Draw({plot}, folder.string()).status();
  if (status.ok()) {
    fs::copy_file(folder / (plot.name + ".svg"), file, fs::copy_options::overwrite_existing, error);
    if (error) status = absl::NotFoundError(StrCat("--plot: cannot write ", file, ": ", error.message()));
  }
  fs::remove_all(folder, error);
  return status;
}

absl::StatusOr<int> Backtest(const Globals& globals, const Flags& flags) {
  CADENZA_ASSIGN_OR_RETURN(backtest::Request request, RequestOf(globals, flags));
  if (!flags.full_speed) (void)setpriority(PRIO_PROCESS, 0, kNice);
  postgres::Options options;
  options.connection_string = flags.database;
  options.pool_size = 2;
  options.process_name = StrCat("cadenza-backtest-", getpid());
  const std::unique_ptr<Store> store = postgres::MakePostgresStore(options);
  backtest::Report report;
  std::ofstream messages;
  if (!flags.messages.empty()) {
    messages.open(flags.messages);
    if (!messages) return absl::NotFoundError(StrCat("--messages: cannot write ", flags.messages));
    request.on_message = [&messages](const Message& message) { messages << JsonText(MessageJson(message)) << "\n"; };
  }
  {
    ProgressBar bar;
    const auto show = [&bar](backtest::Phase phase, double done, int64_t inputs) { bar.Show(phase, done, inputs); };
    CADENZA_ASSIGN_OR_RETURN(report, backtest::Run(request, store.get(), show));
    bar.Full(report.inputs);
  }
  if (globals.json) {
    std::printf("%s\n", JsonText(ReportJson(report)).c_str());
  } else {
    std::printf("%s", ReportText(report, request.zone).c_str());
  }
  if (!flags.messages.empty() && !messages.flush()) {
    return absl::InternalError(StrCat("--messages: ", flags.messages, " could not be written to its end"));
  }
  if (!flags.plot.empty()) CADENZA_RETURN_IF_ERROR(WritePlot(report, flags.plot));
  return kOk;
}

}  // namespace

void AddBacktest(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("backtest", "Says what a campaign would have done in a period");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  command->add_option("FILE", flags->file, "the campaign (YAML); - is standard input")->required();
  command->add_option("--from", flags->from, "the first moment: a day, or a time with its zone")->required();
  command->add_option("--to", flags->to, "the first moment that does not belong to it")->required();
  command
      ->add_option("--against", flags->against, "a stored campaign, in whose place the draft runs: what would change")
      ->type_name("CAMPAIGN_ID");
  command->add_option("--database", flags->database, "libpq connection string or URL")
      ->envname("CADENZA_DATABASE")
      ->required();
  command->add_option("--plot", flags->plot, "draws messages a day by variant (needs gnuplot)")->type_name("FILE.svg");
  command->add_option("--messages", flags->messages, "writes every message of the draft, a line of JSON each")
      ->type_name("FILE");
  command->add_option("--time-zone", flags->time_zone, "of days")->capture_default_str();
  command
      ->add_option("--session-gap", flags->session_gap_minutes,
                   "minutes of silence that end a session, as the server has it")
      ->check(CLI::Range(10.0 / 60, 24.0 * 60))
      ->capture_default_str();
  command->add_option("--threads", flags->threads, "that replay")
      ->check(CLI::Range(1, backtest::kThreadsMax))
      ->capture_default_str();
  command->add_flag("--full-speed", flags->full_speed,
                    "at the usual priority, without resting while others write to the database");
  command->callback([&globals, &action, flags] {
    action = [&globals, flags] {
      const absl::StatusOr<int> code = Backtest(globals, *flags);
      return code.ok() ? *code : Fail(globals, code.status());
    };
  });
}

}  // namespace cadenza::cli
