// Counts what one campaign does in one course of events. Pure; not thread-safe.
#ifndef CADENZA_SERVER_BACKTEST_TALLY_H_
#define CADENZA_SERVER_BACKTEST_TALLY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/backtest/report.h"
#include "server/backtest/world.h"

namespace cadenza::backtest {

class Tally : public Witness {
 public:
  // Days are those of `zone`.
  Tally(std::string campaign_id, absl::TimeZone zone) : campaign_id_(std::move(campaign_id)), zone_(zone) {}

  void OnDecided(const Input& input, const UserKey& user, const rules::Effects& effects) override;
  void OnRefused() override { ++refused_; }
  void OnEnd(const World& world) override;

  // Of the last group.
  const std::vector<Message>& group_messages() const { return group_messages_; }
  // Before the next group.
  void BeginGroup() { group_messages_.clear(); }

  const Counts& counts() const { return counts_; }
  int64_t refused() const { return refused_; }

 private:
  const std::string campaign_id_;
  const absl::TimeZone zone_;
  Counts counts_;
  int64_t refused_ = 0;
  std::vector<Message> group_messages_;
};

// Adds what was counted of other users.
void Add(const Counts& more, Counts* counts);
void Add(const Difference& more, Difference* difference);

// Puts the messages of one group side by side. Two of one user and one event are the same if channel, variant, texts
// and time are.
void Compare(const std::vector<Message>& draft, const std::vector<Message>& other, absl::TimeZone zone,
             Difference* difference);

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_TALLY_H_
