#include "storage/model/profile.h"

namespace cadenza {

size_t Profile::ByteSize() const {
  constexpr size_t kFixedBytes = 160;  // times, counts and the current session
  constexpr size_t kEntryBytes = 24;   // of a small record besides its name
  size_t size = kFixedBytes;
  for (const auto& [name, value] : attributes) size += kEntryBytes / 2 + name.size() + value.ByteSize();
  for (const auto& [name, history] : events) size += name.size() + history.ByteSize();
  size += purchases.revenue.size() * kEntryBytes;
  for (const auto& [channel, state] : subscriptions) size += kEntryBytes + channel.size();
  for (const auto& [campaign_id, history] : campaigns) size += kEntryBytes + campaign_id.size();
  for (const std::string& name : other_names) size += name.size() + 4;
  return size;
}

}  // namespace cadenza
