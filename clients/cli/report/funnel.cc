#include "clients/cli/report/funnel.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "absl/strings/str_replace.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::report {
namespace {

using plots::Bar;

// GateVerdict.gate, in the order of passing.
constexpr std::array<std::string_view, 13> kGates = {
    "trigger", "active_window", "condition",   "audience",      "subscription",  "re_eligibility", "holdout",
    "variant", "delay",         "quiet_hours", "frequency_cap", "delivery_rate", "render"};
constexpr size_t kFirstAfterEntering = 8;
constexpr int kGoalsMost = 4;

// Gates that a later version names come last.
size_t PlaceOf(std::string_view gate) {
  return static_cast<size_t>(std::distance(kGates.begin(), std::find(kGates.begin(), kGates.end(), gate)));
}

// By place and name.
using Stops = std::map<std::pair<size_t, std::string>, int64_t>;

struct SplitStops {
  Stops before, after;
};

// A second look at an early gate is told apart where variants are: who has one had entered.
SplitStops StopsOf(const v1::CampaignStats& stats) {
  SplitStops stops;
  for (const v1::VariantStats& variant : stats.variants()) {
    for (const v1::GateStops& stop : variant.total().stopped()) {
      const size_t place = PlaceOf(stop.gate());
      const bool before = variant.variant_id().empty() && place < kFirstAfterEntering;
      (before ? stops.before : stops.after)[{place, stop.gate()}] += stop.total();
    }
  }
  return stops;
}

std::string Share(int64_t count, int64_t whole, std::string_view of) {
  if (whole <= 0) return "";
  return StrCat(plots::Percent(static_cast<double>(count) / static_cast<double>(whole)), of.empty() ? "" : " of ", of);
}

// `level` goes down by what is lost.
Bar Lost(std::string label, int64_t count, int64_t whole, int64_t* level) {
  *level = std::max<int64_t>(0, *level - count);
  return {std::move(label), count, Share(count, whole, ""), Bar::Kind::kLost, *level};
}

plots::BarGroup Before(const Stops& stops, int64_t entered) {
  plots::BarGroup group{"Before entering", {}};
  int64_t whole = entered;
  for (const auto& [gate, count] : stops) whole += count;
  int64_t level = whole;
  group.bars.push_back({"looked at", whole, "", Bar::Kind::kReached, 0});
  for (const auto& [gate, count] : stops) {
    group.bars.push_back(Lost(StrCat("stopped: ", GateText(gate.second)), count, whole, &level));
  }
  group.bars.push_back({"entered", entered, Share(entered, whole, ""), Bar::Kind::kReached, 0});
  return group;
}

void AddGoals(const Source& source, plots::BarGroup* group) {
  const int64_t treated = source.period.total().entered().total() - source.period.total().controls().total();
  for (int i = 0; i < std::min(source.campaign.conversions_size(), kGoalsMost); ++i) {
    const std::string& id = source.campaign.conversions(i).conversion_id();
    const int64_t converted = ConvertedOf(source, id);
    group->bars.push_back(
        {StrCat("converted: ", id), converted, Share(converted, treated, ""), Bar::Kind::kReached, 0});
  }
}

plots::BarGroup After(const Source& source, const Stops& stops) {
  const v1::StatsCounts& total = source.period.total();
  const int64_t entered = total.entered().total(), sent = total.sent().total();
  plots::BarGroup group{"After entering", {}};
  int64_t level = entered;
  group.bars.push_back({"entered", entered, "", Bar::Kind::kReached, 0});
  if (total.controls().total() > 0) {
    group.bars.push_back(Lost("control, no message", total.controls().total(), entered, &level));
  }
  for (const auto& [gate, count] : stops) {
    group.bars.push_back(Lost(StrCat("stopped: ", GateText(gate.second)), count, entered, &level));
  }
  if (total.cancelled() > 0) group.bars.push_back(Lost("cancelled", total.cancelled(), entered, &level));
  group.bars.push_back({"sent", sent, Share(sent, entered, "entered"), Bar::Kind::kReached, 0});
  const int64_t delivered = total.delivered().total();
  const int64_t reached = delivered > 0 ? delivered : sent;
  const char* of = delivered > 0 ? "delivered" : "sent";
  if (delivered > 0) {
    group.bars.push_back({"delivered", delivered, Share(delivered, sent, "sent"), Bar::Kind::kReached, 0});
  }
  for (const auto& [label, count] : {std::pair("opened", &total.opened()), std::pair("clicked", &total.clicked())}) {
    if (count->total() == 0 && delivered == 0) continue;
    group.bars.push_back({label, count->total(), Share(count->total(), reached, of), Bar::Kind::kReached, 0});
  }
  AddGoals(source, &group);
  return group;
}

bool MayLookAgain(const v1::Campaign& campaign) {
  return campaign.has_delay() || campaign.has_delay_until() || campaign.has_delivery_rate() ||
         (campaign.has_quiet_hours() && campaign.quiet_hours().action() == v1::QuietHours::ACTION_HOLD);
}

}  // namespace

std::string GateText(std::string_view gate) {
  if (gate == "re_eligibility") return "re-eligibility";
  return absl::StrReplaceAll(Sv(gate), {{"_", " "}});
}

int64_t ConvertedOf(const Source& source, const std::string& conversion_id) {
  int64_t converted = 0;
  for (const v1::VariantStats& variant : source.period.variants()) {
    if (variant.control()) continue;
    for (const v1::ConversionCounts& goal : variant.total().conversions()) {
      if (goal.conversion_id() == conversion_id) converted += goal.any_touch().converted().total();
    }
  }
  return converted;
}

plots::BarPlot FunnelOf(const Source& source) {
  const SplitStops stops = StopsOf(source.period);
  const int64_t entered = source.period.total().entered().total();
  plots::BarPlot plot;
  if (!stops.before.empty()) plot.groups.push_back(Before(stops.before, entered));
  if (entered > 0 || source.period.total().sent().total() > 0 || !stops.after.empty()) {
    plot.groups.push_back(After(source, stops.after));
  }
  return plot;
}

Table FunnelTable(const plots::BarPlot& funnel) {
  Table table{"The funnel by gate", {"Step", "Count", "Share"}, {}};
  for (const plots::BarGroup& group : funnel.groups) {
    for (const Bar& bar : group.bars) {
      table.rows.push_back(
          {StrCat(group.title, ": ", bar.label), plots::Count(bar.count), bar.note.empty() ? kNone : bar.note});
    }
  }
  return table;
}

std::string FunnelNote(const Source& source) {
  std::string note;
  if (source.campaign.variants_size() == 0 && MayLookAgain(source.campaign)) {
    note =
        "Messages of this campaign wait, and some gates are passed again when they are sent. Without variants the two "
        "looks cannot be told apart: both are counted before entering.";
  }
  if (source.start.has_value()) {
    StrAppend(&note, note.empty() ? "" : " ",
              "Who entered before the period may have got the message in it, so its steps need not add up.");
  }
  return note;
}

}  // namespace cadenza::report
