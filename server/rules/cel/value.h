// A CEL value (github.com/google/cel-spec, "Values"): immutable and cheap to copy.
//
// Lists and maps are interfaces, so that a caller's own data is read in place, without being converted first.
#ifndef CADENZA_SERVER_RULES_CEL_VALUE_H_
#define CADENZA_SERVER_RULES_CEL_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/value.h"

namespace cadenza::cel {

class Value;

// A list. Immutable while an evaluation runs.
class ListInterface {
 public:
  virtual ~ListInterface() = default;
  virtual size_t size() const = 0;
  // REQUIRES: index < size().
  virtual Value at(size_t index) const = 0;
};

// A map, or an object with fields ("event", "user"): an object is a map with string keys whose type the environment
// declares.
class MapInterface {
 public:
  virtual ~MapInterface() = default;
  virtual size_t size() const = 0;
  virtual std::optional<Value> Find(const Value& key) const = 0;
  // In any order, but always the same.
  virtual std::vector<Value> Keys() const = 0;
};

// The name of a type, as type(x) gives it: "int", "list", "google.protobuf.Timestamp".
struct TypeName {
  std::string name;
  friend bool operator==(const TypeName&, const TypeName&) = default;
};

class Value {
 public:
  // kError is how a failed sub-expression travels (CEL's && and || may still absorb it); it is never the result of an
  // OK evaluation.
  enum class Kind : uint8_t {
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kTimestamp,
    kDuration,
    kList,
    kMap,
    kType,
    kError
  };
  struct Bytes {
    std::string bytes;
    friend bool operator==(const Bytes&, const Bytes&) = default;
  };
  struct ErrorText {
    std::string text;
  };

  Value() = default;  // null
  static Value Null() { return Value(); }
  static Value Bool(bool v) { return Value(Rep(v)); }
  static Value Int(int64_t v) { return Value(Rep(v)); }
  static Value Uint(uint64_t v) { return Value(Rep(v)); }
  static Value Double(double v) { return Value(Rep(v)); }
  static Value String(std::string v) { return Value(Rep(std::make_shared<const std::string>(std::move(v)))); }
  // Shares a string that another object holds (an aliasing pointer to it) instead of copying it.
  static Value SharedString(std::shared_ptr<const std::string> v) { return Value(Rep(std::move(v))); }
  static Value MakeBytes(std::string v) { return Value(Rep(std::make_shared<const Bytes>(Bytes{std::move(v)}))); }
  static Value Timestamp(absl::Time v) { return Value(Rep(v)); }
  static Value Duration(absl::Duration v) { return Value(Rep(v)); }
  static Value List(std::shared_ptr<const ListInterface> v) { return Value(Rep(std::move(v))); }
  static Value List(std::vector<Value> v);
  static Value Map(std::shared_ptr<const MapInterface> v) { return Value(Rep(std::move(v))); }
  // REQUIRES: distinct keys of kinds bool, int, uint, string (int 1 and uint 1 are the same key). MakeMap of
  // containers.h checks.
  static Value Map(std::vector<std::pair<Value, Value>> v);
  static Value Type(std::string name) {
    return Value(Rep(std::make_shared<const TypeName>(TypeName{std::move(name)})));
  }
  static Value Error(std::string text) {
    return Value(Rep(std::make_shared<const ErrorText>(ErrorText{std::move(text)})));
  }
  // A model value, read in place (lists and maps are shared, not copied).
  static Value Of(const cadenza::Value& v);

  Kind kind() const { return static_cast<Kind>(rep_.index()); }
  bool is_error() const { return kind() == Kind::kError; }
  // Each REQUIRES the kind of its name.
  bool bool_value() const { return std::get<bool>(rep_); }
  int64_t int_value() const { return std::get<int64_t>(rep_); }
  uint64_t uint_value() const { return std::get<uint64_t>(rep_); }
  double double_value() const { return std::get<double>(rep_); }
  const std::string& string_value() const { return *std::get<std::shared_ptr<const std::string>>(rep_); }
  const std::string& bytes_value() const { return std::get<std::shared_ptr<const Bytes>>(rep_)->bytes; }
  absl::Time timestamp_value() const { return std::get<absl::Time>(rep_); }
  absl::Duration duration_value() const { return std::get<absl::Duration>(rep_); }
  const ListInterface& list_value() const { return *std::get<std::shared_ptr<const ListInterface>>(rep_); }
  const MapInterface& map_value() const { return *std::get<std::shared_ptr<const MapInterface>>(rep_); }
  const std::string& type_value() const { return std::get<std::shared_ptr<const TypeName>>(rep_)->name; }
  const std::string& error_text() const { return std::get<std::shared_ptr<const ErrorText>>(rep_)->text; }

  // CEL's ==, which never fails: numbers compare across types by value (an integer and a double as doubles), values of
  // other kinds that differ are unequal. NaN is unequal to all. Unbounded; an evaluation uses the counted one of
  // compare.h.
  static bool Equal(const Value& a, const Value& b);
  // For people and for GateVerdict: as a CEL literal where there is one, cut at about 200 bytes.
  std::string DebugString() const;

 private:
  using Rep = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::shared_ptr<const std::string>,
                           std::shared_ptr<const Bytes>, absl::Time, absl::Duration,
                           std::shared_ptr<const ListInterface>, std::shared_ptr<const MapInterface>,
                           std::shared_ptr<const TypeName>, std::shared_ptr<const ErrorText>>;
  explicit Value(Rep rep) : rep_(std::move(rep)) {}
  Rep rep_;
};

// "int", "string", "google.protobuf.Timestamp": what type() answers; "error" for an error.
std::string_view KindName(Value::Kind kind);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_VALUE_H_
