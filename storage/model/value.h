// A typed value: what an attribute or an event property holds (cadenza.v1.Value).
//
// Value, ValueList and ValueMap are plain values: copying a list or map shares it (reference counted, immutable once
// shared), so copies are cheap and a change never shows in another copy. Reading from many threads is safe; changing
// one object from two is not.
#ifndef CADENZA_STORAGE_MODEL_VALUE_H_
#define CADENZA_STORAGE_MODEL_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace cadenza {

class Value;
using ValueList = std::vector<Value>;

// Entries sorted by key, each key once; of a map made by InOrder, in the order given.
class ValueMap {
 public:
  using Entry = std::pair<std::string, Value>;
  using const_iterator = std::vector<Entry>::const_iterator;

  ValueMap();
  ValueMap(std::initializer_list<Entry> entries);
  // A map for people to look at (JSON that a template prints), which keeps the order of its entries; looking up is
  // slow. Of entries with the same key the first stays, with the last one's value. Setting a new key appends it.
  static ValueMap InOrder(std::vector<Entry> entries);
  ~ValueMap();
  ValueMap(const ValueMap&);
  ValueMap(ValueMap&&) noexcept;
  ValueMap& operator=(const ValueMap&);
  ValueMap& operator=(ValueMap&&) noexcept;

  // Null if absent. Valid until the map changes.
  const Value* Find(std::string_view key) const;
  Value* FindMutable(std::string_view key);
  // Replaces what was there.
  void Set(std::string_view key, Value value);
  // Whether something was removed.
  bool Erase(std::string_view key);

  // A null under a new key that comes after all others, to be filled in place. Valid until the map changes.
  Value* Append(std::string_view key);
  // Room for `size` entries.
  void Reserve(size_t size);
  size_t size() const;
  bool empty() const;
  const_iterator begin() const;
  const_iterator end() const;
  // Whatever the order of the entries.
  friend bool operator==(const ValueMap&, const ValueMap&);

 private:
  std::vector<Entry>::iterator Position(std::string_view key);

  std::vector<Entry> entries_;
  bool sorted_ = true;
};

class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kInt, kDouble, kString, kTimestamp, kList, kMap };

  Value() = default;  // null
  static Value Null() { return Value(); }
  static Value Bool(bool v) { return Value(Rep(v)); }
  static Value Int(int64_t v) { return Value(Rep(v)); }
  static Value Double(double v) { return Value(Rep(v)); }
  static Value String(std::string v) { return Value(Rep(std::move(v))); }
  static Value Timestamp(absl::Time v) { return Value(Rep(v)); }
  static Value List(ValueList v) { return Value(Rep(std::make_shared<const ValueList>(std::move(v)))); }
  static Value Map(ValueMap v) { return Value(Rep(std::make_shared<const ValueMap>(std::move(v)))); }

  // As assigning the above, in place (measured: a variant's move costs more than reading a short string).
  void SetBool(bool v) { rep_ = v; }
  void SetInt(int64_t v) { rep_ = v; }
  void SetDouble(double v) { rep_ = v; }
  void SetString(std::string_view v) { rep_.emplace<std::string>(v); }

  Kind kind() const { return static_cast<Kind>(rep_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }

  // Each REQUIRES the kind of its name.
  bool bool_value() const { return std::get<bool>(rep_); }
  int64_t int_value() const { return std::get<int64_t>(rep_); }
  double double_value() const { return std::get<double>(rep_); }
  const std::string& string_value() const { return std::get<std::string>(rep_); }
  absl::Time timestamp_value() const { return std::get<absl::Time>(rep_); }
  const ValueList& list_value() const { return *std::get<std::shared_ptr<const ValueList>>(rep_); }
  const ValueMap& map_value() const { return *std::get<std::shared_ptr<const ValueMap>>(rep_); }

  // Same kind and same content: int 1 and double 1.0 differ. Lists compare in order.
  friend bool operator==(const Value& a, const Value& b);

  // About how many bytes it takes encoded: content plus a few per node. Never less than the bytes of its strings and
  // keys.
  size_t ByteSize() const;
  // 0 for a scalar; 1 for a list or map of scalars or an empty one; and so on.
  int Depth() const;

 private:
  using Rep = std::variant<std::monostate, bool, int64_t, double, std::string, absl::Time,
                           std::shared_ptr<const ValueList>, std::shared_ptr<const ValueMap>>;
  explicit Value(Rep rep) : rep_(std::move(rep)) {}
  Rep rep_;
};

// Here, where a Value is complete: clang takes nothing else.
inline void ValueMap::Reserve(size_t size) { entries_.reserve(size); }
inline size_t ValueMap::size() const { return entries_.size(); }
inline bool ValueMap::empty() const { return entries_.empty(); }
inline ValueMap::const_iterator ValueMap::begin() const { return entries_.begin(); }
inline ValueMap::const_iterator ValueMap::end() const { return entries_.end(); }

// Whether `value` is within limits::kValueBytes: a string by its bytes, a list or map by its ByteSize().
bool WithinValueBytes(const Value& value);

// "null", "bool", "int64", "double", "string", "timestamp", "list", "map".
std::string_view KindName(Value::Kind kind);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_VALUE_H_
