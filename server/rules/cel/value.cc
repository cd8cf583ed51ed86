#include "server/rules/cel/value.h"

#include "absl/strings/escaping.h"
#include "server/rules/cel/compare.h"
#include "server/rules/cel/format.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

constexpr size_t kDebugBytes = 200;

// Writes literals until the text is long enough; then everything returns at once.
class DebugWriter {
 public:
  void Write(const Value& value) {
    if (Full()) return;
    switch (value.kind()) {
      case Kind::kList:
        return WriteList(value.list_value());
      case Kind::kMap:
        return WriteMap(value.map_value());
      case Kind::kOptional:
        return WriteOptional(value.optional_value());
      case Kind::kString:
        out_ += Cat("\"", absl::Utf8SafeCHexEscape(Absl(Head(value.string_value()))), "\"");
        return;
      case Kind::kBytes:
        out_ += Cat("b\"", absl::CHexEscape(Absl(Head(value.bytes_value()))), "\"");
        return;
      default:
        out_ += Scalar(value);
    }
  }

  std::string Finish() && {
    if (out_.size() > kDebugBytes) {
      size_t end = kDebugBytes;
      while (end > 0 && (static_cast<uint8_t>(out_[end]) & 0xC0) == 0x80) --end;
      out_.resize(end);
      out_ += "...";
    }
    return std::move(out_);
  }

 private:
  bool Full() const { return out_.size() > kDebugBytes; }
  static std::string_view Head(std::string_view text) { return text.substr(0, kDebugBytes + 1); }

  static std::string Scalar(const Value& value) {
    switch (value.kind()) {
      case Kind::kNull:
        return "null";
      case Kind::kBool:
        return value.bool_value() ? "true" : "false";
      case Kind::kInt:
        return Cat(value.int_value());
      case Kind::kUint:
        return Cat(value.uint_value(), "u");
      case Kind::kDouble: {
        std::string text = DoubleText(value.double_value());
        return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
      }
      case Kind::kTimestamp:
        return Cat("timestamp(\"", TimestampText(value.timestamp_value()), "\")");
      case Kind::kDuration:
        return Cat("duration(\"", DurationText(value.duration_value()), "\")");
      case Kind::kType:
        return value.type_value();
      default:
        return Cat("error(", value.error_text(), ")");
    }
  }

  void WriteList(const ListInterface& list) {
    out_ += "[";
    for (size_t i = 0; i < list.size() && !Full(); ++i) {
      if (i > 0) out_ += ", ";
      Write(list.at(i));
    }
    out_ += "]";
  }

  void WriteMap(const MapInterface& map) {
    out_ += "{";
    bool first = true;
    for (const Value& key : map.Keys()) {
      if (Full()) break;
      if (!first) out_ += ", ";
      first = false;
      Write(key);
      out_ += ": ";
      Write(map.Find(key).value_or(Value::Null()));
    }
    out_ += "}";
  }

  void WriteOptional(const Value* value) {
    if (value == nullptr) {
      out_ += "optional.none()";
      return;
    }
    out_ += "optional.of(";
    Write(*value);
    out_ += ")";
  }

  std::string out_;
};

}  // namespace

bool Value::Equal(const Value& a, const Value& b) { return cel::Equal(a, b, nullptr); }

std::string Value::DebugString() const {
  DebugWriter writer;
  writer.Write(*this);
  return std::move(writer).Finish();
}

std::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kType:
      return "type";
    case Kind::kOptional:
      return "optional_type";
    case Kind::kError:
      return "error";
  }
  return "error";
}

}  // namespace cadenza::cel
