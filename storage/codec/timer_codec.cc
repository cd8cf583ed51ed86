#include "storage/codec/timer_codec.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_writer.h"

namespace cadenza {
namespace {

// cadenza.v1.TimerFired, cadenza.v1.Input
constexpr int kTrigger = 6;

absl::Status Damaged(const char* what) { return absl::DataLossError(Sv(StrCat("a stored timer is damaged: ", what))); }

std::string EventId(const Timer& timer) {
  const std::string_view zero("\0", 1);
  const Digest digest =
      DigestOf(StrCat(timer.user.workspace, zero, timer.user.key, zero, timer.timer_id, zero, timer.set_seq));
  const auto bits = [&digest](size_t from, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | digest[from + i];
    return value;
  };
  const auto millis = static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(timer.fire_time), 0));
  return absl::StrFormat("%08x-%04x-7%03x-%04x-%012x", millis >> 16 & 0xffffffff, millis & 0xffff, bits(0, 2) & 0xfff,
                         (bits(2, 2) & 0x3fff) | 0x8000, bits(4, 6));
}

}  // namespace

std::string EncodeTimerContent(const TimerContent& content) {
  v1::TimerFired proto;
  proto.set_purpose(static_cast<v1::TimerFired::Purpose>(content.purpose));
  proto.set_subject(content.subject);
  proto.set_note(content.note);
  proto.set_rule_set_revision(content.rule_set_revision);
  if (content.trigger == nullptr) return SerializeDeterministic(proto);
  proto.set_imported(content.trigger->import);
  if (const Input& trigger = *content.trigger;
      trigger.kind() == InputKind::kTimerFired || trigger.kind() == InputKind::kEvaluate) {
    // The server's own: of what happened there is no more to say than when.
    v1::Input& named = *proto.mutable_trigger();
    named.set_event_id(trigger.event_id);
    ToProto(trigger.user, named.mutable_user());
    ToProto(trigger.time, named.mutable_time());
    return SerializeDeterministic(proto);
  }
  // The body is taken as it is. Where it has a time, the same time once more changes nothing.
  v1::Input time;
  ToProto(content.trigger->time, time.mutable_time());
  WireWriter out;
  const auto trigger = out.Begin(kTrigger, content.trigger->body.size());
  out.RawBytes(content.trigger->body);
  out.RawBytes(SerializeDeterministic(time));
  out.End(trigger);
  return StrCat(SerializeDeterministic(proto), out.written());
}

absl::StatusOr<Input> FiredInput(const Timer& timer, absl::Time now) {
  v1::Input proto;
  if (!proto.mutable_timer_fired()->ParseFromString(timer.payload)) return Damaged("its payload does not parse");
  proto.mutable_timer_fired()->set_timer_id(timer.timer_id);
  proto.mutable_timer_fired()->set_set_seq(timer.set_seq);
  proto.set_event_id(EventId(timer));
  ToProto(timer.user, proto.mutable_user());
  ToProto(timer.fire_time, proto.mutable_time());
  absl::StatusOr<Input> input = FromProto(timer.user.workspace, proto);
  if (!input.ok()) return Damaged("it holds no input");
  input->receive_time = now;
  input->import = proto.timer_fired().imported();
  input->clock = input->import ? timer.fire_time : now;
  return input;
}

}  // namespace cadenza
