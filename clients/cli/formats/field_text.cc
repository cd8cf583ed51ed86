#include "clients/cli/formats/field_text.h"

#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cadenza/v1/value.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "storage/base/status_macros.h"
#include "storage/base/suggest.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using google::protobuf::Duration;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr int64_t kMaxDurationSeconds = 315'576'000'000;  // of google.protobuf.Duration
constexpr absl::Duration kDay = absl::Hours(24);

bool Is(const FieldDescriptor& field, const google::protobuf::Descriptor* type) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.message_type()->full_name() == type->full_name();
}

// "STATE_" of State, "SUBSCRIPTION_STATE_" of SubscriptionState.
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + "_";
}

absl::StatusOr<int> ParseEnum(std::string_view text, const EnumDescriptor& type) {
  const std::string upper = absl::AsciiStrToUpper(Sv(text));
  for (const std::string& name : {upper, EnumPrefix(type) + upper}) {
    if (const EnumValueDescriptor* value = type.FindValueByName(name)) return value->number();
  }
  int number = 0;
  if (absl::SimpleAtoi(Sv(text), &number) && type.FindValueByNumber(number) != nullptr) return number;
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(EnumText(*type.value(i)));
  }
  return absl::InvalidArgumentError(
      StrCat("'", text, "' is none of ", absl::StrJoin(names, ", "), DidYouMean(text, {names.begin(), names.end()})));
}

absl::Status SetTimestamp(std::string_view text, Timestamp* proto) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, Sv(text), &time, &error) || time < absl::FromUnixSeconds(-62'135'596'800) ||
      time >= absl::FromUnixSeconds(253'402'300'800)) {
    return absl::InvalidArgumentError(StrCat("'", text, "' is no time like 2026-12-24T18:00:00Z"));
  }
  proto->set_seconds(absl::ToUnixSeconds(time));
  proto->set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(proto->seconds())) / absl::Nanoseconds(1)));
  return absl::OkStatus();
}

std::string TimestampText(const Timestamp& proto) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                          absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos()),
                          absl::UTCTimeZone());
}

// The shortest text that reads back as the same number.
std::string NumberText(double number) { return nlohmann::json(number).dump(); }

template <typename T, typename Parse>
absl::Status SetNumber(std::string_view text, std::string_view what, Parse parse, const std::function<void(T)>& set) {
  T value{};
  if (!parse(Sv(text), &value)) return absl::InvalidArgumentError(StrCat("'", text, "' is no ", what));
  set(value);
  return absl::OkStatus();
}

// Calls the setter of reflection that fits.
template <typename T>
std::function<void(T)> Setter(void (Reflection::*set)(Message*, const FieldDescriptor*, T) const,
                              void (Reflection::*add)(Message*, const FieldDescriptor*, T) const,
                              const FieldDescriptor& field, Message* message) {
  return [=, &field](T value) {
    const Reflection* reflection = message->GetReflection();
    (reflection->*(field.is_repeated() ? add : set))(message, &field, std::move(value));
  };
}

absl::Status SetBool(std::string_view text, const std::function<void(bool)>& set) {
  if (text != "true" && text != "false") {
    return absl::InvalidArgumentError(StrCat("'", text, "' is neither true nor false"));
  }
  set(text == "true");
  return absl::OkStatus();
}

absl::Status SetMessageLeaf(std::string_view text, const FieldDescriptor& field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  Message* target =
      field.is_repeated() ? reflection->AddMessage(message, &field) : reflection->MutableMessage(message, &field);
  if (Is(field, Timestamp::descriptor())) return SetTimestamp(text, static_cast<Timestamp*>(target));
  CADENZA_ASSIGN_OR_RETURN(*static_cast<Duration*>(target), ParseDurationText(text));
  return absl::OkStatus();
}

}  // namespace

bool IsLeaf(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || Is(field, Duration::descriptor()) ||
         Is(field, Timestamp::descriptor());
}

bool IsValue(const FieldDescriptor& field) { return Is(field, v1::Value::descriptor()); }

bool IsText(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING; }

