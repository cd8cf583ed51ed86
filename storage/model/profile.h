// What is known about one user. A plain value, owned by the user's lane while it is hot; changed only by server/apply
// and by the rules engine's bookkeeping. No thread-safety of its own.
#ifndef CADENZA_STORAGE_MODEL_PROFILE_H_
#define CADENZA_STORAGE_MODEL_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "storage/base/ids.h"
#include "storage/model/conversion.h"
#include "storage/model/counted_map.h"
#include "storage/model/event_history.h"
#include "storage/model/flat_map.h"
#include "storage/model/input.h"
#include "storage/model/message_history.h"
#include "storage/model/money.h"
#include "storage/model/recent_messages.h"
#include "storage/model/timer.h"
#include "storage/model/value.h"

namespace cadenza {

struct Session {
  std::string id;
  absl::Time start;
  absl::Time last_activity;
  int64_t event_count = 0;
  absl::Duration duration() const { return last_activity - start; }
  friend bool operator==(const Session&, const Session&) = default;
};

// See server/apply/session.h for how it moves.
struct Sessions {
  std::optional<Session> current;  // may have lapsed by silence; whoever reads it compares last_activity with the clock
  int64_t count = 0;               // started, the current one included
  absl::Time first_start = absl::InfinitePast();
  absl::Time last_start = absl::InfinitePast();
  absl::Duration total_time;                    // of the ended ones
  absl::Time last_end = absl::InfinitePast();   // of the last one that was counted
  absl::Time last_seen = absl::InfinitePast();  // latest activity, in a session or not
  friend bool operator==(const Sessions&, const Sessions&) = default;
};

struct Purchases {
  int64_t count = 0;
  absl::Time last_time = absl::InfinitePast();
  FlatMap<Money> revenue;  // by currency code
  friend bool operator==(const Purchases&, const Purchases&) = default;
};

// What receipts of one kind have said of a campaign's messages: first reports alone.
struct ReceiptCount {
  int64_t count = 0;
  absl::Time last_time = absl::InfinitePast();  // by the receipts' own times
  friend bool operator==(const ReceiptCount&, const ReceiptCount&) = default;
};

struct CampaignHistory {
  int64_t count = 0;
  absl::Time last_time;
  // By kind, see Of; empty until the first receipt: most campaigns of most users have none.
  std::vector<ReceiptCount> receipts = {};
  ReceiptCount& Of(Receipt::Kind kind) {
    receipts.resize(kReceiptKinds);
    return receipts[static_cast<size_t>(kind) - 1];
  }
  ReceiptCount Of(Receipt::Kind kind) const {
    return receipts.empty() ? ReceiptCount() : receipts[static_cast<size_t>(kind) - 1];
  }
  friend bool operator==(const CampaignHistory&, const CampaignHistory&) = default;
};

// A launch of a campaign by its schedule that the user has entered, or waits for by his clock.
struct LaunchMark {
  absl::Time due_time;  // of the launch
  bool waits = false;   // what came of it waits, in Profile::timers; else he is through with it
  friend bool operator==(const LaunchMark&, const LaunchMark&) = default;
};

// What else a campaign remembers of a user, if it tests variants or has a schedule. What waits is in Profile::timers.
struct CampaignEntry {
  std::string variant_id;                               // that was given, and stays
  absl::Time last_control_time = absl::InfinitePast();  // when there was no message, the variant being a control
  std::vector<LaunchMark> launches = {};                // by due_time, see server/apply/launches.h
  friend bool operator==(const CampaignEntry&, const CampaignEntry&) = default;
};

// What is known of a profile's ByteSize without a walk over it; see server/apply. Only remembered: no part of the
// value.
struct SizeBound {
  uint32_t bytes = 0;      // ByteSize() was no more than this …
  uint32_t campaigns = 0;  // … when this many campaigns had a history
  uint32_t trust = 0;      // how many more inputs may rely on it
  friend bool operator==(const SizeBound&, const SizeBound&) { return true; }
};

struct Profile {
  UserKey key;
  // user_seq of the last input applied; 0 for a user who has no row yet. The fence of the store.
  int64_t version = 0;
  absl::Time create_time = absl::InfinitePast();  // InfinitePast until the first input
  ValueMap attributes;
  FlatMap<EventHistory> events;  // by event name
  Purchases purchases;
  Sessions sessions;
  FlatMap<SubscriptionState> subscriptions;  // by channel, "" = all
  CountedMap<CampaignHistory> campaigns;     // by campaign id
  CountedMap<CampaignEntry> entries;         // likewise
  std::vector<std::string> other_names;      // keys ("a:…", "l:…") that lead here
  int64_t message_seq = 0;                   // of the last message
  MessageHistory sent;                       // as far back as the frequency caps ask
  RecentMessages recent_messages;            // that receipts can be of
  FlatMap<absl::Time> segments;              // that the user is in, by segment id: since when
  FlatMap<PendingTimer> timers;              // by timer id; exactly those that the store has of this user
  CountedMap<Participation> participations;  // by campaign id: as what the user is counted
  std::vector<Touch> touches;                // by time; at most limits::kTouches
  SizeBound size_bound;

  // Brings what every input reads of it into the processor's cache: called for all users of a batch before the first is
  // folded, it overlaps what would be a row of waits for each.
  void Prefetch() const;

  // About how many bytes the encoded form takes. A walk over the entries, though not into histories: half of a fold, so
  // it is not for every input.
  size_t ByteSize() const;
  friend bool operator==(const Profile&, const Profile&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_PROFILE_H_
