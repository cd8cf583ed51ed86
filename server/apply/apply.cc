#include "server/apply/apply.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "server/apply/attributes.h"
#include "server/apply/session.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::apply {
namespace {

// What an input may add to the encoded profile, besides names.
constexpr size_t kNewEntryBytes = 48;
constexpr size_t kOldEntryBytes = 8;

absl::Status LimitExceeded(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, field, message);
}

// A profile is measured once in so many inputs while it is far from full. In between it grows by what inputs declare
// here, and by what campaigns add; their timers and recent messages, under 48 KB and 26 KB of one user, are left to the
// half that is kept free.
constexpr uint32_t kTrustedInputs = 64;
constexpr size_t kFarFromFull = limits::kProfileBytes / 2;
constexpr size_t kCampaignBytes = 32 + limits::kCampaignIdBytes;

bool IsFarFromFull(size_t growth, Profile* profile) {
  SizeBound& bound = profile->size_bound;
  if (bound.trust == 0) return false;
  --bound.trust;
  const size_t campaigns = profile->campaigns.size();
  const size_t more = campaigns - std::min<size_t>(campaigns, bound.campaigns);
  bound.bytes += static_cast<uint32_t>(growth + more * kCampaignBytes);
  bound.campaigns = static_cast<uint32_t>(campaigns);
  return bound.bytes <= kFarFromFull;
}

absl::Status CheckBytes(std::string_view field, size_t growth, Profile* profile) {
  if (IsFarFromFull(growth, profile)) return absl::OkStatus();
  const size_t bytes = profile->ByteSize() + growth;
  profile->size_bound = {.bytes = static_cast<uint32_t>(bytes),
                         .campaigns = static_cast<uint32_t>(profile->campaigns.size()),
                         .trust = bytes <= kFarFromFull ? kTrustedInputs : 0};
  if (bytes <= limits::kProfileBytes) return absl::OkStatus();
  return LimitExceeded(
      field, StrCat("the user's profile is full (", limits::kProfileBytes, " bytes); unset attributes to make room"));
}

absl::Status CheckEvent(std::string_view field, std::string_view name, size_t more, Profile* profile) {
  const bool known = profile->events.find(name) != profile->events.end();
  if (!known && profile->events.size() >= limits::kEventNames) {
    return LimitExceeded(field, StrCat("the user has ", limits::kEventNames, " distinct event names already"));
  }
  return CheckBytes(field, more + (known ? kOldEntryBytes : kNewEntryBytes + name.size()), profile);
}

absl::int128 Price(const Purchase& purchase) { return purchase.price.nanos * purchase.quantity; }

absl::Status CheckPurchase(const Purchase& purchase, Profile* profile) {
  const auto revenue = profile->purchases.revenue.find(purchase.price.currency_code);
  absl::int128 total = Price(purchase);
  if (revenue != profile->purchases.revenue.end()) {
    total += revenue->second.nanos;
  } else if (profile->purchases.revenue.size() >= limits::kCurrencies) {
    return LimitExceeded("purchase.price.currency_code",
                         StrCat("the user has revenue in ", limits::kCurrencies, " currencies already"));
  }
  if (total / kNanosPerUnit > std::numeric_limits<int64_t>::max()) {
    return LimitExceeded("purchase.price", "the user's revenue in this currency would not fit into an int64 of units");
  }
  return CheckEvent("purchase", kPurchaseEventName, kNewEntryBytes, profile);
}

absl::Status CheckSubscription(const SubscriptionChange& change, Profile* profile) {
  if (profile->subscriptions.find(change.channel) != profile->subscriptions.end()) return absl::OkStatus();
  if (profile->subscriptions.size() >= limits::kChannels) {
    return LimitExceeded("subscription_change.channel",
                         StrCat("the user has a subscription state in ", limits::kChannels, " channels already"));
  }
  return CheckBytes("subscription_change.channel", kNewEntryBytes + change.channel.size(), profile);
}

absl::Status CheckName(std::string_view field, const UserKey& name, Profile* profile) {
  const auto& names = profile->other_names;
  if (std::find(names.begin(), names.end(), name.key) != names.end()) return absl::OkStatus();
  if (names.size() >= limits::kOtherNames) {
    return LimitExceeded(field, StrCat("the user has ", limits::kOtherNames, " other names already"));
  }
  return CheckBytes(field, kOldEntryBytes + name.key.size(), profile);
}

void Count(std::string_view name, absl::Time time, Profile* profile) { profile->events[name].Add(time); }

// Derived from the input alone, so that a replay gives the same.
std::string SessionId(const Input& input) {
  constexpr size_t kHexDigits = 16;
  const std::string_view separator("\0", 1);
  const Digest digest = DigestOf(StrCat(input.user.workspace, separator, input.user.key, separator, input.event_id));
  return ToHex(digest).substr(0, kHexDigits);
}

