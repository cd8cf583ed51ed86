// A CEL value (github.com/google/cel-spec, "Values"): immutable and cheap to copy.
//
// Lists and maps are interfaces, so that a caller's own data is read in place, without being converted first.
#ifndef CADENZA_SERVER_RULES_CEL_VALUE_H_
#define CADENZA_SERVER_RULES_CEL_VALUE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
    kOptional,
    kError
  };

  Value() : bits_(0) {}  // null
  Value(const Value& other) : kind_(other.kind_), moves_(other.moves_) { CopyContent(other); }
  Value(Value&& other) noexcept : kind_(other.kind_), moves_(other.moves_) { TakeContent(&other); }
  Value& operator=(const Value& other) { return *this = Value(other); }
  Value& operator=(Value&& other) noexcept {
    if (this == &other) return *this;
    Release();
    kind_ = other.kind_;
    moves_ = other.moves_;
    TakeContent(&other);
    return *this;
  }
  ~Value() { Release(); }

  static Value Null() { return Value(); }
  static Value Bool(bool v) { return Value(Kind::kBool, v ? 1 : 0); }
  static Value Int(int64_t v) { return Value(Kind::kInt, static_cast<uint64_t>(v)); }
  static Value Uint(uint64_t v) { return Value(Kind::kUint, v); }
  static Value Double(double v) { return Value(Kind::kDouble, std::bit_cast<uint64_t>(v)); }
  static Value String(std::string v) { return Make(Kind::kString, std::move(v)); }
  // Shares a string that another object holds (an aliasing pointer to it) instead of copying it.
  static Value SharedString(std::shared_ptr<const std::string> v) { return Value(Kind::kString, std::move(v)); }
  static Value MakeBytes(std::string v) { return Make(Kind::kBytes, std::move(v)); }
  static Value Timestamp(absl::Time v) { return Value(Kind::kTimestamp, v - absl::UnixEpoch()); }
  static Value Duration(absl::Duration v) { return Value(Kind::kDuration, v); }
  static Value List(std::shared_ptr<const ListInterface> v) { return Value(Kind::kList, std::move(v)); }
  static Value List(std::vector<Value> v);
  static Value Map(std::shared_ptr<const MapInterface> v) { return Value(Kind::kMap, std::move(v)); }
  // REQUIRES: distinct keys of kinds bool, int, uint, string (int 1 and uint 1 are the same key). MakeMap of
  // containers.h checks.
  static Value Map(std::vector<std::pair<Value, Value>> v);
  static Value Type(std::string name) { return Make(Kind::kType, std::move(name)); }
  // A value that may be missing (the optionals extension). REQUIRES: no error.
  static Value Optional(Value v) {
    const int8_t moves = v.moves_;
    return Value(Kind::kOptional, std::make_shared<const Value>(std::move(v))).WithMoves(moves);
  }
  static Value OptionalNone() { return Value(Kind::kOptional, std::shared_ptr<const void>()); }
  static Value Error(std::string text) { return Make(Kind::kError, std::move(text)); }
  // An error without a text: how a native reader (cel.h) says that there is no value. Costs nothing to make.
  static Value Absent() { return Value(Kind::kError, std::shared_ptr<const void>()); }
  // A model value, read in place (lists and maps are shared, not copied).
  static Value Of(const cadenza::Value& v);

  Kind kind() const { return kind_; }
  bool is_error() const { return kind_ == Kind::kError; }
  bool is_absent() const { return is_error() && shared_ == nullptr; }
  // How the value changes while the clock runs and nothing else happens (horizon.h). 0: it does not. Of a timestamp or
  // duration: by how much more for each nanosecond; `now` moves by 1, `timestamp(...) - now` by -1. Of what holds other
  // values: not 0 if one of them moves. Two values that differ only in this are equal.
  int8_t moves() const { return moves_; }
  Value WithMoves(int8_t moves) && {
    moves_ = moves;
    return std::move(*this);
  }
  // Each REQUIRES the kind of its name.
  bool bool_value() const { return bits_ != 0; }
  int64_t int_value() const { return static_cast<int64_t>(bits_); }
  uint64_t uint_value() const { return bits_; }
  double double_value() const { return std::bit_cast<double>(bits_); }
  const std::string& string_value() const { return Text(); }
  const std::string& bytes_value() const { return Text(); }
  absl::Time timestamp_value() const { return absl::UnixEpoch() + duration_; }
  absl::Duration duration_value() const { return duration_; }
  const ListInterface& list_value() const { return *static_cast<const ListInterface*>(shared_.get()); }
  const MapInterface& map_value() const { return *static_cast<const MapInterface*>(shared_.get()); }
  const std::string& type_value() const { return Text(); }
  // Null if it is missing.
  const Value* optional_value() const { return static_cast<const Value*>(shared_.get()); }
  // REQUIRES: not absent.
  const std::string& error_text() const { return Text(); }

  // CEL's ==, which never fails: numbers compare across types by value (an integer and a double as doubles), values of
  // other kinds that differ are unequal. NaN is unequal to all. Unbounded; an evaluation uses the counted one of
  // compare.h.
  static bool Equal(const Value& a, const Value& b);
  // For people and for GateVerdict: as a CEL literal where there is one, cut at about 200 bytes.
  std::string DebugString() const;

 private:
  Value(Kind kind, uint64_t bits) : kind_(kind), bits_(bits) {}
  Value(Kind kind, absl::Duration duration) : kind_(kind), duration_(duration) {}
  Value(Kind kind, std::shared_ptr<const void> shared) : kind_(kind), shared_(std::move(shared)) {}
  static Value Make(Kind kind, std::string text) {
    return Value(kind, std::make_shared<const std::string>(std::move(text)));
  }
  const std::string& Text() const { return *static_cast<const std::string*>(shared_.get()); }

  static constexpr bool IsTime(Kind kind) { return kind == Kind::kTimestamp || kind == Kind::kDuration; }
  // Whether `shared_` is the member of the union that is in use.
  static constexpr bool Shares(Kind kind) { return kind > Kind::kDouble && !IsTime(kind); }
  void CopyContent(const Value& other) {
    if (Shares(kind_)) {
      new (&shared_) std::shared_ptr<const void>(other.shared_);
    } else {
      CopyPlain(other);
    }
  }
  void TakeContent(Value* other) {
    if (Shares(kind_)) {
      new (&shared_) std::shared_ptr<const void>(std::move(other->shared_));
    } else {
      CopyPlain(*other);
    }
  }
  void CopyPlain(const Value& other) {
    if (IsTime(kind_)) {
      duration_ = other.duration_;
    } else {
      bits_ = other.bits_;
    }
  }
  void Release() {
    if (Shares(kind_)) shared_.~shared_ptr();
  }

  // 24 bytes. Borrowed content (a shared_ptr without an owner) is copied as fast as a number.
  Kind kind_ = Kind::kNull;
  int8_t moves_ = 0;
  union {
    uint64_t bits_;                       // bool, int, uint, double
    absl::Duration duration_;             // of a timestamp: since the epoch
    // The text of a string, bytes, type or error; a ListInterface or MapInterface; the Value inside an optional.
    std::shared_ptr<const void> shared_;
  };
};

// "int", "string", "google.protobuf.Timestamp": what type() answers; "error" for an error.
std::string_view KindName(Value::Kind kind);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_VALUE_H_
