#include "clients/cli/campaign_stats.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cpp/builders.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza campaign stats garlic_knots
  cadenza campaign stats garlic_knots --by day --zone Europe/Berlin --from 2026-11-01T00:00:00Z

25 (20) is 25 times, and 20 users for the first time. What each number means, and how the intervals come about:
docs/statistics.md.)";

constexpr int kNameWidth = 34;
constexpr int kColumnWidth = 18;

struct StatsFlags {
  std::string id;
  std::string by = "total";
  std::string from;
  std::string to;
  std::string zone;
};

std::string CountText(const v1::StatsCount& count) {
  return count.total() == 0 && count.users() == 0 ? "-" : absl::StrFormat("%d (%d)", count.total(), count.users());
}

std::string CountText(int64_t count) { return count == 0 ? "-" : absl::StrCat(count); }

std::string MoneyText(const v1::Money& money) {
  constexpr int32_t kNanosPerCent = 10'000'000;
  if (money.nanos() % kNanosPerCent != 0) {
    return absl::StrFormat("%s%d.%09d %s", money.units() == 0 && money.nanos() < 0 ? "-" : "", money.units(),
                           std::abs(money.nanos()), money.currency_code());
  }
  return absl::StrFormat("%s%d.%02d %s", money.units() == 0 && money.nanos() < 0 ? "-" : "", money.units(),
                         std::abs(money.nanos() / kNanosPerCent), money.currency_code());
}

// Rows by name, of one column for each variant and one for all.
class Table {
 public:
  explicit Table(size_t columns) : columns_(columns) {}

  void Set(const std::string& name, size_t column, std::string text) {
    const auto [it, is_new] = index_.try_emplace(name, rows_.size());
    if (is_new) rows_.push_back({name, std::vector<std::string>(columns_, "-")});
    rows_[it->second].cells[column] = std::move(text);
  }

  // Without rows that say nothing.
  std::string ToString() const {
    std::string text;
    for (const Row& row : rows_) {
      bool says_something = false;
      std::string line = absl::StrFormat("%-*s", kNameWidth, row.name);
      for (const std::string& cell : row.cells) {
        says_something |= cell != "-";
        absl::StrAppendFormat(&line, " %*s", kColumnWidth, cell);
      }
      if (says_something) absl::StrAppend(&text, line, "\n");
    }
    return text;
  }

 private:
  struct Row {
    std::string name;
    std::vector<std::string> cells;
  };
  const size_t columns_;
  std::vector<Row> rows_;
  std::map<std::string, size_t> index_;
};

void SetAttributed(const std::string& name, const v1::AttributedCounts& counts, size_t column, Table* table) {
  table->Set(name, column, CountText(counts.converted()));
  for (const v1::Money& money : counts.revenue()) {
    table->Set(name + ", " + money.currency_code(), column, MoneyText(money));
  }
}

void SetCounts(const v1::StatsCounts& counts, size_t column, Table* table) {
  table->Set("entered", column, CountText(counts.entered()));
  table->Set("controls", column, CountText(counts.controls()));
  for (const v1::GateStops& stops : counts.stopped()) {
    v1::StatsCount count;
    count.set_total(stops.total());
    count.set_users(stops.users());
    table->Set("stopped by " + stops.gate(), column, stops.has_users() ? CountText(count) : CountText(stops.total()));
  }
  table->Set("waited", column, CountText(counts.waited()));
  table->Set("cancelled", column, CountText(counts.cancelled()));
  table->Set("sent", column, CountText(counts.sent()));
  table->Set("delivered", column, CountText(counts.delivered()));
  table->Set("opened", column, CountText(counts.opened()));
  table->Set("clicked", column, CountText(counts.clicked()));
  table->Set("dismissed", column, CountText(counts.dismissed()));
  for (const v1::ConversionCounts& conversion : counts.conversions()) {
    SetAttributed(conversion.conversion_id() + ", any touch", conversion.any_touch(), column, table);
    SetAttributed(conversion.conversion_id() + ", last touch", conversion.last_touch(), column, table);
  }
}

std::string TitleOf(const v1::VariantStats& variant) {
  const std::string name = variant.variant_id().empty() ? "(no variant)" : variant.variant_id();
  return variant.control() ? name + " (control)" : name;
}

