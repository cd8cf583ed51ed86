#include "server/lanes/pacer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::lanes {
namespace {

constexpr absl::Duration kStretch = absl::Seconds(1);
constexpr int kAttempts = 8;

// The store keeps microseconds.
absl::Time RoundedUp(absl::Time time) {
  return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), absl::Microseconds(1));
}

int64_t PlacesOfStretch(const DeliveryRate& rate) { return std::max<int64_t>(kStretch / rules::Spacing(rate), 1); }

}  // namespace

bool StorePacer::Fits(const Asked& asked, absl::Time at) {
  return std::max(asked.lease->state.next, at) + rules::Spacing(*asked.rate) <= asked.lease->end;
}

absl::Status StorePacer::Extend(std::string_view workspace, const Asked& asked, absl::Time now) {
  Lease& lease = *asked.lease;
  std::optional<absl::Time> given;  // up to where
  bool known = lease.end != absl::InfinitePast();
  if (known) given = lease.end;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!known) {
      CADENZA_ASSIGN_OR_RETURN(given, store_->ReadRate(workspace, asked.campaign_id));
    }
    const rules::RateState all{given.value_or(absl::InfinitePast())};
    const absl::Time from = RoundedUp(std::max(all.next, rules::EarliestSend(*asked.rate, all, now)));
    const absl::Time end = RoundedUp(from + rules::Spacing(*asked.rate) * PlacesOfStretch(*asked.rate));
    CADENZA_ASSIGN_OR_RETURN(const bool moved, store_->MoveRate(workspace, asked.campaign_id, given, end));
    if (moved) {
      // What was left of the last stretch goes on into this one.
      if (from != lease.end) lease.state.next = from;
      lease.end = end;
      return absl::OkStatus();
    }
    known = false;
  }
  return absl::AbortedError("others were always quicker");
}

rules::Pacer::Place StorePacer::Reserve(std::string_view workspace, std::string_view campaign_id,
                                        const DeliveryRate* of_workspace, const DeliveryRate* of_campaign,
                                        absl::Time now) {
  absl::MutexLock lock(&mu_);
  const auto key = [workspace](std::string_view of) { return StrCat(workspace, std::string_view("\0", 1), of); };
  std::vector<Asked> asked;
  if (of_workspace != nullptr) asked.push_back({of_workspace, "", &leases_[key("")]});
  if (of_campaign != nullptr) asked.push_back({of_campaign, campaign_id, &leases_[key(campaign_id)]});
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::Time at = now;
    for (const Asked& each : asked) at = std::max(at, rules::EarliestSend(*each.rate, each.lease->state, now));
    bool fit = true;
    for (const Asked& each : asked) {
      if (Fits(each, at)) continue;
      fit = false;
      if (!Extend(workspace, each, at).ok()) return {now + kRetry, false};
    }
    if (!fit) continue;
    for (const Asked& each : asked) rules::Reserve(*each.rate, 1, at, &each.lease->state);
    return {at};
  }
  return {now + kRetry, false};
}

}  // namespace cadenza::lanes
