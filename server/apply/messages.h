// What a profile remembers of its messages, and how a receipt is folded into that. Pure.
#ifndef CADENZA_SERVER_APPLY_MESSAGES_H_
#define CADENZA_SERVER_APPLY_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"

namespace cadenza::apply {

// What a receipt reported of a message for the first time.
struct Reported {
  std::string campaign_id;  // whose message it is
  std::string variant_id;
  // Bit 1 << kind for each that was counted: a click may be the first report of an opened and a delivered message too.
  uint8_t kinds = 0;
  // The click is on another link of a message that was clicked before.
  bool another_link = false;

  bool Has(Receipt::Kind kind) const { return (kinds >> static_cast<int>(kind) & 1) != 0; }
  friend bool operator==(const Reported&, const Reported&) = default;
};

// To be called for each message that a campaign writes, so that receipts of it are known. REQUIRES: message_id is as
// storage/model/message.h says; one that is not is not remembered.
void RememberMessage(const Message& message, Profile* profile);

// What is remembered of the message that a receipt of the time `clock` is of; nothing if that is nothing. A view into
// the profile.
std::optional<RecentMessage> FindMessage(const Receipt& receipt, absl::Time clock, const Profile& profile);

// Counts in the campaign's history what `receipt` is the first to report (cadenza.v1.Receipt); nothing if that is
// nothing. `clock` is that of the input, `time` when it happened.
std::optional<Reported> FoldReceipt(const Receipt& receipt, absl::Time clock, absl::Time time, Profile* profile);

}  // namespace cadenza::apply

#endif  // CADENZA_SERVER_APPLY_MESSAGES_H_