std::string LiftText(const v1::Lift& lift) {
  std::string text =
      absl::StrFormat("%s, %s: %.2f %% of %d against %.2f %% of %d", lift.conversion_id(), lift.variant_id(),
                      lift.rate() * 100, lift.users(), lift.control_rate() * 100, lift.control_users());
  if (lift.has_difference()) {
    absl::StrAppendFormat(&text, "; difference %+.2f (%+.2f to %+.2f) points", lift.difference().estimate() * 100,
                          lift.difference().low() * 100, lift.difference().high() * 100);
  }
  if (lift.has_relative()) {
    absl::StrAppendFormat(&text, "; lift %+.1f %% (%+.1f to %+.1f)", lift.relative().estimate() * 100,
                          lift.relative().low() * 100, lift.relative().high() * 100);
  }
  return text + "\n";
}

std::string HourText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%MZ", client::FromProto(time), absl::UTCTimeZone());
}

absl::Status SetTime(const char* flag, const std::string& text, google::protobuf::Timestamp* time) {
  absl::Time parsed;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &parsed, &error)) {
    return absl::InvalidArgumentError(absl::StrCat(flag, ": ", error, " (as in 2026-11-01T00:00:00Z)"));
  }
  *time = client::ToProto(parsed);
  return absl::OkStatus();
}

absl::StatusOr<int> Stats(const Globals& globals, const StatsFlags& flags, client::Client& client) {
  v1::GetCampaignStatsRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(flags.id);
  if (!flags.from.empty()) CADENZA_RETURN_IF_ERROR(SetTime("--from", flags.from, request.mutable_start_time()));
  if (!flags.to.empty()) CADENZA_RETURN_IF_ERROR(SetTime("--to", flags.to, request.mutable_end_time()));
  request.set_granularity(flags.by == "hour"  ? v1::GetCampaignStatsRequest::GRANULARITY_HOUR
                          : flags.by == "day" ? v1::GetCampaignStatsRequest::GRANULARITY_DAY
                                              : v1::GetCampaignStatsRequest::GRANULARITY_TOTAL);
  request.set_time_zone(flags.zone);
  CADENZA_ASSIGN_OR_RETURN(const v1::GetCampaignStatsResponse response, client.GetCampaignStats(request));
  std::printf("%s\n", globals.json ? ToJson(response.stats()).c_str() : FormatStats(response.stats()).c_str());
  return kOk;
}

}  // namespace

std::string FormatStats(const v1::CampaignStats& stats) {
  std::string text = absl::StrFormat("%-*s", kNameWidth, stats.campaign_id());
  Table table(static_cast<size_t>(stats.variants_size()) + 1);
  for (int i = 0; i < stats.variants_size(); ++i) {
    absl::StrAppendFormat(&text, " %*s", kColumnWidth, TitleOf(stats.variants(i)));
  }
  absl::StrAppendFormat(&text, " %*s\n", kColumnWidth, "all");
  // The order of the rows is that of all, which has every row.
  SetCounts(stats.total(), stats.variants_size(), &table);
  for (int i = 0; i < stats.variants_size(); ++i) SetCounts(stats.variants(i).total(), i, &table);
  absl::StrAppend(&text, table.ToString());
  for (const v1::Lift& lift : stats.lifts()) absl::StrAppend(&text, LiftText(lift));
  for (const v1::VariantStats& variant : stats.variants()) {
    for (const v1::StatsBucket& bucket : variant.buckets()) {
      Table of_bucket(1);
      SetCounts(bucket.counts(), 0, &of_bucket);
      absl::StrAppend(&text, "\n", TitleOf(variant), ", ", HourText(bucket.start_time()), " to ",
                      HourText(bucket.end_time()), "\n", of_bucket.ToString());
    }
  }
  return text;
}

void AddCampaignStats(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("stats", "Shows what a campaign did, by variant");
  command->footer(kFooter);
  auto flags = std::make_shared<StatsFlags>();
  command->add_option("CAMPAIGN_ID", flags->id, "the campaign")->required();
  command->add_option("--by", flags->by, "total, hour or day")->check(CLI::IsMember({"total", "hour", "day"}));
  command->add_option("--from", flags->from, "a full hour, included: 2026-11-01T00:00:00Z");
  command->add_option("--to", flags->to, "a full hour, excluded");
  command->add_option("--zone", flags->zone, "whose days: Europe/Berlin; UTC if absent");
  command->callback([&globals, &action, flags] {
    action = WithClient(globals, [&globals, flags](client::Client& client) { return Stats(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
