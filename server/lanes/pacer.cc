#include "server/lanes/pacer.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::lanes {
namespace {

constexpr absl::Duration kStretch = absl::Seconds(1);
constexpr int kAttempts = 16;
// Clocks of processes may differ by so much: what is free further back is forgotten.
constexpr absl::Duration kPast = absl::Minutes(1);
// The store keeps microseconds.
constexpr absl::Duration kTick = absl::Microseconds(1);

absl::Time RoundedUp(absl::Time time) { return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), kTick); }

int64_t PlacesOfStretch(const DeliveryRate& rate) { return std::max<int64_t>(kStretch / rules::Spacing(rate), 1); }

}  // namespace

StorePacer::Found StorePacer::TakeOwn(const std::vector<Asked>& asked, absl::Time now) {
  absl::MutexLock lock(&mu_);
  absl::Time at = now;
  absl::Time rooms[2];
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < asked.size(); ++i) {
      const DeliveryRate& rate = *asked[i].rate;
      Lease& lease = leases_[asked[i].key];
      lease.ask_time = std::max(lease.ask_time, now);
      const std::optional<absl::Time> room = lease.own.FindRoom(at, rules::Spacing(rate));
      const std::optional<absl::Time> free = lease.free.FindRoom(at, rules::Spacing(rate));
      if (!room.has_value() || (free.has_value() && *free < *room)) return {at, static_cast<int>(i)};
      rooms[i] = *room;
      const absl::Time may = *room - rules::Ahead(rate);
      if (may <= at) continue;
      if (asked.size() == 2 && at == now && i == 0 && may > now + kNear) return {may};
      at = may;
      moved = true;
    }
  }
  for (size_t i = 0; i < asked.size(); ++i) {
    const absl::Duration spacing = rules::Spacing(*asked[i].rate);
    FreeTime& own = leases_[asked[i].key].own;
    own.Take({rooms[i], rooms[i] + spacing});
    own.DropShorterThan(spacing);
  }
  return {RoundedUp(at), -1, true};
}

absl::StatusOr<StorePacer::Found> StorePacer::Take(const std::vector<Asked>& asked, absl::Time now) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Found found = TakeOwn(asked, now);
    if (found.lacking < 0) return found;
    // Of a rate that could send before the other one can, what lies around the place is others'.
    const bool several = asked.size() == 1 || found.at == now;
    CADENZA_RETURN_IF_ERROR(Extend(asked[static_cast<size_t>(found.lacking)], found.at, now, several));
  }
  return absl::AbortedError("others were always quicker");
}

int64_t StorePacer::Grow(const Asked& asked, absl::Time now) {
  absl::MutexLock lock(&mu_);
  Lease& lease = leases_[asked.key];
  const bool soon = now - lease.lease_time < kStretch;
  lease.places = soon ? std::clamp<int64_t>(2 * lease.places, 1, PlacesOfStretch(*asked.rate)) : 1;
  lease.lease_time = now;
  return lease.places;
}

absl::Status StorePacer::Extend(const Asked& asked, absl::Time at, absl::Time now, bool several) {
  const auto& [workspace, campaign_id] = asked.key;
  const absl::Duration spacing = rules::Spacing(*asked.rate);
  const int64_t places = several ? Grow(asked, now) : 1;
  // A campaign that waits for its workspace's rate has no use for the short gaps between its places.
  const absl::Duration kept = several || campaign_id.empty() ? spacing : std::max(spacing, kStretch);
  int64_t revision = 0;
  FreeTime free;
  {
    absl::MutexLock lock(&mu_);
    const Lease& lease = leases_[asked.key];
    revision = lease.revision;
    free = lease.free;
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0 || revision == 0) {
      CADENZA_ASSIGN_OR_RETURN(const RateRow row, store_->ReadRate(workspace, campaign_id));
      revision = row.revision;
      free = FreeTime::FromBounds(row.bounds);
    }
    free.DropBefore(now - kPast);
    free.DropShorterThan(kept);
    // There always is room: the end is open.
    const absl::Time from = *free.FindRoom(RoundedUp(at), absl::Ceil(spacing, kTick));
    const Stretch leased{from, std::min(RoundedUp(from + spacing * places), free.EndOf(from))};
    free.Take(leased);
    if (free.stretches().size() > kMaxStretches) return absl::ResourceExhaustedError("too many gaps");
    CADENZA_ASSIGN_OR_RETURN(const bool put, store_->PutRate(workspace, campaign_id, {revision + 1, free.Bounds()}));
    if (!put) continue;
    absl::MutexLock lock(&mu_);
    Lease& lease = leases_[asked.key];
    lease.own.DropBefore(now - kPast);
    lease.own.Add(leased);
    if (revision < lease.revision) return absl::OkStatus();
    lease.revision = revision + 1;
    lease.free = std::move(free);
    return absl::OkStatus();
  }
  return absl::AbortedError("others were always quicker");
}

