#include "server/apply/merge.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

#include "server/apply/attributes.h"
#include "server/apply/launches.h"
#include "server/apply/session.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::apply {
namespace {

void MergePurchases(const Purchases& anonymous, Purchases* known) {
  known->count += anonymous.count;
  known->last_time = std::max(known->last_time, anonymous.last_time);
  for (const auto& [code, total] : anonymous.revenue) {
    Money& revenue = known->revenue[code];
    revenue.currency_code = code;
    revenue.nanos += total.nanos;
  }
}

void MergeCampaigns(const Profile& anonymous, Profile* known) {
  for (const auto& [campaign_id, theirs] : anonymous.campaigns) {
    const auto [it, added] = known->campaigns.emplace(campaign_id, theirs);
    if (added) continue;
    it->second.count += theirs.count;
    it->second.last_time = std::max(it->second.last_time, theirs.last_time);
    if (!theirs.receipts.empty()) it->second.receipts.resize(kReceiptKinds);
    for (size_t i = 0; i < theirs.receipts.size(); ++i) {
      ReceiptCount& receipts = it->second.receipts[i];
      receipts.count += theirs.receipts[i].count;
      receipts.last_time = std::max(receipts.last_time, theirs.receipts[i].last_time);
    }
  }
}

// The variant that the known user was given stays.
void MergeEntries(const Profile& anonymous, Profile* known) {
  for (const auto& [campaign_id, theirs] : anonymous.entries) {
    const auto [it, added] = known->entries.emplace(campaign_id, theirs);
    if (added) continue;
    if (it->second.variant_id.empty()) it->second.variant_id = theirs.variant_id;
    it->second.last_control_time = std::max(it->second.last_control_time, theirs.last_control_time);
    MergeLaunches(theirs.launches, &it->second.launches);
  }
}

void MergeSent(const MessageHistory& anonymous, MessageHistory* known) {
  if (anonymous.empty()) return;
  MessageHistory both;
  std::merge(known->begin(), known->end(), anonymous.begin(), anonymous.end(), std::back_inserter(both),
             [](const SentMessage& a, const SentMessage& b) { return a.time < b.time; });
  *known = std::move(both);
}

// Counted once is counted (server/rules/tally.h takes the second one away).
void MergeParticipations(const Profile& anonymous, Profile* known) {
  for (const auto& [campaign_id, theirs] : anonymous.participations) {
    const auto [it, added] = known->participations.emplace(campaign_id, theirs);
    if (added) continue;
    it->second.counted |= theirs.counted;
    for (const auto& [conversion_id, counted] : theirs.conversions) it->second.conversions[conversion_id] |= counted;
  }
}

void MergeTouches(const std::vector<Touch>& anonymous, std::vector<Touch>* known) {
  if (anonymous.empty()) return;
  std::vector<Touch> both;
  std::merge(known->begin(), known->end(), anonymous.begin(), anonymous.end(), std::back_inserter(both),
             [](const Touch& a, const Touch& b) { return a.time < b.time; });
  if (both.size() > limits::kTouches) both.erase(both.begin(), both.end() - limits::kTouches);
  *known = std::move(both);
}

// Whoever was in a segment stays in it, since the earlier time, until it is evaluated.
void MergeSegments(const Profile& anonymous, Profile* known) {
  for (const auto& [segment_id, since] : anonymous.segments) {
    const auto [it, added] = known->segments.emplace(segment_id, since);
    if (!added) it->second = std::min(it->second, since);
  }
}

void MergeNames(const Profile& anonymous, Profile* known) {
  const auto add = [known](const std::string& name) {
    auto& names = known->other_names;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  add(anonymous.key.key);
  for (const std::string& name : anonymous.other_names) add(name);
}

// A timer is known by its id and the user_seq that set it, which is of its user's own sequence: in another's it gets
// one that no timer has there.
void MergeTimers(const Profile& anonymous, Profile* known) {
  for (const auto& [timer_id, timer] : anonymous.timers) {
    known->timers.emplace(timer_id, PendingTimer{timer.fire_time, known->version});
  }
}

// `what` breaks a limit only through the merge, so the message says what both users together have.
absl::Status TooMany(size_t limit, std::string_view what) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "identify.anonymous_id",
                  StrCat("the two users together have more than ", limit, " ", what));
}

absl::Status CheckLimits(const Profile& merged) {
  if (merged.attributes.size() > limits::kAttributes) return TooMany(limits::kAttributes, "attributes");
  for (const auto& [name, value] : merged.attributes) {
    if (!WithinValueBytes(value)) {
      return TooMany(limits::kValueBytes, StrCat("bytes in the attribute \"", FieldKey(name), "\""));
    }
  }
  if (merged.events.size() > limits::kEventNames) return TooMany(limits::kEventNames, "event names");
  if (merged.subscriptions.size() > limits::kChannels) return TooMany(limits::kChannels, "channels");
  if (merged.other_names.size() > limits::kOtherNames) return TooMany(limits::kOtherNames, "other names");
  if (merged.timers.size() > limits::kTimers) return TooMany(limits::kTimers, "timers");
  if (merged.purchases.revenue.size() > limits::kCurrencies) return TooMany(limits::kCurrencies, "currencies");
  for (const auto& [code, total] : merged.purchases.revenue) {
    constexpr int64_t kMaxUnits = std::numeric_limits<int64_t>::max();
    if (total.nanos / kNanosPerUnit > kMaxUnits) return TooMany(kMaxUnits, StrCat(code, " of revenue"));
  }
  if (merged.ByteSize() > limits::kProfileBytes) return TooMany(limits::kProfileBytes, "bytes of profile");
  return absl::OkStatus();
}

}  // namespace

absl::Status MergeProfile(const Profile& anonymous, absl::Duration session_gap, Profile* known) {
  Profile merged = *known;
  merged.size_bound = SizeBound();
  if (merged.create_time == absl::InfinitePast()) {
    merged.create_time = anonymous.create_time;
  } else if (anonymous.create_time != absl::InfinitePast()) {
    merged.create_time = std::min(merged.create_time, anonymous.create_time);
  }
  merged.attributes = MergedAttributes(std::move(merged.attributes), anonymous.attributes);
  for (const auto& [name, history] : anonymous.events) merged.events[name].Merge(history);
  MergePurchases(anonymous.purchases, &merged.purchases);
  MergeSessions(anonymous.sessions, session_gap, &merged.sessions);
  merged.subscriptions.insert(anonymous.subscriptions.begin(), anonymous.subscriptions.end());
  MergeCampaigns(anonymous, &merged);
  merged.recent_messages.Merge(anonymous.recent_messages);
  MergeEntries(anonymous, &merged);
  MergeSent(anonymous.sent, &merged.sent);
  MergeParticipations(anonymous, &merged);
  MergeTouches(anonymous.touches, &merged.touches);
  MergeSegments(anonymous, &merged);
  MergeNames(anonymous, &merged);
  MergeTimers(anonymous, &merged);
  merged.message_seq += anonymous.message_seq;
  CADENZA_RETURN_IF_ERROR(CheckLimits(merged));
  *known = std::move(merged);
  return absl::OkStatus();
}

}  // namespace cadenza::apply
