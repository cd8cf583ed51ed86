#include "server/rules/decision_log.h"

#include <algorithm>
#include <limits>

#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

constexpr size_t kVarintBytes = 10;
constexpr size_t kLengthBytes = 2;

}  // namespace

void DecisionLog::Varint(uint64_t value) {
  char* out = Room(kVarintBytes);
  const char* const begin = out;
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  size_ += static_cast<size_t>(out - begin);
}

void DecisionLog::Number(int64_t value) {
  Varint(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
}

void DecisionLog::Time(absl::Time time) {
  if (time == absl::InfinitePast()) return Number(std::numeric_limits<int64_t>::min());
  if (time == absl::InfiniteFuture()) return Number(std::numeric_limits<int64_t>::max());
  Number(absl::ToUnixMicros(time));
}

void DecisionLog::Text(std::string_view text) {
  text = text.substr(0, kTextBytes);
  Varint(text.size());
  text.copy(Room(text.size()), text.size());  // unlike memcpy, also of nothing
  size_ += text.size();
}

bool DecisionLog::Fail(Gate gate, std::string_view text) {
  error_ = StrCat(GateName(gate), ": ", text);
  Say(gate, false, forms::kError);
  Text(text);
  return false;
}

void DecisionLog::NoteTime() {
  if (size_ != 0) return;
  *Room(1) = static_cast<char>(kVersion);
  size_ = 1;
  Time(clock_);
}

void DecisionLog::Begin(std::string_view campaign_id, int64_t revision, std::string_view event_id) {
  error_.clear();
  begin_ = size_;
  NoteTime();
  decision_ = size_;
  Room(kLengthBytes + 1);
  size_ += kLengthBytes + 1;
  Text(campaign_id);
  Varint(static_cast<uint64_t>(revision));
  Text(event_id);
}

void DecisionLog::End(DecisionOutcome outcome, std::string_view variant_id, absl::Time wait_time) {
  *Room(1) = 0;
  ++size_;
  Text(variant_id);
  Time(wait_time);
  const size_t length = size_ - decision_ - kLengthBytes;
  if (size_ > kMaxBytes) return Drop();
  char* const head = buffer_.data() + decision_;
  head[0] = static_cast<char>(length);
  head[1] = static_cast<char>(length >> 8);
  head[kLengthBytes] = static_cast<char>(outcome);
}

}  // namespace cadenza::rules
