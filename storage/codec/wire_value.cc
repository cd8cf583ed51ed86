#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {
namespace {

constexpr int64_t kMinSeconds = -62135596800;  // 0001-01-01
constexpr int64_t kMaxSeconds = 253402300799;  // 9999-12-31T23:59:59
constexpr int64_t kMaxDurationSeconds = 315576000000;
constexpr int32_t kNanos = 1'000'000'000;

absl::StatusOr<Value> ListFromProto(const v1::ListValue& proto) {
  ValueList list;
  list.reserve(proto.values_size());
  for (int i = 0; i < proto.values_size(); ++i) {
    CADENZA_ASSIGN_UNDER(StrCat("[", i, "]"), Value value, FromProto(proto.values(i)));
    list.push_back(std::move(value));
  }
  return Value::List(std::move(list));
}

absl::StatusOr<Value> MapFromProto(const v1::MapValue& proto) {
  ValueMap map;
  for (const auto& [key, entry] : proto.entries()) {
    CADENZA_ASSIGN_UNDER(FieldKey(key), Value value, FromProto(entry));
    map.Set(key, std::move(value));
  }
  return Value::Map(std::move(map));
}

}  // namespace

absl::StatusOr<Value> FromProto(const v1::Value& proto) {
  switch (proto.kind_case()) {
    case v1::Value::kNullValue:
      return Value::Null();
    case v1::Value::kBoolValue:
      return Value::Bool(proto.bool_value());
    case v1::Value::kInt64Value:
      return Value::Int(proto.int64_value());
    case v1::Value::kDoubleValue:
      return Value::Double(proto.double_value());
    case v1::Value::kStringValue:
      return Value::String(proto.string_value());
    case v1::Value::kTimestampValue: {
      CADENZA_ASSIGN_OR_RETURN(absl::Time time, FromProto(proto.timestamp_value()));
      return Value::Timestamp(time);
    }
    case v1::Value::kListValue:
      return ListFromProto(proto.list_value());
    case v1::Value::kMapValue:
      return MapFromProto(proto.map_value());
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return BadField("", "the value has no kind; set one (null_value for null)");
}

void ToProto(const Value& value, v1::Value* proto) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      proto->set_null_value(v1::NULL_VALUE_UNSPECIFIED);
      break;
    case Value::Kind::kBool:
      proto->set_bool_value(value.bool_value());
      break;
    case Value::Kind::kInt:
      proto->set_int64_value(value.int_value());
      break;
    case Value::Kind::kDouble:
      // Adding 0 turns -0 into 0: they are equal, so their bytes must be.
      proto->set_double_value(value.double_value() + 0.0);
      break;
    case Value::Kind::kString:
      proto->set_string_value(value.string_value());
      break;
    case Value::Kind::kTimestamp:
      ToProto(value.timestamp_value(), proto->mutable_timestamp_value());
      break;
    case Value::Kind::kList: {
      v1::ListValue* list = proto->mutable_list_value();
      for (const Value& element : value.list_value()) ToProto(element, list->add_values());
      break;
    }
    case Value::Kind::kMap: {
      auto* entries = proto->mutable_map_value()->mutable_entries();
      for (const auto& [key, entry] : value.map_value()) ToProto(entry, &(*entries)[key]);
      break;
    }
  }
}

absl::StatusOr<absl::Time> FromProto(const google::protobuf::Timestamp& proto) {
  if (proto.seconds() < kMinSeconds || proto.seconds() > kMaxSeconds) {
    return BadField("", "the time must lie between 0001-01-01 and 9999-12-31");
  }
  if (proto.nanos() < 0 || proto.nanos() >= kNanos) return BadField("nanos", "must be 0 to 999,999,999");
  return absl::FromUnixSeconds(proto.seconds()) + absl::Microseconds(proto.nanos() / 1000);
}

void ToProto(absl::Time time, google::protobuf::Timestamp* proto) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto->set_seconds(seconds);
  proto->set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

absl::StatusOr<absl::Duration> FromProto(const google::protobuf::Duration& proto) {
  const int64_t seconds = proto.seconds();
  const int32_t nanos = proto.nanos();
  if (seconds < -kMaxDurationSeconds || seconds > kMaxDurationSeconds) {
    return BadField("", "the duration must lie between -10,000 and 10,000 years");
  }
  if (nanos <= -kNanos || nanos >= kNanos || (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
    return BadField("nanos", "must be -999,999,999 to 999,999,999, of the same sign as seconds");
  }
  return absl::Seconds(seconds) + absl::Nanoseconds(nanos);
}

void ToProto(absl::Duration duration, google::protobuf::Duration* proto) {
  const int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &duration);
  proto->set_seconds(seconds);
  proto->set_nanos(static_cast<int32_t>(duration / absl::Nanoseconds(1)));
}

}  // namespace cadenza
