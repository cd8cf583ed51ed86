#include "clients/cli/report/goals.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/report/plots/text.h"
#include "clients/cli/report/wilson.h"
#include "storage/base/text.h"

namespace cadenza::report {
namespace {

using plots::Count;
using plots::IntervalRow;

// So many comparisons are told one by one.
constexpr int kToldMost = 4;

const v1::ConversionCounts& CountsOf(const v1::StatsCounts& counts, const std::string& conversion_id) {
  for (const v1::ConversionCounts& goal : counts.conversions()) {
    if (goal.conversion_id() == conversion_id) return goal;
  }
  return v1::ConversionCounts::default_instance();
}

// "30 days", "36 hours", "90 seconds".
std::string DurationText(const google::protobuf::Duration& duration) {
  const int64_t seconds = duration.seconds();
  for (const auto& [unit, length] : {std::pair("day", 86400), std::pair("hour", 3600), std::pair("minute", 60)}) {
    if (seconds == 0 || seconds % length != 0) continue;
    return StrCat(Count(seconds / length), " ", unit, seconds == length ? "" : "s");
  }
  return StrCat(Count(seconds), seconds == 1 ? " second" : " seconds");
}

std::string Describe(const v1::Conversion& conversion) {
  std::string goal;
  switch (conversion.goal_case()) {
    case v1::Conversion::kEventName:
      goal = conversion.event_name();
      break;
    case v1::Conversion::kPurchaseMade:
      goal = conversion.purchase_made().product_id().empty()
                 ? "a purchase"
                 : StrCat("a purchase of ", conversion.purchase_made().product_id());
      break;
    case v1::Conversion::kSessionStarted:
      goal = "a session start";
      break;
    case v1::Conversion::GOAL_NOT_SET:
      goal = "?";
  }
  if (!conversion.condition().empty()) StrAppend(&goal, " if ", conversion.condition());
  return StrCat(goal, ", within ", DurationText(conversion.window()), " after entering");
}

IntervalRow::Tone ToneOf(const v1::Lift& lift) {
  if (!lift.has_difference()) return IntervalRow::Tone::kPlain;
  if (lift.difference().low() > 0) return IntervalRow::Tone::kBetter;
  return lift.difference().high() < 0 ? IntervalRow::Tone::kWorse : IntervalRow::Tone::kPlain;
}

std::string PointsInterval(const v1::Interval& interval) {
  return StrCat(plots::SignedPoints(interval.low()), " to ", plots::SignedPoints(interval.high()));
}

std::string Finding(const v1::Lift& lift) {
  const std::string numbers = StrCat(plots::Percent(lift.rate()), " against ", plots::Percent(lift.control_rate()),
                                     ", a difference of ", plots::SignedPoints(lift.difference().estimate()),
                                     " percentage points (95% interval ", PointsInterval(lift.difference()), ").");
  switch (ToneOf(lift)) {
    case IntervalRow::Tone::kBetter:
      return StrCat(lift.variant_id(), " converts better than the control: ", numbers);
    case IntervalRow::Tone::kWorse:
      return StrCat(lift.variant_id(), " converts worse than the control: ", numbers);
    default:
      return StrCat(lift.variant_id(), " cannot be told apart from the control yet: ", numbers);
  }
}

// One sentence for each, or how many are what.
std::vector<std::string> FindingsOf(const std::vector<const v1::Lift*>& lifts) {
  std::vector<std::string> findings;
  int better = 0, worse = 0, compared = 0;
  for (const v1::Lift* lift : lifts) {
    if (!lift->has_difference()) continue;
    ++compared;
    better += ToneOf(*lift) == IntervalRow::Tone::kBetter;
    worse += ToneOf(*lift) == IntervalRow::Tone::kWorse;
    findings.push_back(Finding(*lift));
  }
  if (compared <= kToldMost) return findings;
  return {StrCat("Of ", compared, " variants, ", better, " convert better than the control, ", worse, " worse, and ",
                 compared - better - worse, " cannot be told apart from it yet."),
          StrCat("With ", compared,
                 " comparisons at 95%, about one in twenty looks like a difference where there is none: take a single "
                 "one with care.")};
}

std::string PerUser(const google::protobuf::RepeatedPtrField<v1::Money>& amounts, int64_t users) {
  if (amounts.empty() || users <= 0) return kNone;
  std::vector<std::string> parts;
  for (const v1::Money& money : amounts) {
    const double amount = static_cast<double>(money.units()) + money.nanos() / 1e9;
    parts.push_back(absl::StrFormat("%.3f %s", amount / static_cast<double>(users), money.currency_code()));
  }
  return absl::StrJoin(parts, ", ");
}

std::string IntervalText(const RateInterval& interval) {
  const std::string low = plots::Percent(interval.low);
  return StrCat(low.substr(0, low.size() - 1), " to ", plots::Percent(interval.high));
}

void AddVariant(const v1::VariantStats& variant, const std::string& name, bool revenue, Goal* goal) {
  const v1::ConversionCounts& counts = CountsOf(variant.total(), goal->conversion_id);
  const int64_t users = variant.total().entered().users();
  const int64_t converted = std::clamp<int64_t>(counts.any_touch().converted().users(), 0, std::max<int64_t>(0, users));
  IntervalRow row{name, {}, 0, 0, "", "nobody entered", IntervalRow::Tone::kPlain};
  if (variant.control()) row.tone = IntervalRow::Tone::kControl;
  std::string rate = kNone, interval = kNone;
  if (users > 0) {
    const RateInterval wilson = Wilson(converted, users);
    row.estimate = wilson.rate;
    row.low = wilson.low;
    row.high = wilson.high;
    rate = plots::Percent(wilson.rate);
    interval = IntervalText(wilson);
    row.number = rate;
    row.note = interval;
    if (variant.control()) goal->rates.reference = wilson.rate;
  }
  goal->rates.rows.push_back(row);
  goal->table.rows.push_back({name, Count(users), Count(counts.any_touch().converted().users()), rate, interval,
                              Count(counts.any_touch().converted().total()),
                              Count(counts.last_touch().converted().total())});
  if (!revenue) return;
  goal->revenue_table.rows.push_back({name, MoneyText(counts.any_touch().revenue()),
                                      MoneyText(counts.last_touch().revenue()),
                                      PerUser(counts.any_touch().revenue(), users)});
}

void AddLifts(const std::vector<const v1::Lift*>& lifts, Goal* goal) {
  goal->lifts.difference = true;
  for (const v1::Lift* lift : lifts) {
    IntervalRow row{lift->variant_id(), {}, 0, 0, "", "nobody entered", ToneOf(*lift)};
    std::vector<std::string> cells = {lift->variant_id(), kNone, kNone, kNone, kNone};
    if (lift->has_difference()) {
      const v1::Interval& difference = lift->difference();
      row.estimate = difference.estimate();
      row.low = std::min(difference.low(), difference.estimate());
      row.high = std::max(difference.high(), difference.estimate());
      cells[1] = plots::SignedPoints(difference.estimate());
      cells[2] = PointsInterval(difference);
      row.number = cells[1];
      row.note = cells[2];
    }
    if (lift->has_relative()) {
      cells[3] = plots::SignedPercent(lift->relative().estimate());
      cells[4] =
          StrCat(plots::SignedPercent(lift->relative().low()), " to ", plots::SignedPercent(lift->relative().high()));
    }
    goal->lifts.rows.push_back(std::move(row));
    goal->lift_table.rows.push_back(std::move(cells));
  }
  if (goal->lifts.rows.empty()) return;
  goal->lifts.reference = 0;
  goal->lifts.reference_label = "no difference";
}

Goal GoalOf(const Source& source, const std::string& conversion_id, std::string description) {
  Goal goal;
  goal.conversion_id = conversion_id;
  goal.description = std::move(description);
  goal.table = {StrCat("Conversions: ", conversion_id),
                {"Variant", "Users", "Converted", "Rate", "95% interval", "Any touch", "Last touch"},
                {}};
  goal.lift_table = {StrCat("Lift against the control: ", conversion_id),
                     {"Variant", "Difference, points", "95% interval", "Relative", "95% interval"},
                     {}};
  const v1::ConversionCounts& total = CountsOf(source.whole.total(), conversion_id);
  const bool revenue = !total.any_touch().revenue().empty() || !total.last_touch().revenue().empty();
  goal.revenue_table = {
      StrCat("Revenue: ", conversion_id), {"Variant", "Any touch", "Last touch", "A user, any touch"}, {}};
  for (const v1::VariantStats& variant : source.whole.variants()) {
    const bool unnamed = variant.variant_id().empty();
    if (unnamed && source.campaign.variants_size() > 0 && variant.total().entered().users() == 0) continue;
    AddVariant(variant, VariantText(variant), revenue, &goal);
  }
  if (goal.rates.reference.has_value()) goal.rates.reference_label = "control";
  std::vector<const v1::Lift*> lifts;
  for (const v1::Lift& lift : source.whole.lifts()) {
    if (lift.conversion_id() == conversion_id) lifts.push_back(&lift);
  }
  AddLifts(lifts, &goal);
  goal.findings = FindingsOf(lifts);
  return goal;
}

}  // namespace

std::vector<Goal> GoalsOf(const Source& source) {
  std::vector<Goal> goals;
  std::set<std::string> known;
  for (const v1::Conversion& conversion : source.campaign.conversions()) {
    known.insert(conversion.conversion_id());
    goals.push_back(GoalOf(source, conversion.conversion_id(), Describe(conversion)));
  }
  for (const v1::ConversionCounts& counts : source.whole.total().conversions()) {
    if (!known.insert(counts.conversion_id()).second) continue;
    goals.push_back(GoalOf(source, counts.conversion_id(), "no longer a conversion of the campaign"));
  }
  return goals;
}

std::string VariantText(const v1::VariantStats& variant) {
  if (variant.variant_id().empty()) return "without variant";
  const bool told = variant.control() && variant.variant_id() != "control";
  return told ? StrCat(variant.variant_id(), " (control)") : variant.variant_id();
}

std::string MoneyText(const google::protobuf::RepeatedPtrField<v1::Money>& amounts) {
  std::vector<std::string> parts;
  for (const v1::Money& money : amounts) {
    int64_t units = money.units();
    int64_t hundredths = std::llround(money.nanos() / 1e7);
    if (std::abs(hundredths) == 100) {
      units += hundredths / 100;
      hundredths = 0;
    }
    const bool minus = units == 0 && hundredths < 0;
    parts.push_back(
        absl::StrFormat("%s%s.%02d %s", minus ? "-" : "", Count(units), std::abs(hundredths), money.currency_code()));
  }
  return parts.empty() ? kNone : absl::StrJoin(parts, ", ");
}

}  // namespace cadenza::report
