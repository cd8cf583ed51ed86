#include "clients/cli/campaign_report.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "clients/cli/report/report_html.h"
#include "clients/cli/report/report_text.h"
#include "clients/cpp/builders.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"

namespace cadenza::cli {
namespace {

constexpr char kReportFooter[] = R"(Examples:
  cadenza campaign report garlic_knots
  cadenza campaign report garlic_knots --from 2026-11-01 --to 2026-12-01 --zone Europe/Berlin
  cadenza campaign report garlic_knots --html knots.html     # one file, to be mailed or opened

What gates stopped, messages by day (by hour where they span three days or less) and variant, and for each conversion the
rates and the lift against the control with 95% intervals. --json prints the numbers alone.)";

// Up to so many days are shown by hour.
constexpr int kHourlyDays = 3;

struct ReportFlags {
  std::string id;
  std::string from;
  std::string to;
  std::string time_zone = "UTC";
  std::string html;
};

// A day of the zone ("2026-11-01", its beginning) or RFC 3339.
absl::StatusOr<std::optional<absl::Time>> ParseBound(const std::string& flag, const std::string& text,
                                                     absl::TimeZone zone) {
  if (text.empty()) return std::nullopt;
  absl::CivilDay day;
  absl::Time time;
  if (text.size() == sizeof("2026-11-01") - 1 && absl::ParseCivilTime(text, &day)) {
    time = absl::FromCivil(day, zone);
  } else if (std::string error; !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(
        StrCat(flag, ": \"", text, "\" is neither a day (2026-11-01) nor a time (2026-11-01T12:00:00Z)"));
  }
  return time;
}

// Reads the numbers that the report is made of.
class Reader {
 public:
  Reader(const Globals& globals, const ReportFlags& flags, client::Client& client)
      : globals_(globals), flags_(flags), client_(client) {}

  absl::StatusOr<report::Source> Read() {
    report::Source source;
    const std::optional<absl::TimeZone> zone = FindTimeZone(flags_.time_zone);
    if (!zone.has_value()) {
      return absl::InvalidArgumentError(StrCat("--zone: \"", flags_.time_zone, "\" is no IANA time zone"));
    }
    source.zone = *zone;
    source.workspace = globals_.workspace;
    CADENZA_ASSIGN_OR_RETURN(source.start, ParseBound("--from", flags_.from, *zone));
    CADENZA_ASSIGN_OR_RETURN(source.end, ParseBound("--to", flags_.to, *zone));
    v1::GetCampaignRequest request;
    request.set_workspace(globals_.workspace);
    request.set_campaign_id(flags_.id);
    CADENZA_ASSIGN_OR_RETURN(v1::GetCampaignResponse campaign, client_.GetCampaign(request));
    source.campaign = std::move(*campaign.mutable_campaign());
    source.state = FormatState(source.campaign.state());
    source.trigger = FormatTrigger(source.campaign.trigger());
    source.made = absl::Now();
    CADENZA_ASSIGN_OR_RETURN(source.period, Stats(source, v1::GetCampaignStatsRequest::GRANULARITY_DAY, true));
    if (SpanOf(source.period) <= absl::Hours(24 * kHourlyDays)) {
      source.hours = true;
      CADENZA_ASSIGN_OR_RETURN(source.period, Stats(source, v1::GetCampaignStatsRequest::GRANULARITY_HOUR, true));
    }
    if (!source.start.has_value()) {
      source.whole = source.period;
      return source;
    }
    CADENZA_ASSIGN_OR_RETURN(source.whole, Stats(source, v1::GetCampaignStatsRequest::GRANULARITY_TOTAL, false));
    return source;
  }

 private:
  absl::StatusOr<v1::CampaignStats> Stats(const report::Source& source,
                                          v1::GetCampaignStatsRequest::Granularity granularity, bool from_start) {
    v1::GetCampaignStatsRequest request;
    request.set_workspace(globals_.workspace);
    request.set_campaign_id(flags_.id);
    request.set_granularity(granularity);
    request.set_time_zone(flags_.time_zone);
    if (from_start && source.start.has_value()) *request.mutable_start_time() = client::ToProto(*source.start);
    if (source.end.has_value()) *request.mutable_end_time() = client::ToProto(*source.end);
    CADENZA_ASSIGN_OR_RETURN(v1::GetCampaignStatsResponse response, client_.GetCampaignStats(request));
    return std::move(*response.mutable_stats());
  }

  // From the first bucket to the end of the last.
  static absl::Duration SpanOf(const v1::CampaignStats& stats) {
    absl::Time first = absl::InfiniteFuture(), last = absl::InfinitePast();
    for (const v1::VariantStats& variant : stats.variants()) {
      for (const v1::StatsBucket& bucket : variant.buckets()) {
        first = std::min(first, client::FromProto(bucket.start_time()));
        last = std::max(last, client::FromProto(bucket.end_time()));
      }
    }
    return last > first ? last - first : absl::ZeroDuration();
  }

  const Globals& globals_;
  const ReportFlags& flags_;
  client::Client& client_;
};

// Of standard output: its columns, or COLUMNS, or 80; its encoding as the locale's variables say.
plots::Terminal ThisTerminal() {
  plots::Terminal terminal;
  winsize size{};
  const char* columns = std::getenv("COLUMNS");
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
  } else if (const int given = columns == nullptr ? 0 : std::atoi(columns); given > 0) {
    terminal.width = static_cast<size_t>(given);
  }
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (locale.empty() && value != nullptr) locale = absl::AsciiStrToLower(value);
  }
  terminal.utf8 = absl::StrContains(locale, "utf-8") || absl::StrContains(locale, "utf8");
  return terminal;
}

absl::Status Write(const std::string& path, const std::string& content) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (file == nullptr || std::fwrite(content.data(), 1, content.size(), file.get()) != content.size() ||
      std::fflush(file.get()) != 0) {
    return absl::InvalidArgumentError(StrCat("--html: cannot write ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Report(const Globals& globals, const ReportFlags& flags, client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(const report::Source source, Reader(globals, flags, client).Read());
  const report::Figures figures = report::FiguresOf(source);
  if (flags.html == "-") {
    std::printf("%s", report::ReportHtml(figures).c_str());
    return kOk;
  }
  if (!flags.html.empty()) {
    if (const absl::Status status = Write(flags.html, report::ReportHtml(figures)); !status.ok()) return status;
  }
  std::printf("%s", globals.json ? StrCat(ToJson(source.period), "\n").c_str()
                                 : report::ReportText(figures, ThisTerminal()).c_str());
  return kOk;
}

}  // namespace

void AddReport(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("report", "Shows what a campaign did, on the terminal or as a page");
  command->footer(kReportFooter);
  auto flags = std::make_shared<ReportFlags>();
  command->add_option("CAMPAIGN_ID", flags->id, "the campaign")->required();
  command->add_option("--from", flags->from,
                      "the period's start: a day of --zone, or RFC 3339 at a full hour of UTC; absent: the beginning");
  command->add_option("--to", flags->to, "its end, excluded, likewise; absent: now");
  command->add_option("--zone", flags->time_zone, "whose days they are, an IANA name")->capture_default_str();
  command->add_option("--html", flags->html,
                      "writes the page into this file too; - is standard output, and nothing else");
  command->callback([&globals, &action, flags] {
    action = WithClient(globals, [&globals, flags](client::Client& client) { return Report(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
