// What one input adds to the counters of campaigns (storage/model/campaign_counter.h), from what was decided, reported
// and converted. Whether it was the user's first time is in his profile (Participation), so that users are counted
// exactly. Pure.
//
// Totals go to the variant that was decided on. Users are counted under the variant with which they entered first, so
// that nobody converts in another than he entered. The hour is that of the input's clock.
#ifndef CADENZA_SERVER_RULES_TALLY_H_
#define CADENZA_SERVER_RULES_TALLY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/time/time.h"
#include "server/apply/messages.h"
#include "server/rules/conversions.h"
#include "storage/model/campaign_counter.h"
#include "storage/model/conversion.h"
#include "storage/model/decision.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

// Not thread-safe; used again and again, it allocates nothing.
class Tally {
 public:
  // A counter grows by `value`, which may be negative.
  struct Delta {
    size_t key = 0;  // index into keys()
    int place = 0;
    absl::int128 value = 0;
  };

  void Clear(absl::Time clock) {
    key_count_ = 0;
    deltas_.clear();
    clock_ = clock;
  }
  bool empty() const { return deltas_.empty(); }
  // Each once; without the workspace.
  std::span<const CounterKey> keys() const { return {keys_.data(), key_count_}; }
  const std::vector<Delta>& deltas() const { return deltas_; }

  // The user was allocated to the variant.
  void Enter(std::string_view campaign_id, std::string_view variant_id, bool control, Profile* profile);
  // A decision has ended: kStopped by `gate`, kWaits, kSent, kCancelled. (A control's is counted by Enter.)
  void End(std::string_view campaign_id, std::string_view variant_id, DecisionOutcome outcome, Gate gate,
           Profile* profile);
  // What a receipt was the first to report of a message.
  void Report(const apply::Reported& reported, Profile* profile);
  void Convert(const Converted& converted, Profile* profile);
  // `anonymous` is about to be merged into `known`: who was counted as two is one. Changes neither.
  void Merge(const Profile& anonymous, const Profile& known);

 private:
  void Add(std::string_view campaign_id, std::string_view variant_id, CampaignMetric metric, int value = 1) {
    AddTo(KeyOf(campaign_id, variant_id, "", ""), static_cast<int>(metric), value);
  }
  void Add(std::string_view campaign_id, std::string_view variant_id, std::string_view conversion_id,
           ConversionMetric metric, int value = 1) {
    AddTo(KeyOf(campaign_id, variant_id, conversion_id, ""), static_cast<int>(metric), value);
  }
  // Counts once, and the user if it is his first time.
  void AddWithUser(std::string_view campaign_id, std::string_view variant_id, CampaignMetric metric, Profile* profile);
  void AddTo(size_t key, int place, absl::int128 value) { deltas_.push_back({key, place, value}); }
  size_t KeyOf(std::string_view campaign_id, std::string_view variant_id, std::string_view conversion_id,
               std::string_view currency);

  absl::Time clock_;
  std::vector<CounterKey> keys_;  // more than there are: their texts keep their memory
  size_t key_count_ = 0;
  std::vector<Delta> deltas_;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_TALLY_H_
