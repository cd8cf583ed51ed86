#include "clients/cli/report/figures.h"

#include <algorithm>

#include "clients/cli/report/funnel.h"
#include "clients/cli/report/messages.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::report {
namespace {

using plots::Count;

std::string TimeText(absl::Time time, absl::TimeZone zone) { return absl::FormatTime("%-d %b %Y %H:%M", time, zone); }

std::string PeriodText(const Source& source) {
  const std::string zone = source.zone.name();
  const std::string start = source.start.has_value() ? TimeText(*source.start, source.zone) : "the beginning";
  const std::string end = TimeText(source.end.value_or(source.made), source.zone);
  return StrCat("from ", start, " to ", end, source.end.has_value() ? "" : " (now)", ", ", zone);
}

bool IsEmpty(const v1::StatsCounts& counts) {
  bool converted = false;
  for (const v1::ConversionCounts& goal : counts.conversions()) {
    converted |= goal.any_touch().converted().total() != 0 || goal.last_touch().converted().total() != 0;
  }
  return !converted && counts.entered().total() == 0 && counts.stopped().empty() && counts.sent().total() == 0 &&
         counts.waited() == 0 && counts.delivered().total() == 0 && counts.opened().total() == 0 &&
         counts.clicked().total() == 0 && counts.dismissed().total() == 0;
}

std::string NothingText(const Source& source) {
  std::string text = "Nothing has been counted in this period: no input passed the campaign's trigger.";
  if (source.campaign.state() != v1::Campaign::STATE_ACTIVE) StrAppend(&text, " The campaign is ", source.state, ".");
  return text;
}

std::string Of(int64_t part, int64_t whole, std::string_view of) {
  if (whole <= 0) return "";
  return StrCat(plots::Percent(static_cast<double>(part) / static_cast<double>(whole)), " of ", of);
}

std::string Users(int64_t users) { return StrCat(Count(users), users == 1 ? " user" : " users"); }

std::vector<Tile> TilesOf(const Source& source, const std::vector<Goal>& goals) {
  const v1::StatsCounts& total = source.period.total();
  const int64_t sent = total.sent().total(), delivered = total.delivered().total();
  const int64_t reached = delivered > 0 ? delivered : sent;
  const char* of = delivered > 0 ? "delivered" : "sent";
  const bool reported = delivered + total.opened().total() + total.clicked().total() + total.dismissed().total() > 0;
  const auto part = [&](int64_t count, int64_t whole, const char* of_what) {
    return reported ? Of(count, whole, of_what) : "no receipt came";
  };
  std::vector<Tile> tiles = {{"Entered", Count(total.entered().total()), Users(total.entered().users())},
                             {"Sent", Count(sent), Users(total.sent().users())},
                             {"Delivered", Count(delivered), part(delivered, sent, "sent")},
                             {"Opened", Count(total.opened().total()), part(total.opened().total(), reached, of)},
                             {"Clicked", Count(total.clicked().total()), part(total.clicked().total(), reached, of)}};
  if (!goals.empty()) {
    const std::string& id = goals.front().conversion_id;
    tiles.push_back({"Converted", Count(ConvertedOf(source, id)), id});
  }
  return tiles;
}

Table VariantsOf(const Source& source) {
  Table table{"Messages by variant",
              {"Variant", "Entered", "Users", "Stopped", "Sent", "Delivered", "Opened", "Clicked", "Dismissed"},
              {}};
  for (const v1::VariantStats& variant : source.period.variants()) {
    const v1::StatsCounts& counts = variant.total();
    const bool unnamed = variant.variant_id().empty();
    // What was stopped before a variant was drawn is the funnel's.
    if (unnamed && source.campaign.variants_size() > 0 && counts.entered().total() == 0) continue;
    int64_t stopped = counts.cancelled();
    for (const v1::GateStops& stop : counts.stopped()) stopped += stop.total();
    std::vector<std::string> row = {VariantText(variant), Count(counts.entered().total()),
                                    Count(counts.entered().users()), Count(stopped)};
    for (const v1::StatsCount* count :
         {&counts.sent(), &counts.delivered(), &counts.opened(), &counts.clicked(), &counts.dismissed()}) {
      row.push_back(variant.control() && count->total() == 0 ? kNone : Count(count->total()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string GoalsNote(const Source& source, const std::vector<Goal>& goals) {
  if (goals.empty()) return "The campaign has no conversions, so what it brought about is not counted.";
  const auto& variants = source.campaign.variants();
  if (std::none_of(variants.begin(), variants.end(), [](const v1::Variant& variant) { return variant.control(); })) {
    return "Without a control there is no telling what would have happened anyway: rates of variants can be compared "
           "with "
           "one another, a lift cannot be measured.";
  }
  return "";
}

std::vector<std::string> Methods(const Source& source) {
  std::vector<std::string> methods = {
      "Everything is counted in the transaction in which it happened, so the numbers are exact. The period is by the "
      "clocks "
      "of the inputs, in full hours of UTC. \"Users\" counts each user once in the campaign, everything else each "
      "time.",
      "Whoever entered counts, whether or not a message came out, and of the control likewise (intention to treat): "
      "what "
      "gates stop or hold back does not make a variant look better."};
  std::string conversions =
      "Any touch: an entry that the goal followed within its window counts, once. Last touch: only if that entry is "
      "the latest of "
      "all campaigns that the event converts, so that it adds up over campaigns. Rates are users who converted, by any "
      "touch, of "
      "users who entered";
  StrAppend(&conversions, source.start.has_value() ? ", from the campaign's beginning to the end of the period." : ".");
  methods.push_back(std::move(conversions));
  methods.push_back(
      "95% intervals: of a rate, Wilson's score interval (1927); of a difference of rates, Newcombe's hybrid score "
      "interval (1998, method 10); of a relative lift, Katz's by the logarithm of the ratio (1978). A difference "
      "counts as "
      "one if its interval does not hold 0. The intervals are valid for one look at a time chosen beforehand: looking "
      "every day and stopping at the first difference finds too many.");
  return methods;
}

}  // namespace

Figures FiguresOf(const Source& source) {
  Figures figures;
  figures.campaign_id = source.campaign.campaign_id();
  figures.title = source.campaign.display_name().empty() ? figures.campaign_id : source.campaign.display_name();
  figures.workspace = source.workspace;
  figures.state = source.state;
  figures.trigger = source.trigger;
  figures.period = PeriodText(source);
  figures.made = absl::FormatTime("%-d %b %Y %H:%M:%S %Z", source.made, source.zone);
  figures.methods = Methods(source);
  if (IsEmpty(source.period.total())) {
    figures.nothing = NothingText(source);
    return figures;
  }
  figures.goals = GoalsOf(source);
  figures.goals_note = GoalsNote(source, figures.goals);
  figures.tiles = TilesOf(source, figures.goals);
  figures.funnel = FunnelOf(source);
  figures.funnel_table = FunnelTable(figures.funnel);
  figures.funnel_note = FunnelNote(source);
  figures.messages = MessagesOf(source);
  figures.variants = VariantsOf(source);
  return figures;
}

}  // namespace cadenza::report