absl::Status SetLeaf(std::string_view text, const FieldDescriptor& field, Message* message) {
  const auto setter = [&](auto set, auto add) { return Setter(set, add, field, message); };
  const auto to_float = [](absl::string_view from, float* to) { return absl::SimpleAtof(from, to); };
  const auto to_double = [](absl::string_view from, double* to) { return absl::SimpleAtod(from, to); };
  const auto to_int = [](absl::string_view from, auto* to) { return absl::SimpleAtoi(from, to); };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(text, setter(&Reflection::SetBool, &Reflection::AddBool));
    case FieldDescriptor::CPPTYPE_INT32:
      return SetNumber<int32_t>(text, "whole number", to_int, setter(&Reflection::SetInt32, &Reflection::AddInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return SetNumber<int64_t>(text, "whole number", to_int, setter(&Reflection::SetInt64, &Reflection::AddInt64));
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetNumber<uint32_t>(text, "whole number", to_int, setter(&Reflection::SetUInt32, &Reflection::AddUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetNumber<uint64_t>(text, "whole number", to_int, setter(&Reflection::SetUInt64, &Reflection::AddUInt64));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return SetNumber<float>(text, "number", to_float, setter(&Reflection::SetFloat, &Reflection::AddFloat));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetNumber<double>(text, "number", to_double, setter(&Reflection::SetDouble, &Reflection::AddDouble));
    case FieldDescriptor::CPPTYPE_ENUM: {
      CADENZA_ASSIGN_OR_RETURN(const int number, ParseEnum(text, *field.enum_type()));
      setter(&Reflection::SetEnumValue, &Reflection::AddEnumValue)(number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value(text);
      if (field.type() == FieldDescriptor::TYPE_BYTES && !absl::Base64Unescape(Sv(text), &value)) {
        return absl::InvalidArgumentError("is no base64");
      }
      setter(&Reflection::SetString, &Reflection::AddString)(value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return SetMessageLeaf(text, field, message);
}

std::string LeafText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection* reflection = message.GetReflection();
  const bool one = index < 0;
  const auto get = [&](auto singular, auto repeated) {
    return one ? (reflection->*singular)(message, &field) : (reflection->*repeated)(message, &field, index);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return StrCat(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return StrCat(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_UINT32:
      return StrCat(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return StrCat(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return NumberText(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberText(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
      const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
      return value == nullptr ? StrCat(number) : EnumText(*value);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = get(&Reflection::GetString, &Reflection::GetRepeatedString);
      return field.type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text) : text;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  const Message& leaf =
      one ? reflection->GetMessage(message, &field) : reflection->GetRepeatedMessage(message, &field, index);
  return Is(field, Timestamp::descriptor()) ? TimestampText(static_cast<const Timestamp&>(leaf))
                                            : DurationText(static_cast<const Duration&>(leaf));
}

absl::StatusOr<Duration> ParseDurationText(std::string_view text) {
  std::string_view rest = text;
  absl::Duration days = absl::ZeroDuration();
  absl::Duration duration = absl::ZeroDuration();
  int64_t count = 0;
  const size_t digits = rest.find_first_not_of("0123456789");
  bool parsed = false;
  if (digits != std::string_view::npos && rest[digits] == 'd' && absl::SimpleAtoi(Sv(rest.substr(0, digits)), &count)) {
    days = count * kDay;
    rest.remove_prefix(digits + 1);
    parsed = rest.empty();
  }
  if (!parsed && !(days != absl::ZeroDuration() && (rest.starts_with('-') || rest.starts_with('+')))) {
    parsed = absl::ParseDuration(Sv(rest), &duration);
  }
  duration += days;
  if (!parsed || absl::AbsDuration(duration) > absl::Seconds(kMaxDurationSeconds)) {
    return absl::InvalidArgumentError(StrCat("'", text, "' is no duration like 24h, 90m, 7d or 1h30m"));
  }
  Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

std::string DurationText(const Duration& proto) {
  const absl::Duration duration = absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
  absl::Duration rest;
  const int64_t days = absl::IDivDuration(duration, kDay, &rest);
  if (days >= 2 && rest == absl::ZeroDuration()) return StrCat(days, "d");
  return duration == absl::ZeroDuration() ? "0s" : absl::FormatDuration(duration);
}

std::string EnumText(const EnumValueDescriptor& value) {
  const std::string prefix = EnumPrefix(*value.type());
  const std::string& name = value.name();
  return name.starts_with(prefix) ? absl::AsciiStrToLower(name.substr(prefix.size())) : name;
}

}  // namespace cadenza::cli
