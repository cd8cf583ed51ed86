#include "server/rules/tally.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cadenza::rules {
namespace {

struct OfUsers {
  Participation::Once once;
  CampaignMetric total;
  CampaignMetric users;
};

constexpr OfUsers OfStops(Participation::Once once, Gate gate) { return {once, StopsBy(gate), StoppedUsersBy(gate)}; }

constexpr OfUsers kOfUsers[] = {
    {Participation::kEntered, CampaignMetric::kEntered, CampaignMetric::kEnteredUsers},
    {Participation::kControl, CampaignMetric::kControls, CampaignMetric::kControlUsers},
    {Participation::kSent, CampaignMetric::kSent, CampaignMetric::kSentUsers},
    {Participation::kDelivered, CampaignMetric::kDelivered, CampaignMetric::kDeliveredUsers},
    {Participation::kOpened, CampaignMetric::kOpened, CampaignMetric::kOpenedUsers},
    {Participation::kClicked, CampaignMetric::kClicked, CampaignMetric::kClickedUsers},
    {Participation::kDismissed, CampaignMetric::kDismissed, CampaignMetric::kDismissedUsers},
    OfStops(Participation::kStoppedByVariant, Gate::kVariant),
    OfStops(Participation::kStoppedByDelay, Gate::kDelay),
    OfStops(Participation::kStoppedByQuietHours, Gate::kQuietHours),
    OfStops(Participation::kStoppedByFrequencyCap, Gate::kFrequencyCap),
    OfStops(Participation::kStoppedByDeliveryRate, Gate::kDeliveryRate),
    OfStops(Participation::kStoppedByRender, Gate::kRender),
};

struct OfTouch {
  int64_t bit;
  ConversionMetric total;
  ConversionMetric users;
  ConversionMetric nanos;
};

constexpr OfTouch kOfTouches[] = {
    {Participation::kAnyTouch, ConversionMetric::kAnyTouch, ConversionMetric::kAnyTouchUsers,
     ConversionMetric::kAnyTouchNanos},
    {Participation::kLastTouch, ConversionMetric::kLastTouch, ConversionMetric::kLastTouchUsers,
     ConversionMetric::kLastTouchNanos},
};

// As what a user is counted; from now on under this variant, if he was under none.
Participation& ParticipationIn(std::string_view campaign_id, std::string_view variant_id, Profile* profile) {
  const auto known = profile->participations.find(campaign_id);
  if (known != profile->participations.end()) return known->second;
  return profile->participations.emplace(campaign_id, Participation{.variant_id = std::string(variant_id)})
      .first->second;
}

// Asked before anything is changed, since it mostly is so.
bool IsCounted(std::string_view campaign_id, Participation::Once once, const Profile& profile) {
  const auto known = profile.participations.find(campaign_id);
  return known != profile.participations.end() && (known->second.counted & once) != 0;
}

}  // namespace

void Tally::Enter(std::string_view campaign_id, std::string_view variant_id, bool control, Profile* profile) {
  AddWithUser(campaign_id, variant_id, CampaignMetric::kEntered, profile);
  if (control) AddWithUser(campaign_id, variant_id, CampaignMetric::kControls, profile);
}

void Tally::End(std::string_view campaign_id, std::string_view variant_id, DecisionOutcome outcome, Gate gate,
                Profile* profile) {
  switch (outcome) {
    case DecisionOutcome::kUnspecified:
    case DecisionOutcome::kControl:
      break;
    case DecisionOutcome::kStopped:
      if (CountsStoppedUsers(gate)) {
        AddWithUser(campaign_id, variant_id, StopsBy(gate), profile);
      } else {
        Add(campaign_id, variant_id, StopsBy(gate));
      }
      break;
    case DecisionOutcome::kWaits:
      Add(campaign_id, variant_id, CampaignMetric::kWaited);
      break;
    case DecisionOutcome::kSent:
      AddWithUser(campaign_id, variant_id, CampaignMetric::kSent, profile);
      break;
    case DecisionOutcome::kCancelled:
      Add(campaign_id, variant_id, CampaignMetric::kCancelled);
      break;
  }
}

