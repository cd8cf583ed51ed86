// The last messages to one user, and what receipts said of each: what a receipt is looked up in, and what tells a first
// report from a repeated one. At most limits::kRecentMessages.
//
// Kept as what a stored profile has of it, one string, so that storing and copying it is one copy: it is written with
// every message. One message takes, all numbers little-endian:
//   u16 bytes that follow, 16 bytes message_id, i64 time (microseconds), u8 kinds reported (bit 1 << kind),
//   u8 bytes of campaign_id, campaign_id, u8 bytes of variant_id, variant_id, u8 links, of each 8 bytes of a digest.
// Whatever follows within a message, a later version of the program wrote, and is kept.
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
  Digest message_id{};
  absl::Time time;
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
    for (size_t at = 0; at < stored_.size(); at = Next(at)) visit(At(at));
  }
  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  const std::string& stored() const { return stored_; }
  // Nothing if `stored` is not one.
  static std::optional<RecentMessages> FromStored(std::string_view stored);

  friend bool operator==(const RecentMessages&, const RecentMessages&) = default;

 private:
  // `at` is where a message begins in stored_.
  RecentMessage At(size_t at) const;
  size_t Next(size_t at) const;
  std::optional<size_t> PlaceOf(const Digest& message_id) const;
  void DropFirst();

  std::string stored_;
  uint32_t count_ = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_RECENT_MESSAGES_H_
