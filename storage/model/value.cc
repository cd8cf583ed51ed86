#include "storage/model/value.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

auto LowerBound(auto& entries, std::string_view key) {
  return std::lower_bound(entries.begin(), entries.end(), key,
                          [](const ValueMap::Entry& entry, std::string_view k) { return entry.first < k; });
}

constexpr size_t kNodeBytes = 4;
constexpr size_t kScalarBytes = 8;

}  // namespace

ValueMap::ValueMap() = default;
ValueMap::ValueMap(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) Set(entry.first, entry.second);
}
ValueMap::~ValueMap() = default;
ValueMap::ValueMap(const ValueMap&) = default;
ValueMap::ValueMap(ValueMap&&) noexcept = default;
ValueMap& ValueMap::operator=(const ValueMap&) = default;
ValueMap& ValueMap::operator=(ValueMap&&) noexcept = default;

ValueMap ValueMap::InOrder(std::vector<Entry> entries) {
  ValueMap map;
  absl::flat_hash_map<std::string, size_t> places;
  for (Entry& entry : entries) {
    auto [place, is_new] = places.emplace(entry.first, map.entries_.size());
    if (is_new) {
      map.entries_.push_back(std::move(entry));
    } else {
      map.entries_[place->second].second = std::move(entry.second);
    }
  }
  map.sorted_ = std::is_sorted(map.entries_.begin(), map.entries_.end(),
                               [](const Entry& a, const Entry& b) { return a.first < b.first; });
  return map;
}

// A search that found something found the right thing even where the entries are not sorted.
const Value* ValueMap::Find(std::string_view key) const {
  auto it = LowerBound(entries_, key);
  if (it != entries_.end() && it->first == key) return &it->second;
  if (sorted_) return nullptr;
  for (const Entry& entry : entries_) {
    if (entry.first == key) return &entry.second;
  }
  return nullptr;
}

// Where the key is, or belongs.
std::vector<ValueMap::Entry>::iterator ValueMap::Position(std::string_view key) {
  if (sorted_) return LowerBound(entries_, key);
  return std::find_if(entries_.begin(), entries_.end(), [key](const Entry& entry) { return entry.first == key; });
}

Value* ValueMap::FindMutable(std::string_view key) { return const_cast<Value*>(std::as_const(*this).Find(key)); }

void ValueMap::Set(std::string_view key, Value value) {
  if (entries_.empty() || (sorted_ && entries_.back().first < key)) {
    entries_.emplace_back(key, std::move(value));
    return;
  }
  auto it = Position(key);
  if (it != entries_.end() && it->first == key) {
    it->second = std::move(value);
  } else {
    entries_.emplace(it, key, std::move(value));
  }
}

Value* ValueMap::Append(std::string_view key) { return &entries_.emplace_back(key, Value()).second; }

bool ValueMap::Erase(std::string_view key) {
  auto it = Position(key);
  if (it == entries_.end() || it->first != key) return false;
  entries_.erase(it);
  return true;
}

bool operator==(const ValueMap& a, const ValueMap& b) {
  if (a.sorted_ && b.sorted_) return a.entries_ == b.entries_;
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&b](const ValueMap::Entry& entry) {
           const Value* other = b.Find(entry.first);
           return other != nullptr && *other == entry.second;
         });
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kList:
      return &a.list_value() == &b.list_value() || a.list_value() == b.list_value();
    case Value::Kind::kMap:
      return &a.map_value() == &b.map_value() || a.map_value() == b.map_value();
    default:
      return a.rep_ == b.rep_;
  }
}

size_t Value::ByteSize() const {
  switch (kind()) {
    case Kind::kNull:
    case Kind::kBool:
      return kNodeBytes;
    case Kind::kInt:
    case Kind::kDouble:
    case Kind::kTimestamp:
      return kNodeBytes + kScalarBytes;
    case Kind::kString:
      return kNodeBytes + string_value().size();
    case Kind::kList: {
      size_t size = kNodeBytes;
      for (const Value& value : list_value()) size += value.ByteSize();
      return size;
    }
    case Kind::kMap: {
      size_t size = kNodeBytes;
      for (const auto& [key, value] : map_value()) size += kNodeBytes + key.size() + value.ByteSize();
      return size;
    }
  }
  return 0;
}

int Value::Depth() const {
  int inner = 0;
  if (kind() == Kind::kList) {
    for (const Value& value : list_value()) inner = std::max(inner, value.Depth());
    return inner + 1;
  }
  if (kind() == Kind::kMap) {
    for (const auto& [key, value] : map_value()) inner = std::max(inner, value.Depth());
    return inner + 1;
  }
  return 0;
}

bool WithinValueBytes(const Value& value) {
  if (value.kind() == Value::Kind::kString) return value.string_value().size() <= limits::kValueBytes;
  return value.ByteSize() <= limits::kValueBytes;
}

std::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "bool";
    case Value::Kind::kInt:
      return "int64";
    case Value::Kind::kDouble:
      return "double";
    case Value::Kind::kString:
      return "string";
    case Value::Kind::kTimestamp:
      return "timestamp";
    case Value::Kind::kList:
      return "list";
    case Value::Kind::kMap:
      return "map";
  }
  return "unknown";
}

}  // namespace cadenza