void Tally::Report(const apply::Reported& reported, Profile* profile) {
  constexpr std::pair<Receipt::Kind, CampaignMetric> kKinds[] = {
      {Receipt::Kind::kDelivered, CampaignMetric::kDelivered},
      {Receipt::Kind::kOpened, CampaignMetric::kOpened},
      {Receipt::Kind::kClicked, CampaignMetric::kClicked},
      {Receipt::Kind::kDismissed, CampaignMetric::kDismissed},
  };
  for (const auto& [kind, metric] : kKinds) {
    if (!reported.Has(kind) || (kind == Receipt::Kind::kClicked && reported.another_link)) continue;
    AddWithUser(reported.campaign_id, reported.variant_id, metric, profile);
  }
}

void Tally::Convert(const Converted& converted, Profile* profile) {
  const std::string& campaign_id = converted.campaign_id;
  Participation& participation = ParticipationIn(campaign_id, converted.variant_id, profile);
  int64_t& counted = participation.conversions[converted.conversion_id];
  for (const OfTouch& touch : kOfTouches) {
    if (touch.bit == Participation::kLastTouch && !converted.last_touch) continue;
    Add(campaign_id, converted.variant_id, converted.conversion_id, touch.total);
    if ((counted & touch.bit) == 0) {
      Add(campaign_id, participation.variant_id, converted.conversion_id, touch.users);
    }
    counted |= touch.bit;
    if (!converted.revenue.has_value() || converted.revenue->nanos == 0) continue;
    AddTo(KeyOf(campaign_id, converted.variant_id, converted.conversion_id, converted.revenue->currency_code),
          static_cast<int>(touch.nanos), converted.revenue->nanos);
  }
}

void Tally::Merge(const Profile& anonymous, const Profile& known) {
  for (const auto& [campaign_id, theirs] : anonymous.participations) {
    const auto found = known.participations.find(campaign_id);
    if (found == known.participations.end()) continue;
    const Participation& own = found->second;
    for (const OfUsers& of : kOfUsers) {
      if ((theirs.counted & of.once) == 0) continue;
      const bool both = (own.counted & of.once) != 0;
      if (!both && own.variant_id == theirs.variant_id) continue;
      Add(campaign_id, theirs.variant_id, of.users, -1);
      if (!both) Add(campaign_id, own.variant_id, of.users, 1);
    }
    for (const auto& [conversion_id, counted] : theirs.conversions) {
      const auto ours = own.conversions.find(conversion_id);
      const int64_t own_counted = ours == own.conversions.end() ? 0 : ours->second;
      for (const OfTouch& touch : kOfTouches) {
        if ((counted & touch.bit) == 0) continue;
        const bool both = (own_counted & touch.bit) != 0;
        if (!both && own.variant_id == theirs.variant_id) continue;
        Add(campaign_id, theirs.variant_id, conversion_id, touch.users, -1);
        if (!both) Add(campaign_id, own.variant_id, conversion_id, touch.users, 1);
      }
    }
  }
}

void Tally::AddWithUser(std::string_view campaign_id, std::string_view variant_id, CampaignMetric metric,
                        Profile* profile) {
  Add(campaign_id, variant_id, metric);
  const auto* const of = std::find_if(std::begin(kOfUsers), std::end(kOfUsers),
                                      [&](const OfUsers& users) { return users.total == metric; });
  if (of == std::end(kOfUsers) || IsCounted(campaign_id, of->once, *profile)) return;
  Participation& participation = ParticipationIn(campaign_id, variant_id, profile);
  participation.counted |= of->once;
  Add(campaign_id, participation.variant_id, of->users);
}

size_t Tally::KeyOf(std::string_view campaign_id, std::string_view variant_id, std::string_view conversion_id,
                    std::string_view currency) {
  for (size_t i = key_count_; i > 0; --i) {
    const CounterKey& key = keys_[i - 1];
    if (key.campaign_id == campaign_id && key.variant_id == variant_id && key.conversion_id == conversion_id &&
        key.currency == currency) {
      return i - 1;
    }
  }
  if (key_count_ == keys_.size()) keys_.emplace_back();
  CounterKey& key = keys_[key_count_];
  key.campaign_id = campaign_id;
  key.variant_id = variant_id;
  key.conversion_id = conversion_id;
  key.currency = currency;
  key.hour = HourOf(clock_);
  return key_count_++;
}

}  // namespace cadenza::rules
