// What a decision needs besides the rules, the input and the profile. Internal to server/rules and its callers.
#ifndef CADENZA_SERVER_RULES_OPTIONS_H_
#define CADENZA_SERVER_RULES_OPTIONS_H_

#include <string_view>

#include "absl/time/time.h"
#include "server/rules/catalog_items.h"
#include "storage/model/delivery_limits.h"

namespace cadenza::rules {

struct CompiledWorkspace;

// Gives out the places of delivery rates (gates/delivery_rate.h); its owner keeps their states.
class Pacer {
 public:
  struct Place {
    absl::Time time;       // `now` or later
    bool taken = true;     // else there was none to be had yet: ask again at `time`
    bool entered = false;  // if not taken: its turn in the campaign's rate comes at `time`; say so when asking again
  };
  virtual ~Pacer() = default;
  // Takes a place in both rates, either of which may be null.
  virtual Place Reserve(std::string_view workspace, std::string_view campaign_id, const DeliveryRate* of_workspace,
                        const DeliveryRate* of_campaign, bool entered, absl::Time now) = 0;
};

struct Options {
  absl::Duration session_gap = {};  // to tell whether the current session has lapsed
  // What templates read of catalogs; null: there are none. Once it has noted that an item is missing, what was decided
  // is void: put it in, and decide again.
  CatalogItems* catalog_items = nullptr;
  Pacer* pacer = nullptr;  // null: no delivery rate holds
  // What holds for all campaigns of the workspace; null: nothing does. Only Consider reads it: elsewhere it is the rule
  // set's.
  const CompiledWorkspace* workspace = nullptr;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_OPTIONS_H_
