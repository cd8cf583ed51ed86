// What a back-test found. Plain values.
#ifndef CADENZA_SERVER_BACKTEST_REPORT_H_
#define CADENZA_SERVER_BACKTEST_REPORT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "storage/model/decision.h"
#include "storage/model/message.h"

namespace cadenza::backtest {

inline constexpr size_t kSamples = 10;  // of each list of messages

// Of one campaign in one course of events.
struct Counts {
  int64_t triggered = 0;  // occurrences of what the campaign waits for
  int64_t entered = 0;    // of them, those that passed every gate up to the delay, or got a control
  int64_t control = 0;
  int64_t waited = 0;     // messages that had to wait, each as often as it had to
  int64_t cancelled = 0;  // exception events that took away what waited
  int64_t sent = 0;
  int64_t waiting = 0;              // still, at the end
  std::map<Gate, int64_t> stopped;  // decisions that this gate stopped, when triggered or when about to be sent
  int64_t users = 0;                // who got a message
  std::map<absl::CivilDay, std::map<std::string, int64_t>> messages;  // by day and variant_id ("" = none)
  std::vector<Message> samples;           // drawn evenly from all messages, the same in every run
  std::map<std::string, int64_t> errors;  // rule errors by text, at most kErrorTexts of them
};
inline constexpr size_t kErrorTexts = 10;

// The messages of two campaigns, put side by side by user and event.
struct Difference {
  enum Kind : uint8_t { kOnlyDraft = 0, kOnlyOther = 1, kBothDifferent = 2, kBothSame = 3 };
  struct Pair {
    std::optional<Message> draft;
    std::optional<Message> other;
  };
  using ByKind = std::array<int64_t, 4>;
  ByKind total = {};
  std::map<absl::CivilDay, ByKind> days;     // of the draft's message, if there is one
  std::array<std::vector<Pair>, 3> samples;  // of all kinds but kBothSame
};

struct Report {
  std::string campaign_id;
  absl::Time from;
  absl::Time to;
  Counts draft;
  std::string against;  // a campaign_id; "" = none
  Counts other;         // if against
  Difference difference;
  int64_t inputs = 0;                         // that were read
  int64_t in_period = 0;                      // of them, those from `from` to `to`
  absl::Time first = absl::InfiniteFuture();  // the clock of the oldest one that is stored
  int64_t users = 0;                          // who have any
  int64_t incomplete = 0;                     // users whose oldest inputs are not stored any more
  int64_t refused = 0;                        // inputs that could not be applied, and were left out
  // What this does not tell, or tells under an assumption, for people.
  std::vector<std::string> notes;
  absl::Duration read_time;    // reading, until the first input came in order
  absl::Duration replay_time;  // from there on
};

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_REPORT_H_
