#include "storage/codec/input_wire.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "cadenza/v1/input.pb.h"
#include "storage/base/status_macros.h"
#include "storage/codec/value_wire.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"
#include "storage/codec/wire_reader.h"
#include "storage/codec/wire_writer.h"

namespace cadenza {
namespace {

constexpr uint8_t Number(int field) { return WireTag(field, WireType::kVarint); }
constexpr uint8_t Text(int field) { return WireTag(field, WireType::kBytes); }

constexpr int64_t kMinSeconds = -62135596800;  // 0001-01-01
constexpr int64_t kMaxSeconds = 253402300799;  // 9999-12-31T23:59:59
constexpr uint64_t kNanos = 1'000'000'000;

// Reads a custom event whose bytes are, but for the order of its properties, those that SerializeDeterministic writes:
// then the body is the bytes themselves, with the properties sorted. Read() is false for everything else.
class EventReader {
 public:
  EventReader(std::string_view workspace, std::string_view bytes) : workspace_(workspace), bytes_(bytes), in_(bytes) {}

  bool Read(Input* input) {
    if (!in_.TakeTag(Text(1))) return false;
    input->event_id = in_.Bytes();
    if (input->event_id.empty() || !in_.TakeTag(Text(2)) || !ReadUser(&input->user)) return false;
    input->time = absl::InfinitePast();
    if (in_.TakeTag(Text(3)) && !ReadTime(&input->time)) return false;
    if (!in_.TakeTag(Text(4)) || !ReadEvent(&input->payload.emplace<CustomEvent>())) return false;
    if (!in_.done() || !Fine(in_)) return false;
    MakeBody(&input->body);
    input->digest = DigestOf(input->body);
    return true;
  }

 private:
  struct Property {
    uint64_t key_front;  // FrontOf(key)
    std::string_view key;
    std::string_view value;
    std::string_view entry;  // all of it: tag, length, key, value
  };

  // The first eight bytes as a number that sorts as they do; short keys are filled with zeros.
  static uint64_t FrontOf(std::string_view key) {
    uint64_t front = 0;
    for (size_t i = 0; i < 8; ++i) front = front << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
    return front;
  }
  static bool Less(const Property& a, const Property& b) {
    return a.key_front != b.key_front ? a.key_front < b.key_front : a.key < b.key;
  }

  static bool Fine(const WireReader& in) { return in.ok() && in.shortest(); }

  bool ReadUser(UserKey* user) {
    WireReader in(in_.Bytes());
    if (in.TakeTag(Text(1))) {
      *user = UserKey::User(workspace_, in.Bytes());
    } else if (in.TakeTag(Text(2))) {
      *user = UserKey::Anonymous(workspace_, in.Bytes());
    } else {
      return false;
    }
    return in.done() && Fine(in);
  }

  bool ReadTime(absl::Time* time) {
    WireReader in(in_.Bytes());
    int64_t seconds = 0;
    uint64_t nanos = 0;
    if (in.TakeTag(Number(1)) && (seconds = in.Int64()) == 0) return false;
    if (in.TakeTag(Number(2)) && (nanos = in.Varint()) == 0) return false;
    if (!in.done() || !Fine(in) || seconds < kMinSeconds || seconds > kMaxSeconds || nanos >= kNanos) return false;
    *time = absl::FromUnixSeconds(seconds) + absl::Microseconds(static_cast<int64_t>(nanos / 1000));
    return true;
  }

  bool ReadEvent(CustomEvent* event) {
    WireReader in(in_.Bytes());
    if (!in.TakeTag(Text(1))) return false;
    event->name = in.Bytes();
    if (event->name.empty()) return false;
    const char* entry = in.position();
    for (; in.TakeTag(Text(2)); entry = in.position()) {
      if (!ReadProperty(in.Bytes())) return false;
      properties_.back().entry = std::string_view(entry, static_cast<size_t>(in.position() - entry));
    }
    return in.done() && Fine(in) && SortProperties() && ReadValues(&event->properties);
  }

  bool ReadProperty(std::string_view bytes) {
    WireReader in(bytes);
    if (!in.TakeTag(Text(1))) return false;
    const std::string_view key = in.Bytes();
    if (!in.TakeTag(Text(2))) return false;
    properties_.push_back({FrontOf(key), key, in.Bytes(), {}});
    return in.done() && Fine(in);
  }

  bool SortProperties() {
    // Where they stand in the bytes; they follow one another.
    if (!properties_.empty()) first_entry_ = properties_.front().entry.data();
    in_order_ = std::is_sorted(properties_.begin(), properties_.end(), Less);
    if (!in_order_) std::sort(properties_.begin(), properties_.end(), Less);
    return std::adjacent_find(properties_.begin(), properties_.end(), [](const Property& a, const Property& b) {
             return a.key_front == b.key_front && a.key == b.key;
           }) == properties_.end();
  }

  bool ReadValues(ValueMap* values) {
    values->Reserve(properties_.size());
    for (const Property& property : properties_) {
      Value* const value = values->Append(property.key);
      if (!ReadValue(property.value, ValueForm::kDeterministic, value)) return false;
    }
    return true;
  }

  void MakeBody(std::string* body) const {
    *body = bytes_;
    if (in_order_) return;
    char* out = body->data() + (first_entry_ - bytes_.data());
    for (const Property& property : properties_) out = std::copy(property.entry.begin(), property.entry.end(), out);
  }

  const std::string_view workspace_;
  const std::string_view bytes_;
  WireReader in_;
  absl::InlinedVector<Property, 16> properties_;
  bool in_order_ = true;
  const char* first_entry_ = nullptr;
};

}  // namespace

absl::Status ParseInput(std::string_view workspace, std::string_view bytes, Input* input) {
  if (EventReader(workspace, bytes).Read(input)) return absl::OkStatus();
  v1::Input proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return BadField("", "these bytes are no cadenza.v1.Input");
  }
  CADENZA_ASSIGN_OR_RETURN(*input, FromProto(workspace, proto));
  return absl::OkStatus();
}

absl::StatusOr<InputBatchBytes> SplitInputBatch(std::string_view bytes) {
  InputBatchBytes batch;
  WireReader in(bytes);
  for (uint32_t tag = in.Tag(); tag != 0; tag = in.Tag()) {
    if (tag == Number(1)) {
      batch.first_seq = in.Int64();
    } else if (tag == Text(2)) {
      batch.inputs.push_back(in.Bytes());
    } else {
      in.Skip(tag);
    }
  }
  if (!in.ok()) return BadField("", "these bytes are no cadenza.v1.InputBatch");
  return batch;
}

}  // namespace cadenza
