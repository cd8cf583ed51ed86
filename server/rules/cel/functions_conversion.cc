// type(), dyn(), and the functions named after types.
#include <charconv>
#include <cmath>
#include <limits>

#include "server/rules/cel/format.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

Value RangeError(std::string_view type) { return Value::Error(Cat("number out of range of ", type)); }
Value TextError(std::string_view type, const Value& text) {
  return Value::Error(Cat("cannot convert ", text.DebugString(), " to ", type));
}

template <typename T>
std::optional<T> ParseInteger(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Value ToInt(Args args, CallContext&) {
  const Value& v = args[0];
  switch (v.kind()) {
    case Kind::kInt:
      return v;
    case Kind::kUint:
      if (v.uint_value() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return RangeError("int");
      return Value::Int(static_cast<int64_t>(v.uint_value()));
    case Kind::kDouble:
      // The lowest int is refused too: as a double it cannot be told from its neighbours below.
      if (!(v.double_value() > -0x1p63 && v.double_value() < 0x1p63)) return RangeError("int");
      return Value::Int(static_cast<int64_t>(v.double_value()));
    case Kind::kString: {
      const auto value = ParseInteger<int64_t>(v.string_value());
      return value ? Value::Int(*value) : TextError("int", v);
    }
    case Kind::kTimestamp:
      return Value::Int(absl::ToUnixSeconds(v.timestamp_value()));
    default:
      return NoOverload("int", args);
  }
}

Value ToUint(Args args, CallContext&) {
  const Value& v = args[0];
  switch (v.kind()) {
    case Kind::kUint:
      return v;
    case Kind::kInt:
      return v.int_value() < 0 ? RangeError("uint") : Value::Uint(static_cast<uint64_t>(v.int_value()));
    case Kind::kDouble:
      if (!(v.double_value() >= 0 && v.double_value() < 0x1p64)) return RangeError("uint");
      return Value::Uint(static_cast<uint64_t>(v.double_value()));
    case Kind::kString: {
      const auto value = ParseInteger<uint64_t>(v.string_value());
      return value ? Value::Uint(*value) : TextError("uint", v);
    }
    default:
      return NoOverload("uint", args);
  }
}

Value ToDouble(Args args, CallContext&) {
  const Value& v = args[0];
  switch (v.kind()) {
    case Kind::kDouble:
      return v;
    case Kind::kInt:
      return Value::Double(static_cast<double>(v.int_value()));
    case Kind::kUint:
      return Value::Double(static_cast<double>(v.uint_value()));
    case Kind::kString: {
      const std::optional<double> value = ParseDouble(v.string_value());
      return value ? Value::Double(*value) : TextError("double", v);
    }
    default:
      return NoOverload("double", args);
  }
}

Value ToString(Args args, CallContext& context) {
  const Value& v = args[0];
  switch (v.kind()) {
    case Kind::kString:
      return v;
    case Kind::kBool:
      return Value::String(v.bool_value() ? "true" : "false");
    case Kind::kInt:
      return Value::String(Cat(v.int_value()));
    case Kind::kUint:
      return Value::String(Cat(v.uint_value()));
    case Kind::kDouble:
      return Value::String(DoubleText(v.double_value()));
    case Kind::kBytes:
      if (!context.cost.ChargeBytes(v.bytes_value().size())) return CostExceeded();
      return ValidUtf8(v.bytes_value()) ? Value::String(v.bytes_value())
                                        : Value::Error("the bytes are not valid UTF-8");
    case Kind::kTimestamp:
      return Value::String(TimestampText(v.timestamp_value()));
    case Kind::kDuration:
      return Value::String(DurationText(v.duration_value()));
    default:
      return NoOverload("string", args);
  }
}

Value ToBytes(Args args, CallContext& context) {
  if (args[0].kind() == Kind::kBytes) return args[0];
  if (args[0].kind() != Kind::kString) return NoOverload("bytes", args);
  if (!context.cost.ChargeBytes(args[0].string_value().size())) return CostExceeded();
  return Value::MakeBytes(args[0].string_value());
}

Value ToBool(Args args, CallContext&) {
  if (args[0].kind() == Kind::kBool) return args[0];
  if (args[0].kind() != Kind::kString) return NoOverload("bool", args);
  const std::string& text = args[0].string_value();
  for (const std::string_view yes : {"true", "True", "TRUE", "t", "1"}) {
    if (text == yes) return Value::Bool(true);
  }
  for (const std::string_view no : {"false", "False", "FALSE", "f", "0"}) {
    if (text == no) return Value::Bool(false);
  }
  return TextError("bool", args[0]);
}

Value ToTimestamp(Args args, CallContext&) {
  const Value& v = args[0];
  if (v.kind() == Kind::kTimestamp) return v;
  if (v.kind() == Kind::kInt) {
    const absl::Time time = absl::FromUnixSeconds(v.int_value());
    return InRange(time) ? Value::Timestamp(time) : RangeError("timestamp");
  }
  if (v.kind() != Kind::kString) return NoOverload("timestamp", args);
  const std::optional<absl::Time> time = ParseTimestamp(v.string_value());
  return time ? Value::Timestamp(*time) : TextError("timestamp", v);
}

Value ToDuration(Args args, CallContext&) {
  if (args[0].kind() == Kind::kDuration) return args[0];
  if (args[0].kind() != Kind::kString) return NoOverload("duration", args);
  const std::optional<absl::Duration> duration = ParseDuration(args[0].string_value());
  return duration ? Value::Duration(*duration) : TextError("duration", args[0]);
}

Value ToDyn(Args args, CallContext&) { return args[0]; }
Value TypeOf(Args args, CallContext&) { return Value::Type(std::string(KindName(args[0].kind()))); }

void AddConversion(FunctionTable* table, std::string_view name, Implementation implementation, const Type& to,
                   const std::vector<Type>& from) {
  std::vector<Signature> signatures = {Signature{false, {to}, to}};
  for (const Type& type : from) signatures.push_back({false, {type}, to});
  AddFunction(table, name, implementation, std::move(signatures));
}

}  // namespace

void AddConversions(FunctionTable* table) {
  const Type i = Type::Int();
  const Type u = Type::Uint();
  const Type d = Type::Double();
  const Type s = Type::String();
  AddConversion(table, "int", ToInt, i, {u, d, s, Type::Timestamp()});
  AddConversion(table, "uint", ToUint, u, {i, d, s});
  AddConversion(table, "double", ToDouble, d, {i, u, s});
  AddConversion(table, "string", ToString, s,
                {Type::Bool(), i, u, d, Type::Bytes(), Type::Timestamp(), Type::Duration()});
  AddConversion(table, "bytes", ToBytes, Type::Bytes(), {s});
  AddConversion(table, "bool", ToBool, Type::Bool(), {s});
  AddConversion(table, "timestamp", ToTimestamp, Type::Timestamp(), {s, i});
  AddConversion(table, "duration", ToDuration, Type::Duration(), {s});
  AddFunction(table, "dyn", ToDyn, {Signature{false, {Type::Param("A")}, Type::Dyn()}});
  AddFunction(table, "type", TypeOf, {Signature{false, {Type::Param("A")}, Type::OfType()}});
}

}  // namespace cadenza::cel
