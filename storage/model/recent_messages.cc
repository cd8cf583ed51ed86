#include "storage/model/recent_messages.h"

#include <algorithm>
#include <cstring>

#include "storage/model/limits.h"

namespace cadenza {
namespace {

constexpr size_t kLengthBytes = 2;
constexpr size_t kIdBytes = sizeof(Digest);
constexpr size_t kReportedOffset = kLengthBytes + kIdBytes + sizeof(int64_t);
constexpr size_t kCampaignOffset = kReportedOffset + 1;
constexpr size_t kFixedBytes = kIdBytes + sizeof(int64_t) + 4;  // of what follows the length
constexpr size_t kLinkBytes = 8;
constexpr size_t kTextBytes = 255;

uint8_t Byte(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

size_t Length(std::string_view bytes, size_t at) { return Byte(bytes, at) | Byte(bytes, at + 1) << 8; }

void PutLength(size_t length, size_t at, std::string* bytes) {
  (*bytes)[at] = static_cast<char>(length & 0xFF);
  (*bytes)[at + 1] = static_cast<char>(length >> 8);
}

void PutText(std::string_view text, std::string* bytes) {
  text = text.substr(0, kTextBytes);
  bytes->push_back(static_cast<char>(text.size()));
  bytes->append(text);
}

size_t AfterText(std::string_view bytes, size_t at) { return at + 1 + Byte(bytes, at); }

// Where the number of links stands in the message at `at`.
size_t LinksAt(std::string_view bytes, size_t at) { return AfterText(bytes, AfterText(bytes, at + kCampaignOffset)); }

bool IsWhole(std::string_view bytes, size_t at, size_t end) {
  if (end - at < kLengthBytes + kFixedBytes) return false;
  const size_t variant = AfterText(bytes, at + kCampaignOffset);
  if (variant >= end) return false;
  const size_t links = AfterText(bytes, variant);
  return links < end && links + 1 + Byte(bytes, links) * kLinkBytes <= end;
}

}  // namespace

void RecentMessages::Add(const Digest& message_id, absl::Time time, std::string_view campaign_id,
                         std::string_view variant_id) {
  while (!empty() && (count_ >= limits::kRecentMessages || At(0).time <= time - limits::kRecentMessageAge)) DropFirst();
  const size_t at = stored_.size();
  const int64_t micros = absl::ToUnixMicros(time);
  stored_.append(kLengthBytes, '\0');
  stored_.append(reinterpret_cast<const char*>(message_id.data()), kIdBytes);
  for (size_t i = 0; i < sizeof(micros); ++i) stored_.push_back(static_cast<char>(micros >> (8 * i)));
  stored_.push_back('\0');
  PutText(campaign_id, &stored_);
  PutText(variant_id, &stored_);
  stored_.push_back('\0');
  PutLength(stored_.size() - at - kLengthBytes, at, &stored_);
  ++count_;
}

std::optional<RecentMessage> RecentMessages::Find(const Digest& message_id) const {
  const std::optional<size_t> at = PlaceOf(message_id);
  return at.has_value() ? std::optional<RecentMessage>(At(*at)) : std::nullopt;
}

bool RecentMessages::Report(const Digest& message_id, Receipt::Kind kind) {
  const size_t at = *PlaceOf(message_id) + kReportedOffset;
  const auto bit = static_cast<uint8_t>(1 << static_cast<int>(kind));
  if ((Byte(stored_, at) & bit) != 0) return false;
  stored_[at] = static_cast<char>(Byte(stored_, at) | bit);
  return true;
}

bool RecentMessages::Click(const Digest& message_id, std::string_view link_id) {
  const size_t at = *PlaceOf(message_id);
  const size_t links = LinksAt(stored_, at);
  const size_t count = Byte(stored_, links);
  const Digest digest = DigestOf(link_id);
  const std::string_view link(reinterpret_cast<const char*>(digest.data()), kLinkBytes);
  for (size_t i = 0; i < count; ++i) {
    if (std::string_view(stored_).substr(links + 1 + i * kLinkBytes, kLinkBytes) == link) return false;
  }
  if (count >= limits::kMessageLinks) return false;
  stored_.insert(links + 1 + count * kLinkBytes, link);
  stored_[links] = static_cast<char>(count + 1);
  PutLength(Length(stored_, at) + kLinkBytes, at, &stored_);
  return true;
}

void RecentMessages::Merge(const RecentMessages& other) {
  if (other.empty()) return;
  std::string merged;
  size_t mine = 0;
  size_t theirs = 0;
  const auto take = [&merged](const RecentMessages& from, size_t* at) {
    const size_t next = from.Next(*at);
    merged.append(from.stored_, *at, next - *at);
    *at = next;
  };
  while (mine < stored_.size() || theirs < other.stored_.size()) {
    const bool other_is_next =
        mine == stored_.size() || (theirs < other.stored_.size() && other.At(theirs).time < At(mine).time);
    other_is_next ? take(other, &theirs) : take(*this, &mine);
  }
  stored_ = std::move(merged);
  count_ += other.count_;
  while (count_ > limits::kRecentMessages) DropFirst();
}

std::optional<RecentMessages> RecentMessages::FromStored(std::string_view stored) {
  RecentMessages read;
  for (size_t at = 0; at < stored.size(); ++read.count_) {
    if (stored.size() - at < kLengthBytes) return std::nullopt;
    const size_t end = at + kLengthBytes + Length(stored, at);
    if (end > stored.size() || !IsWhole(stored, at, end)) return std::nullopt;
    at = end;
  }
  read.stored_ = std::string(stored);
  return read;
}

RecentMessage RecentMessages::At(size_t at) const {
  const std::string_view bytes = stored_;
  RecentMessage message;
  std::memcpy(message.message_id.data(), bytes.data() + at + kLengthBytes, kIdBytes);
  uint64_t micros = 0;
  for (size_t i = 0; i < sizeof(micros); ++i) {
    micros |= static_cast<uint64_t>(Byte(bytes, at + kLengthBytes + kIdBytes + i)) << (8 * i);
  }
  message.time = absl::FromUnixMicros(static_cast<int64_t>(micros));
  message.reported = Byte(bytes, at + kReportedOffset);
  const size_t campaign = at + kCampaignOffset;
  const size_t variant = AfterText(bytes, campaign);
  const size_t links = AfterText(bytes, variant);
  message.campaign_id = bytes.substr(campaign + 1, variant - campaign - 1);
  message.variant_id = bytes.substr(variant + 1, links - variant - 1);
  message.links = Byte(bytes, links);
  return message;
}

size_t RecentMessages::Next(size_t at) const { return at + kLengthBytes + Length(stored_, at); }

std::optional<size_t> RecentMessages::PlaceOf(const Digest& message_id) const {
  const std::string_view id(reinterpret_cast<const char*>(message_id.data()), kIdBytes);
  std::optional<size_t> found;
  for (size_t at = 0; at < stored_.size(); at = Next(at)) {
    if (std::string_view(stored_).substr(at + kLengthBytes, kIdBytes) == id) found = at;
  }
  return found;
}

void RecentMessages::DropFirst() {
  stored_.erase(0, Next(0));
  --count_;
}

}  // namespace cadenza
