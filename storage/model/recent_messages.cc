#include "storage/model/recent_messages.h"

#include <algorithm>
#include <bitset>
#include <cstring>
#include <vector>

#include "storage/model/limits.h"

namespace cadenza {
namespace {

constexpr char kForm = 2;
constexpr size_t kBytesOfMessage = 2;  // where the head has it, like those that follow
constexpr size_t kFirst = 3;
constexpr size_t kOriginsBytes = 4;
constexpr size_t kClicksBytes = 6;
constexpr size_t kHeadBytes = 8;

// Within a message.
constexpr size_t kIdBytes = 8;
constexpr size_t kSeconds = kIdBytes;
constexpr size_t kSecondsBytes = 5;
constexpr size_t kReported = kSeconds + kSecondsBytes;
constexpr size_t kOrigin = kReported + 1;
constexpr size_t kMessageBytes = kOrigin + 1;

constexpr size_t kLinkBytes = 8;
constexpr size_t kTextBytes = 255;
// More are not read: with so many, of the longest texts and all links clicked, the head can count their bytes.
constexpr size_t kSlots = 127;

uint8_t Byte(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

int64_t ReadSigned(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(Byte(bytes, at + i)) << (8 * i);
  const size_t unused = 8 * (sizeof(value) - size);
  return static_cast<int64_t>(value << unused) >> unused;
}

std::string_view IdOf(const Digest& message_id) { return {reinterpret_cast<const char*>(message_id.data()), kIdBytes}; }

void AppendText(std::string_view text, std::string* bytes) {
  bytes->push_back(static_cast<char>(text.size()));
  bytes->append(text);
}

// A text that its size, one byte, goes before.
std::string_view TextAt(std::string_view bytes, size_t at) { return bytes.substr(at + 1, Byte(bytes, at)); }

size_t AfterText(std::string_view bytes, size_t at) { return at + 1 + Byte(bytes, at); }

size_t AfterOrigin(std::string_view bytes, size_t at) { return AfterText(bytes, AfterText(bytes, at)); }

size_t AfterClicks(std::string_view bytes, size_t at) { return at + 2 + Byte(bytes, at + 1) * kLinkBytes; }

}  // namespace

size_t RecentMessages::At16(size_t at) const { return Byte(stored_, at) | Byte(stored_, at + 1) << 8; }

void RecentMessages::Put16(size_t value, size_t at) {
  stored_[at] = static_cast<char>(value & 0xFF);
  stored_[at + 1] = static_cast<char>(value >> 8);
}

size_t RecentMessages::ClicksAt() const { return kHeadBytes + At16(kOriginsBytes); }

size_t RecentMessages::MessagesAt() const { return ClicksAt() + At16(kClicksBytes); }

size_t RecentMessages::MessageAt(size_t slot) const { return MessagesAt() + slot * Byte(stored_, kBytesOfMessage); }

size_t RecentMessages::size() const {
  return stored_.empty() ? 0 : (stored_.size() - MessagesAt()) / Byte(stored_, kBytesOfMessage);
}

size_t RecentMessages::SlotOf(size_t i) const {
  const size_t slot = Byte(stored_, kFirst) + i;
  const size_t slots = size();
  return slot < slots ? slot : slot - slots;
}

absl::Time RecentMessages::TimeOf(size_t slot) const {
  return absl::FromUnixSeconds(ReadSigned(stored_, MessageAt(slot) + kSeconds, kSecondsBytes));
}

size_t RecentMessages::ClicksOf(size_t slot) const {
  const size_t end = MessagesAt();
  size_t at = ClicksAt();
  while (at < end && Byte(stored_, at) != slot) at = AfterClicks(stored_, at);
  return at;
}

std::string_view RecentMessages::LinksOf(size_t slot) const {
  const size_t at = ClicksOf(slot);
  if (at == MessagesAt()) return {};
  return std::string_view(stored_).substr(at + 2, Byte(stored_, at + 1) * kLinkBytes);
}

RecentMessage RecentMessages::At(size_t slot) const {
  const std::string_view bytes = stored_;
  const size_t at = MessageAt(slot);
  size_t origin = kHeadBytes;
  for (uint8_t i = 0; i < Byte(bytes, at + kOrigin); ++i) origin = AfterOrigin(bytes, origin);
  return {.message_id = bytes.substr(at, kIdBytes),
          .time = TimeOf(slot),
          .campaign_id = TextAt(bytes, origin),
          .variant_id = TextAt(bytes, AfterText(bytes, origin)),
          .reported = Byte(bytes, at + kReported),
          .links = LinksOf(slot).size() / kLinkBytes};
}

std::optional<size_t> RecentMessages::Find(std::string_view id) const {
  if (empty()) return std::nullopt;
  const size_t slots = size();
  const size_t bytes = Byte(stored_, kBytesOfMessage);
  const char* const messages = stored_.data() + MessagesAt();
  size_t slot = Byte(stored_, kFirst);
  for (size_t left = slots; left > 0; --left) {
    slot = (slot == 0 ? slots : slot) - 1;
    if (std::memcmp(messages + slot * bytes, id.data(), kIdBytes) == 0) return slot;
  }
  return std::nullopt;
}

std::optional<RecentMessage> RecentMessages::Find(const Digest& message_id) const {
  const std::optional<size_t> slot = Find(IdOf(message_id));
  return slot.has_value() ? std::optional<RecentMessage>(At(*slot)) : std::nullopt;
}

void RecentMessages::Add(const Digest& message_id, absl::Time time, std::string_view campaign_id,
                         std::string_view variant_id) {
  while (!empty() && TimeOf(SlotOf(0)) <= time - limits::kRecentMessageAge) DropFirst();
  while (size() > limits::kRecentMessages) DropFirst();
  const int64_t seconds = absl::ToUnixSeconds(time);
  AddMessage(IdOf(message_id), seconds, campaign_id.substr(0, kTextBytes), variant_id.substr(0, kTextBytes));
}

void RecentMessages::AddMessage(std::string_view id, int64_t seconds, std::string_view campaign_id,
                                std::string_view variant_id) {
  ++changes_;
  if (stored_.empty()) {
    stored_.assign(kHeadBytes, '\0');
    stored_[0] = kForm;
    stored_[kBytesOfMessage] = kMessageBytes;
  }
  const size_t slots = size();
  const size_t bytes = Byte(stored_, kBytesOfMessage);
  // Where the first is, since it goes, or is the next after the last.
  size_t slot = Byte(stored_, kFirst);
  size_t next_first = slot + 1;
  if (slots >= limits::kRecentMessages) {
    DropClicks(slot);
    next_first %= slots;
  } else if (slot == 0) {
    slot = slots;
    next_first = 0;
    stored_.append(bytes, '\0');
  } else {
    stored_.insert(MessageAt(slot), bytes, '\0');
    for (size_t at = ClicksAt(); at < MessagesAt(); at = AfterClicks(stored_, at)) {
      if (Byte(stored_, at) >= slot) ++stored_[at];
    }
  }
  stored_[kFirst] = static_cast<char>(next_first);
  const uint8_t origin = KeepOrigin(campaign_id, variant_id, slot);
  char* const message = stored_.data() + MessageAt(slot);
  std::memset(message, 0, bytes);
  std::memcpy(message, id.data(), kIdBytes);
  for (size_t i = 0; i < kSecondsBytes; ++i) message[kSeconds + i] = static_cast<char>(seconds >> (8 * i));
  message[kOrigin] = static_cast<char>(origin);
}

void RecentMessages::AddWhatIsKnown(uint8_t reported, std::string_view links) {
  const size_t slot = SlotOf(size() - 1);
  stored_[MessageAt(slot) + kReported] = static_cast<char>(reported);
  if (!links.empty()) PutClicks(slot, links);
}

void RecentMessages::PutClicks(size_t slot, std::string_view links) {
  std::string clicks = {static_cast<char>(slot), static_cast<char>(links.size() / kLinkBytes)};
  clicks.append(links);
  stored_.insert(MessagesAt(), clicks);
  Put16(At16(kClicksBytes) + clicks.size(), kClicksBytes);
}

uint8_t RecentMessages::KeepOrigin(std::string_view campaign_id, std::string_view variant_id, size_t slot) {
  const size_t end = ClicksAt();
  uint8_t origin = 0;
  for (size_t at = kHeadBytes; at < end; at = AfterOrigin(stored_, at), ++origin) {
    if (TextAt(stored_, at) == campaign_id && TextAt(stored_, AfterText(stored_, at)) == variant_id) return origin;
  }
  std::bitset<kSlots + 1> had;
  for (size_t s = 0, slots = size(); s < slots; ++s) {
    if (s != slot) had.set(Byte(stored_, MessageAt(s) + kOrigin));
  }
  size_t at = kHeadBytes;
  for (origin = 0; at < end && had.test(origin); ++origin) at = AfterOrigin(stored_, at);
  std::string texts;
  AppendText(campaign_id, &texts);
  AppendText(variant_id, &texts);
  const size_t replaced = at < end ? AfterOrigin(stored_, at) - at : 0;
  stored_.replace(at, replaced, texts);
  Put16(At16(kOriginsBytes) + texts.size() - replaced, kOriginsBytes);
  return origin;
}

void RecentMessages::DropClicks(size_t slot) {
  const size_t at = ClicksOf(slot);
  if (at == MessagesAt()) return;
  const size_t bytes = AfterClicks(stored_, at) - at;
  stored_.erase(at, bytes);
  Put16(At16(kClicksBytes) - bytes, kClicksBytes);
}

void RecentMessages::DropFirst() {
  ++changes_;
  const size_t slots = size();
  if (slots == 1) return stored_.clear();
  const size_t slot = Byte(stored_, kFirst);
  DropClicks(slot);
  for (size_t at = ClicksAt(); at < MessagesAt(); at = AfterClicks(stored_, at)) {
    if (Byte(stored_, at) > slot) --stored_[at];
  }
  stored_.erase(MessageAt(slot), Byte(stored_, kBytesOfMessage));
  if (slot == slots - 1) stored_[kFirst] = 0;
}

bool RecentMessages::Report(const Digest& message_id, Receipt::Kind kind) {
  const size_t at = MessageAt(*Find(IdOf(message_id))) + kReported;
  const auto bit = static_cast<uint8_t>(1 << static_cast<int>(kind));
  if ((Byte(stored_, at) & bit) != 0) return false;
  ++changes_;
  stored_[at] = static_cast<char>(Byte(stored_, at) | bit);
  return true;
}

bool RecentMessages::Click(const Digest& message_id, std::string_view link_id) {
  const size_t slot = *Find(IdOf(message_id));
  const Digest digest = DigestOf(link_id);
  const std::string_view link(reinterpret_cast<const char*>(digest.data()), kLinkBytes);
  const std::string_view links = LinksOf(slot);
  for (size_t at = 0; at < links.size(); at += kLinkBytes) {
    if (links.substr(at, kLinkBytes) == link) return false;
  }
  if (links.size() / kLinkBytes >= limits::kMessageLinks) return false;
  ++changes_;
  const std::string more = std::string(links).append(link);
  DropClicks(slot);
  PutClicks(slot, more);
  return true;
}

void RecentMessages::Merge(const RecentMessages& other) {
  if (other.empty()) return;
  struct From {
    const RecentMessages* list;
    size_t slot;
  };
  std::vector<From> both;
  for (const RecentMessages* list : {static_cast<const RecentMessages*>(this), &other}) {
    for (size_t i = 0; i < list->size(); ++i) both.push_back({list, list->SlotOf(i)});
  }
  std::inplace_merge(both.begin(), both.begin() + static_cast<ptrdiff_t>(size()), both.end(),
                     [](const From& a, const From& b) { return a.list->TimeOf(a.slot) < b.list->TimeOf(b.slot); });
  if (both.size() > limits::kRecentMessages) both.erase(both.begin(), both.end() - limits::kRecentMessages);
  RecentMessages merged;
  for (const From& from : both) {
    const RecentMessage message = from.list->At(from.slot);
    merged.AddMessage(message.message_id, absl::ToUnixSeconds(message.time), message.campaign_id, message.variant_id);
    merged.AddWhatIsKnown(message.reported, from.list->LinksOf(from.slot));
  }
  stored_ = std::move(merged.stored_);
  ++changes_;
}

bool RecentMessages::IsWhole() const {
  if (stored_.size() < kHeadBytes || Byte(stored_, kBytesOfMessage) < kMessageBytes) return false;
  const size_t clicks = ClicksAt();
  const size_t messages = MessagesAt();
  if (messages >= stored_.size()) return false;
  const size_t slots = size();
  if (slots > kSlots || MessageAt(slots) != stored_.size() || Byte(stored_, kFirst) >= slots) return false;
  size_t at = kHeadBytes;
  size_t origins = 0;
  for (; at < clicks; ++origins) {
    at = AfterText(stored_, at);
    if (at >= clicks) return false;
    at = AfterText(stored_, at);
  }
  if (at != clicks || origins > kSlots) return false;
  std::bitset<kSlots> clicked;
  while (at < messages) {
    if (at + 2 > messages || Byte(stored_, at) >= slots || clicked.test(Byte(stored_, at))) return false;
    if (Byte(stored_, at + 1) > limits::kMessageLinks) return false;
    clicked.set(Byte(stored_, at));
    at = AfterClicks(stored_, at);
  }
  if (at != messages) return false;
  const size_t bytes = Byte(stored_, kBytesOfMessage);
  for (at += kOrigin; at < stored_.size(); at += bytes) {
    if (Byte(stored_, at) >= origins) return false;
  }
  return true;
}

std::optional<RecentMessages> RecentMessages::FromStored(std::string_view stored) {
  if (stored.size() < 2 || stored[0] != kForm || stored[1] != 0) return FromForm1(stored);
  RecentMessages read;
  read.stored_ = std::string(stored);
  if (!read.IsWhole()) return std::nullopt;
  return read;
}

std::optional<RecentMessages> RecentMessages::FromForm1(std::string_view stored) {
  constexpr size_t kLengthBytes = 2;
  constexpr size_t kMicros = kLengthBytes + sizeof(Digest);
  constexpr size_t kReportedAt = kMicros + sizeof(int64_t);
  constexpr size_t kCampaign = kReportedAt + 1;
  RecentMessages read;
  while (!stored.empty()) {
    if (stored.size() < kCampaign + 3) return std::nullopt;
    const size_t end = kLengthBytes + (Byte(stored, 0) | Byte(stored, 1) << 8);
    const size_t variant = AfterText(stored, kCampaign);
    if (end > stored.size() || variant >= end) return std::nullopt;
    const size_t links = AfterText(stored, variant);
    if (links >= end || links + 1 + Byte(stored, links) * kLinkBytes > end) return std::nullopt;
    if (Byte(stored, links) > limits::kMessageLinks) return std::nullopt;
    const absl::Time time = absl::FromUnixMicros(ReadSigned(stored, kMicros, sizeof(int64_t)));
    read.AddMessage(stored.substr(kLengthBytes, kIdBytes), absl::ToUnixSeconds(time), TextAt(stored, kCampaign),
                    TextAt(stored, variant));
    read.AddWhatIsKnown(Byte(stored, kReportedAt), stored.substr(links + 1, Byte(stored, links) * kLinkBytes));
    stored.remove_prefix(end);
  }
  return read;
}

}  // namespace cadenza
