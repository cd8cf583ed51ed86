// Conversions: whether an input is what a campaign was meant to bring about, and which allocations ("touches") it is
// owed to. Pure.
//
// A touch is opened when a user is allocated to a campaign that has conversions, whether or not a message comes of it
// (intention to treat), of a control like of any other variant. It is kept in the profile, is open to a conversion for
// its window, and leads to each conversion once.
//
//   any touch   for each campaign that has a touch which is open to the conversion, its latest such one converts
//   last touch  among all campaigns that convert by one input, only the one whose touch is the latest (of two at the
//               same moment, the lesser campaign_id)
//
// An input converts no touch that it opens itself: conversions are looked for before campaigns decide. History (too
// late for a decision) converts nobody.
#ifndef CADENZA_SERVER_RULES_CONVERSIONS_H_
#define CADENZA_SERVER_RULES_CONVERSIONS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/apply/apply.h"
#include "storage/base/text.h"
#include "storage/model/conversion.h"
#include "storage/model/input.h"
#include "storage/model/money.h"
#include "storage/model/profile.h"

namespace cadenza::cel {
class Program;
}

namespace cadenza::rules {

struct CompiledCampaign;

struct CompiledConversion {
  Conversion conversion;
  std::shared_ptr<const cel::Program> condition;  // null = always true
};

// Checks and compiles campaign.conversions. INVALID_ARGUMENT (a rejection) names the field: "conversions[1].window".
absl::Status CompileConversions(CompiledCampaign* compiled);

// The conversions of a workspace's campaigns, by what fulfils them: an input that fulfils none costs one search.
struct Goals {
  struct Goal {
    std::shared_ptr<const CompiledCampaign> campaign;
    size_t conversion = 0;  // index into its conversions
  };
  using List = std::vector<Goal>;
  StringMap<List> by_event;
  List on_purchase;  // product_id is left to the search
  List on_session_start;
  absl::Duration longest_window;

  void Add(const std::shared_ptr<const CompiledCampaign>& campaign);
};

// Enters the allocation. Drops touches that no window of `goals` reaches any more, and the first where there are too
// many.
void OpenTouch(const Goals& goals, std::string_view campaign_id, std::string_view variant_id, absl::Time now,
               Profile* profile);

// A touch has led to a conversion.
struct Converted {
  std::string campaign_id;
  std::string variant_id;  // of the touch
  std::string conversion_id;
  bool last_touch = false;
  std::optional<Money> revenue;
};

// What `input`, which was applied to `profile`, converts; the profile notes which touches it took. A condition that
// fails (an error) is not fulfilled.
std::vector<Converted> FindConversions(const Goals& goals, const Input& input, const apply::Applied& applied,
                                       absl::Duration session_gap, Profile* profile);

// What `input` is worth for the conversion; nothing if it says nothing valid. Exact to a billionth of the currency:
// a double is rounded to the nearest.
std::optional<Money> RevenueOf(const Conversion& conversion, const Input& input);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_CONVERSIONS_H_