rules::Pacer::Place StorePacer::Reserve(std::string_view workspace, std::string_view campaign_id,
                                        const DeliveryRate* of_workspace, const DeliveryRate* of_campaign, bool entered,
                                        absl::Time now) {
  const Place again{now + kRetry, false, entered};
  std::vector<Asked> asked;
  if (of_campaign != nullptr) asked.push_back({of_campaign, {std::string(workspace), std::string(campaign_id)}});
  if (of_workspace != nullptr) asked.push_back({of_workspace, {std::string(workspace), ""}});
  const bool both = asked.size() == 2;
  // No campaign_id holds a slash.
  const std::vector<Asked> line = {{of_campaign, {std::string(workspace), StrCat(campaign_id, "/line")}}};
  if (both && !entered) {
    const absl::StatusOr<Found> turn = Take(line, now);
    if (!turn.ok()) return again;
    if (turn->at > now) return {turn->at, false, true};
  }
  const absl::StatusOr<Found> found = Take(asked, now);
  if (found.ok() && found->taken) return {found->at};
  if (!both || (!found.ok() && !absl::IsResourceExhausted(found.status()))) return again;
  const absl::StatusOr<Found> turn = Take(line, now);
  return turn.ok() ? Place{std::max(turn->at, now + kNear), false, true} : again;
}

void StorePacer::GiveBack(absl::Time now) {
  std::vector<std::pair<Key, FreeTime>> unused;
  {
    absl::MutexLock lock(&mu_);
    for (auto it = leases_.begin(); it != leases_.end();) {
      Lease& lease = it->second;
      if (now - lease.ask_time < kIdle) {
        ++it;
        continue;
      }
      if (now != absl::InfiniteFuture()) lease.own.DropBefore(now);
      if (!lease.own.stretches().empty()) unused.emplace_back(it->first, std::move(lease.own));
      it = leases_.erase(it);
    }
  }
  for (const auto& [key, stretches] : unused) {
    const absl::Status returned = Return(key, stretches);
    if (returned.ok()) continue;
    log::Warn("unused places of a delivery rate are lost", {{"campaign_id", key.second}, {"status", returned}});
  }
}

absl::Status StorePacer::Return(const Key& key, const FreeTime& unused) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CADENZA_ASSIGN_OR_RETURN(RateRow row, store_->ReadRate(key.first, key.second));
    FreeTime free = FreeTime::FromBounds(row.bounds);
    for (const Stretch& stretch : unused.stretches()) {
      // The store's microseconds, inwards.
      free.Add({RoundedUp(stretch.from), absl::UnixEpoch() + absl::Floor(stretch.to - absl::UnixEpoch(), kTick)});
    }
    if (free.stretches().size() > kMaxStretches) return absl::ResourceExhaustedError("too many gaps");
    row.bounds = free.Bounds();
    ++row.revision;
    CADENZA_ASSIGN_OR_RETURN(const bool put, store_->PutRate(key.first, key.second, row));
    if (put) return absl::OkStatus();
  }
  return absl::AbortedError("others were always quicker");
}

}  // namespace cadenza::lanes
