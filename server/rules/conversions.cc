#include "server/rules/conversions.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/checks.h"
#include "server/rules/facts.h"
#include "server/rules/fields.h"
#include "server/rules/rule_set.h"
#include "storage/base/status_macros.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

constexpr double kRevenueMax = 1e12;  // of an event, in units

bool IsCurrency(std::string_view code) {
  return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

absl::Status CheckRevenue(const Conversion& conversion) {
  const bool any_currency = !conversion.currency_property.empty() || !conversion.currency_code.empty();
  if (conversion.revenue_property.empty()) {
    return any_currency ? Invalid("revenue_property", "is required where a currency is given") : absl::OkStatus();
  }
  if (conversion.goal != Conversion::Goal::kEventName) {
    return Invalid("revenue_property", "goes with event_name only; a purchase's revenue is what it cost");
  }
  CADENZA_RETURN_IF_ERROR(CheckName("revenue_property", conversion.revenue_property, limits::kNameBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("currency_property", conversion.currency_property, limits::kNameBytes));
  if (!any_currency) return Invalid("currency_code", "is required, unless there is a currency_property");
  if (conversion.currency_code.empty() || IsCurrency(conversion.currency_code)) return absl::OkStatus();
  return Invalid("currency_code", "must be three capital letters, as in ISO 4217 (\"EUR\")");
}

absl::Status CheckConversion(const Conversion& conversion) {
  CADENZA_RETURN_IF_ERROR(CheckId("conversion_id", conversion.conversion_id, limits::kCampaignIdBytes));
  switch (conversion.goal) {
    case Conversion::Goal::kNone:
      return Invalid("goal", "is required: event_name, purchase_made or session_started");
    case Conversion::Goal::kEventName:
      CADENZA_RETURN_IF_ERROR(CheckName("event_name", conversion.event_name, limits::kNameBytes));
      break;
    case Conversion::Goal::kPurchaseMade:
      if (conversion.product_id.empty()) break;
      CADENZA_RETURN_IF_ERROR(CheckName("purchase_made.product_id", conversion.product_id, limits::kNameBytes));
      break;
    case Conversion::Goal::kSessionStarted:
      break;
  }
  CADENZA_RETURN_IF_ERROR(CheckText("condition", conversion.condition, limits::kConditionBytes));
  if (conversion.window < absl::Seconds(1) || conversion.window > limits::kConversionWindow) {
    return Invalid("window",
                   StrCat("is required: from 1s to ", absl::FormatDuration(limits::kConversionWindow), " (90 days)"));
  }
  return CheckRevenue(conversion);
}

bool IsProduct(const Conversion& conversion, const Input& input) {
  return conversion.product_id.empty() || std::get<Purchase>(input.payload).product_id == conversion.product_id;
}

// The latest touch of the campaign that is open to the conversion; null if there is none.
Touch* OpenTouchOf(const std::string& campaign_id, const Conversion& conversion, absl::Time now, Profile* profile) {
  for (auto touch = profile->touches.rbegin(); touch != profile->touches.rend(); ++touch) {
    if (touch->campaign_id != campaign_id || touch->time > now || now - touch->time > conversion.window) continue;
    const auto& converted = touch->converted;
    if (std::find(converted.begin(), converted.end(), conversion.conversion_id) == converted.end()) return &*touch;
  }
  return nullptr;
}

// Of one input.
class Search {
 public:
  Search(const Input& input, absl::Duration session_gap, Profile* profile)
      : input_(input), profile_(profile), facts_(input, *profile, session_gap) {}

  void Look(const Goals::List& goals) {
    for (const Goals::Goal& goal : goals) {
      const CompiledConversion& compiled = goal.campaign->conversions[goal.conversion];
      const Conversion& conversion = compiled.conversion;
      if (conversion.goal == Conversion::Goal::kPurchaseMade && !IsProduct(conversion, input_)) continue;
      Touch* touch = OpenTouchOf(goal.campaign->campaign.campaign_id, conversion, facts_.now, profile_);
      if (touch != nullptr && Holds(compiled)) found_.push_back({touch, &conversion});
    }
  }

  std::vector<Converted> Take() && {
    std::vector<Converted> converted;
    if (found_.empty()) return converted;
    std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
      return std::tie(a.touch->campaign_id, a.conversion->conversion_id) <
             std::tie(b.touch->campaign_id, b.conversion->conversion_id);
    });
    const auto last = std::max_element(found_.begin(), found_.end(),
                                       [](const Found& a, const Found& b) { return a.touch->time < b.touch->time; });
    const std::string last_campaign = last->touch->campaign_id;
    for (const Found& found : found_) {
      found.touch->converted.push_back(found.conversion->conversion_id);
      converted.push_back({found.touch->campaign_id, found.touch->variant_id, found.conversion->conversion_id,
                           found.touch->campaign_id == last_campaign, RevenueOf(*found.conversion, input_)});
    }
    return converted;
  }

 private:
  struct Found {
    Touch* touch;
    const Conversion* conversion;
  };

  bool Holds(const CompiledConversion& compiled) const {
    if (compiled.condition == nullptr) return true;
    const absl::StatusOr<cel::Value> value = compiled.condition->Evaluate(CelScope(facts_));
    return value.ok() && value->bool_value();
  }

  const Input& input_;
  Profile* const profile_;
  const Facts facts_;
  std::vector<Found> found_;
};

}  // namespace

