#include "storage/model/profile.h"

namespace cadenza {
namespace {

template <typename Entries>
void PrefetchEntries(const Entries& entries) {
  constexpr size_t kLine = 64;
  constexpr size_t kLinesMax = 32;
  if (entries.empty()) return;
  const auto* const at = reinterpret_cast<const char*>(&*entries.begin());
  const size_t bytes = entries.size() * sizeof(*entries.begin());
  for (size_t line = 0; line < kLinesMax && line * kLine < bytes; ++line) __builtin_prefetch(at + line * kLine);
}

}  // namespace

void Profile::Prefetch() const {
  PrefetchEntries(attributes);
  PrefetchEntries(events);
  PrefetchEntries(campaigns);
}

size_t Profile::ByteSize() const {
  constexpr size_t kFixedBytes = 160;  // times, counts and the current session
  constexpr size_t kEntryBytes = 24;   // of a small record besides its name
  size_t size = kFixedBytes;
  for (const auto& [name, value] : attributes) size += kEntryBytes / 2 + name.size() + value.ByteSize();
  for (const auto& [name, history] : events) size += name.size() + history.ByteSize();
  size += purchases.revenue.size() * kEntryBytes;
  for (const auto& [channel, state] : subscriptions) size += kEntryBytes + channel.size();
  for (const auto& [campaign_id, history] : campaigns) {
    size += kEntryBytes + campaign_id.size();
    for (const ReceiptCount& receipts : history.receipts) size += receipts.count > 0 ? kEntryBytes / 2 : 0;
  }
  size += recent_messages.stored().size();
  for (const auto& [timer_id, timer] : timers) size += kEntryBytes + timer_id.size();
  for (const auto& [campaign_id, entry] : entries) {
    size += kEntryBytes + campaign_id.size() + entry.variant_id.size() + entry.launches.size() * kEntryBytes / 2;
  }
  for (const SentMessage& message : sent) {
    size += kEntryBytes + message.campaign_id.size() + message.channel.size();
    for (const std::string& tag : message.tags) size += tag.size() + 2;
  }
  for (const auto& [campaign_id, participation] : participations) {
    size += kEntryBytes + campaign_id.size() + participation.variant_id.size();
    for (const auto& [conversion_id, counted] : participation.conversions)
      size += kEntryBytes / 2 + conversion_id.size();
  }
  for (const Touch& touch : touches) {
    size += kEntryBytes + touch.campaign_id.size() + touch.variant_id.size();
    for (const std::string& conversion_id : touch.converted) size += conversion_id.size() + 2;
  }
  for (const std::string& name : other_names) size += name.size() + 4;
  for (const auto& [segment_id, since] : segments) size += kEntryBytes / 2 + segment_id.size();
  return size;
}

}  // namespace cadenza
