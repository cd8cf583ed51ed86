// The last messages to one user, and what receipts said of each: what a receipt is looked up in, and what tells a first
// report from a repeated one. At most limits::kRecentMessages.
//
// Kept as what a stored profile has of it, one string, so that storing and copying it is one copy: it is written with
// every message, and most users have as many as there may be. So a message takes 15 bytes, what it shares with others
// is there once, and one that takes the place of the first moves no other. All numbers little-endian:
//   head        u8 2, u8 0, u8 bytes of a message (at least 15), u8 which message is the first, u16 bytes of origins,
//               u16 bytes of clicks
//   origins     of each: u8 bytes of campaign_id, campaign_id, u8 bytes of variant_id, variant_id
//   clicks      of each message with some: u8 which message, u8 links, of each 8 bytes of a digest
//   messages    of each: the first 8 bytes of message_id, i40 seconds since the epoch, u8 kinds reported (bit 1 <<
//   kind),
//               u8 which origin; whatever follows, a later version of the program wrote, and is kept
// in a ring: the messages from the first to the end of the string, then those before the first. No messages: no bytes.
//
// Message ids are digests, so that a receipt of a message that is not among them finds another by their first 8 bytes
// with a probability of 64 / 2^64, 3.5e-18; it would then count for a message of the same user.
//
// Profiles that were stored before have form 1, which FromStored reads too. Of each message:
//   u16 bytes that follow, 16 bytes message_id, i64 time (microseconds), u8 kinds reported, u8 bytes of campaign_id,
//   campaign_id, u8 bytes of variant_id, variant_id, u8 links, of each 8 bytes of a digest
// A message of it takes 28 bytes at least, so it does not begin like form 2.
//
// Not thread-safe; a plain value.
#ifndef CADENZA_STORAGE_MODEL_RECENT_MESSAGES_H_
#define CADENZA_STORAGE_MODEL_RECENT_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "storage/base/ids.h"
#include "storage/model/input.h"

namespace cadenza {

// One of them, a view into the list: good until the list is changed.
struct RecentMessage {
  std::string_view message_id;  // its first 8 bytes
  absl::Time time;              // to the second, rounded down
  std::string_view campaign_id;
  std::string_view variant_id;  // "" = the campaign has none
  uint8_t reported = 0;
  size_t links = 0;  // that were clicked, at most limits::kMessageLinks

  bool Reported(Receipt::Kind kind) const { return (reported >> static_cast<int>(kind) & 1) != 0; }
};

class RecentMessages {
 public:
  // Adds a message, of which nothing was reported: it is now the last. The first go where there are too many, or while
  // they are limits::kRecentMessageAge older than it. campaign_id and variant_id are cut at 255 bytes.
  void Add(const Digest& message_id, absl::Time time, std::string_view campaign_id, std::string_view variant_id);

  // Nothing if it is not among them. The latest of those with one id.
  std::optional<RecentMessage> Find(const Digest& message_id) const;
  // Enters a report of `kind`; whether it is the first. REQUIRES: the message is among them.
  bool Report(const Digest& message_id, Receipt::Kind kind);
  // Enters a click on a link; whether it is the first on this one. False too where there is no room for another link.
  // REQUIRES: the message is among them.
  bool Click(const Digest& message_id, std::string_view link_id);

  // Takes in those of another list, by time, this one's first where they are equal; the first go where there are too
  // many.
  void Merge(const RecentMessages& other);

  // Calls visit(const RecentMessage&) for each, in their order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t i = 0; i < size(); ++i) visit(At(SlotOf(i)));
  }
  size_t size() const;
  bool empty() const { return stored_.empty(); }
  // How often the list has changed, modulo 2^32: the same number of one list, nothing has. No part of the value.
  uint32_t changes() const { return changes_; }

  const std::string& stored() const { return stored_; }
  // Nothing if `stored` is not one.
  static std::optional<RecentMessages> FromStored(std::string_view stored);

  friend bool operator==(const RecentMessages& a, const RecentMessages& b) { return a.stored_ == b.stored_; }

 private:
  // A slot is a message's place in the string, from 0; SlotOf gives that of the i-th in their order.
  size_t SlotOf(size_t i) const;
  size_t At16(size_t at) const;
  void Put16(size_t value, size_t at);
  size_t ClicksAt() const;
  size_t MessagesAt() const;
  size_t MessageAt(size_t slot) const;
  RecentMessage At(size_t slot) const;
  absl::Time TimeOf(size_t slot) const;
  std::optional<size_t> Find(std::string_view id) const;
  // Of a message without clicks the end of clicks.
  size_t ClicksOf(size_t slot) const;
  // The links of a message, 8 bytes each.
  std::string_view LinksOf(size_t slot) const;
  bool IsWhole() const;

  // Which origin the texts are; if they are a new one, it takes the place of one that no message but that in `slot`
  // has.
  uint8_t KeepOrigin(std::string_view campaign_id, std::string_view variant_id, size_t slot);
  // REQUIRES: the message has none.
  void PutClicks(size_t slot, std::string_view links);
  void DropClicks(size_t slot);
  void DropFirst();
  void AddMessage(std::string_view id, int64_t seconds, std::string_view campaign_id, std::string_view variant_id);
  // Of the last message, which has none yet.
  void AddWhatIsKnown(uint8_t reported, std::string_view links);
  static std::optional<RecentMessages> FromForm1(std::string_view stored);

  std::string stored_;
  uint32_t changes_ = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_RECENT_MESSAGES_H_
