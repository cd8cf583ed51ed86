// What a campaign is meant to bring about, and whether it did.
#ifndef CADENZA_CLIENTS_CLI_REPORT_GOALS_H_
#define CADENZA_CLIENTS_CLI_REPORT_GOALS_H_

#include <string>
#include <vector>

#include "clients/cli/report/plots/plot.h"
#include "clients/cli/report/source.h"
#include "clients/cli/report/table.h"

namespace cadenza::report {

// Of one conversion.
struct Goal {
  std::string conversion_id;
  std::string description;  // "order_placed within 30 days"
  // What the intervals say, in sentences.
  std::vector<std::string> findings;
  plots::IntervalPlot rates;  // of each variant, with its own interval
  plots::IntervalPlot lifts;  // against the control; no rows without one
  Table table;
  Table revenue_table;  // no rows if there was none
  Table lift_table;
};

// In the order of the campaign, then those that it no longer has.
std::vector<Goal> GoalsOf(const Source& source);

// Its id, with a word if that does not say that it is the control; "without variant" for none.
std::string VariantText(const v1::VariantStats& variant);

// Amounts as "1,234.50 EUR, 20.00 USD"; kNone for none. Rounded to a hundredth.
std::string MoneyText(const google::protobuf::RepeatedPtrField<v1::Money>& amounts);

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_GOALS_H_