absl::Status CompileConversions(CompiledCampaign* compiled) {
  const std::vector<Conversion>& conversions = compiled->campaign.conversions;
  if (conversions.size() > limits::kConversions) {
    return LimitExceeded(
        "conversions", StrCat("has ", conversions.size(), " entries; at most ", limits::kConversions, " are allowed"));
  }
  absl::flat_hash_set<std::string> ids;
  for (size_t i = 0; i < conversions.size(); ++i) {
    const std::string prefix = StrCat("conversions[", i, "].");
    if (absl::Status checked = CheckConversion(conversions[i]); !checked.ok()) return WithFieldPrefix(checked, prefix);
    if (!ids.insert(conversions[i].conversion_id).second) {
      return Invalid(StrCat(prefix, "conversion_id"), "occurs twice; each conversion has its own");
    }
    auto condition = CompileCondition(conversions[i].condition, ConditionEnv());
    if (!condition.ok()) return WithFieldPrefix(condition.status(), prefix);
    compiled->conversions.push_back({conversions[i], *std::move(condition)});
  }
  return absl::OkStatus();
}

void Goals::Add(const std::shared_ptr<const CompiledCampaign>& campaign) {
  for (size_t i = 0; i < campaign->conversions.size(); ++i) {
    const Conversion& conversion = campaign->conversions[i].conversion;
    longest_window = std::max(longest_window, conversion.window);
    const Goal goal{campaign, i};
    if (conversion.goal == Conversion::Goal::kEventName) by_event[conversion.event_name].push_back(goal);
    if (conversion.goal == Conversion::Goal::kPurchaseMade) on_purchase.push_back(goal);
    if (conversion.goal == Conversion::Goal::kSessionStarted) on_session_start.push_back(goal);
  }
}

void OpenTouch(const Goals& goals, std::string_view campaign_id, std::string_view variant_id, absl::Time now,
               Profile* profile) {
  std::vector<Touch>& touches = profile->touches;
  const auto later = std::find_if(touches.begin(), touches.end(), [&](const Touch& t) { return t.time > now; });
  touches.insert(later, {std::string(campaign_id), std::string(variant_id), now});
  auto keep = std::find_if(touches.begin(), touches.end(),
                           [&](const Touch& touch) { return now - touch.time <= goals.longest_window; });
  if (const auto most = static_cast<ptrdiff_t>(limits::kTouches); touches.end() - keep > most)
    keep = touches.end() - most;
  touches.erase(touches.begin(), keep);
}

std::vector<Converted> FindConversions(const Goals& goals, const Input& input, const apply::Applied& applied,
                                       absl::Duration session_gap, Profile* profile) {
  if (applied.history || profile->touches.empty()) return {};
  const Goals::List* by_kind = nullptr;
  if (input.kind() == InputKind::kCustomEvent && !goals.by_event.empty()) {
    const auto found = goals.by_event.find(input.event_name());
    if (found != goals.by_event.end()) by_kind = &found->second;
  }
  if (input.kind() == InputKind::kPurchase && !goals.on_purchase.empty()) by_kind = &goals.on_purchase;
  const bool starts_session = applied.session_started && !goals.on_session_start.empty();
  if (by_kind == nullptr && !starts_session) return {};
  Search search(input, session_gap, profile);
  if (by_kind != nullptr) search.Look(*by_kind);
  if (starts_session) search.Look(goals.on_session_start);
  return std::move(search).Take();
}

std::optional<Money> RevenueOf(const Conversion& conversion, const Input& input) {
  if (const auto* purchase = std::get_if<Purchase>(&input.payload)) {
    if (conversion.goal != Conversion::Goal::kPurchaseMade) return std::nullopt;
    return Money{purchase->price.currency_code, purchase->price.nanos * purchase->quantity};
  }
  const auto* event = std::get_if<CustomEvent>(&input.payload);
  if (event == nullptr || conversion.revenue_property.empty()) return std::nullopt;
  const Value* amount = event->properties.Find(conversion.revenue_property);
  if (amount == nullptr) return std::nullopt;
  Money money{conversion.currency_code, 0};
  const Value* currency =
      conversion.currency_property.empty() ? nullptr : event->properties.Find(conversion.currency_property);
  if (currency != nullptr)
    money.currency_code = currency->kind() == Value::Kind::kString ? currency->string_value() : "";
  if (!IsCurrency(money.currency_code)) return std::nullopt;
  if (amount->kind() == Value::Kind::kInt) {
    if (std::abs(static_cast<double>(amount->int_value())) >= kRevenueMax) return std::nullopt;
    money.nanos = absl::int128(amount->int_value()) * kNanosPerUnit;
    return money;
  }
  if (amount->kind() != Value::Kind::kDouble || !(std::abs(amount->double_value()) < kRevenueMax)) return std::nullopt;
  money.nanos = absl::int128(std::nearbyint(amount->double_value() * static_cast<double>(kNanosPerUnit)));
  return money;
}

}  // namespace cadenza::rules