void FoldActivity(Activity activity, const Input& input, const Options& options, Profile* profile, Applied* applied) {
  if (applied->history) return;
  // The id costs a hash, and few activities start a session.
  const SessionChange change = FoldSession(activity, input.time, options.session_gap, "", &profile->sessions);
  if (change.started) profile->sessions.current->id = SessionId(input);
  applied->session_started = change.started;
  applied->session_ended = change.ended;
}

void NoteChanges(const AttributeChange& change, const ValueMap& before, const ValueMap& after,
                 std::vector<std::string>* changed) {
  for (const AttributeOperation& operation : change.operations) {
    const std::string& name = operation.path.front();
    if (std::find(changed->begin(), changed->end(), name) != changed->end()) continue;
    const Value* was = before.Find(name);
    const Value* is = after.Find(name);
    const bool same = was == nullptr || is == nullptr ? was == is : *was == *is;
    if (!same) changed->push_back(name);
  }
}

// Checks and folds each kind; every check comes before the first change.
class Fold {
 public:
  Fold(const Input& input, const Options& options, Profile* profile, Applied* applied)
      : input_(input), options_(options), profile_(profile), applied_(applied) {}

  absl::Status operator()(const CustomEvent& event) {
    CADENZA_RETURN_IF_ERROR(CheckEvent("custom_event.name", event.name, 0, profile_));
    Count(event.name, input_.time, profile_);
    FoldActivity(Activity::kPlain, input_, options_, profile_, applied_);
    return absl::OkStatus();
  }

  absl::Status operator()(const Purchase& purchase) {
    CADENZA_RETURN_IF_ERROR(CheckPurchase(purchase, profile_));
    Purchases& purchases = profile_->purchases;
    ++purchases.count;
    purchases.last_time = std::max(purchases.last_time, input_.time);
    Money& revenue = purchases.revenue[purchase.price.currency_code];
    revenue.currency_code = purchase.price.currency_code;
    revenue.nanos += Price(purchase);
    Count(kPurchaseEventName, input_.time, profile_);
    FoldActivity(Activity::kPlain, input_, options_, profile_, applied_);
    return absl::OkStatus();
  }

  absl::Status operator()(const SessionStart&) {
    FoldActivity(Activity::kSessionStart, input_, options_, profile_, applied_);
    return absl::OkStatus();
  }

  absl::Status operator()(const SessionEnd&) {
    FoldActivity(Activity::kSessionEnd, input_, options_, profile_, applied_);
    return absl::OkStatus();
  }

  absl::Status operator()(const AttributeChange& change) {
    CADENZA_ASSIGN_OR_RETURN(ValueMap attributes, ChangedAttributes(change, profile_->attributes));
    profile_->size_bound = SizeBound();
    const size_t size_before = profile_->ByteSize();
    std::swap(profile_->attributes, attributes);
    if (profile_->ByteSize() <= std::max(size_before, limits::kProfileBytes)) {
      NoteChanges(change, attributes, profile_->attributes, &applied_->changed_attributes);
      return absl::OkStatus();
    }
    std::swap(profile_->attributes, attributes);
    return LimitExceeded("attribute_change", StrCat("the user's profile would be larger than ", limits::kProfileBytes,
                                                    " bytes; unset attributes to make room"));
  }

  absl::Status operator()(const Identify& identify) {
    return CheckName("identify.anonymous_id", identify.anonymous, profile_);
  }

  absl::Status operator()(const AddAlias& add) { return CheckName("add_alias.alias", add.alias, profile_); }

  absl::Status operator()(const SubscriptionChange& change) {
    CADENZA_RETURN_IF_ERROR(CheckSubscription(change, profile_));
    SubscriptionState& state = profile_->subscriptions[change.channel];
    applied_->subscription_changed = state != change.state;
    state = change.state;
    return absl::OkStatus();
  }

  absl::Status operator()(const Evaluate&) { return absl::OkStatus(); }
  absl::Status operator()(const CampaignLaunch&) { return absl::OkStatus(); }
  absl::Status operator()(const Receipt& receipt) {
    applied_->reported = FoldReceipt(receipt, input_.clock, input_.time, profile_);
    return absl::OkStatus();
  }
  absl::Status operator()(const TimerFired& fired) {
    profile_->timers.erase(fired.timer_id);
    return absl::OkStatus();
  }

 private:
  const Input& input_;
  const Options& options_;
  Profile* const profile_;
  Applied* const applied_;
};

}  // namespace

bool IsHistory(const Input& input, const Profile& profile) {
  const absl::Time reference = input.import ? profile.sessions.last_seen : input.clock;
  return reference != absl::InfinitePast() && reference - input.time > limits::kLateness;
}

absl::Status ApplyInput(const Input& input, const Options& options, Profile* profile, Applied* applied) {
  *applied = Applied();
  applied->history = IsHistory(input, *profile);
  CADENZA_RETURN_IF_ERROR(std::visit(Fold(input, options, profile, applied), input.payload));
  if (std::holds_alternative<Evaluate>(input.payload)) return absl::OkStatus();
  ++profile->version;
  if (profile->create_time == absl::InfinitePast()) profile->create_time = input.clock;
  return absl::OkStatus();
}

}  // namespace cadenza::apply
