#include "server/rules/cel/containers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

#include "server/rules/cel/compare.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

class VectorList final : public ListInterface {
 public:
  explicit VectorList(std::vector<Value> elements) : elements_(std::move(elements)) {}
  size_t size() const override { return elements_.size(); }
  Value at(size_t index) const override { return elements_[index]; }

 private:
  const std::vector<Value> elements_;
};

// A total order of canonical keys: bools, then numbers, then strings.
bool KeyLess(const Value& a, const Value& b) {
  const auto rank = [](const Value& key) { return key.kind() == Kind::kBool ? 0 : IsNumber(key) ? 1 : 2; };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  return Compare(a, b) == Ordering::kLess;
}

// Keeps the order of the entries for Keys(), and their canonical keys sorted for Find().
class EntryMap final : public MapInterface {
 public:
  explicit EntryMap(std::vector<std::pair<Value, Value>> entries) : entries_(std::move(entries)) {
    index_.reserve(entries_.size());
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (std::optional<Value> key = CanonicalKey(entries_[i].first)) index_.emplace_back(*std::move(key), i);
    }
    std::sort(index_.begin(), index_.end(), [](const auto& a, const auto& b) { return KeyLess(a.first, b.first); });
  }

  // Nothing if the keys are distinct.
  const Value* RepeatedKey() const {
    const auto same = [](const auto& a, const auto& b) { return !KeyLess(a.first, b.first); };
    const auto found = std::adjacent_find(index_.begin(), index_.end(), same);
    return found == index_.end() ? nullptr : &found->first;
  }

  size_t size() const override { return entries_.size(); }

  std::optional<Value> Find(const Value& key) const override {
    const std::optional<Value> canonical = CanonicalKey(key);
    if (!canonical) return std::nullopt;
    const auto less = [](const auto& entry, const Value& wanted) { return KeyLess(entry.first, wanted); };
    const auto found = std::lower_bound(index_.begin(), index_.end(), *canonical, less);
    if (found == index_.end() || KeyLess(*canonical, found->first)) return std::nullopt;
    return entries_[found->second].second;
  }

  std::vector<Value> Keys() const override {
    std::vector<Value> keys;
    keys.reserve(entries_.size());
    for (const auto& entry : entries_) keys.push_back(entry.first);
    return keys;
  }

 private:
  const std::vector<std::pair<Value, Value>> entries_;
  std::vector<std::pair<Value, size_t>> index_;
};

// Keys do not move: none is a timestamp or a duration.
int8_t MovesOf(const std::vector<std::pair<Value, Value>>& entries) {
  const auto moves = [](const auto& entry) { return entry.second.moves() != 0; };
  return std::any_of(entries.begin(), entries.end(), moves) ? 1 : 0;
}

std::optional<Value> CanonicalDouble(double key) {
  if (key != std::floor(key)) return std::nullopt;  // NaN too
  if (key >= -0x1p63 && key < 0x1p63) return Value::Int(static_cast<int64_t>(key));
  if (key >= 0x1p63 && key < 0x1p64) return Value::Uint(static_cast<uint64_t>(key));
  return std::nullopt;
}

}  // namespace

std::optional<Value> CanonicalKey(const Value& key) {
  switch (key.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kString:
      return key;
    case Kind::kUint:
      if (key.uint_value() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return key;
      return Value::Int(static_cast<int64_t>(key.uint_value()));
    case Kind::kDouble:
      return CanonicalDouble(key.double_value());
    default:
      return std::nullopt;
  }
}

Value MakeMap(std::vector<std::pair<Value, Value>> entries) {
  const int8_t moves = MovesOf(entries);
  for (const auto& [key, value] : entries) {
    if (key.kind() == Kind::kDouble || !CanonicalKey(key)) {
      return Value::Error(Cat("a map's key cannot be of type ", KindName(key.kind())));
    }
  }
  auto map = std::make_shared<const EntryMap>(std::move(entries));
  if (const Value* key = map->RepeatedKey()) return Value::Error(Cat("repeated key: ", key->DebugString()));
  return Value::Map(std::move(map)).WithMoves(moves);
}

Value Value::List(std::vector<Value> v) {
  const bool moves = std::any_of(v.begin(), v.end(), [](const Value& element) { return element.moves() != 0; });
  return List(std::make_shared<const VectorList>(std::move(v))).WithMoves(moves ? 1 : 0);
}

Value Value::Map(std::vector<std::pair<Value, Value>> v) {
  const int8_t moves = MovesOf(v);
  return Map(std::make_shared<const EntryMap>(std::move(v))).WithMoves(moves);
}

}  // namespace cadenza::cel
