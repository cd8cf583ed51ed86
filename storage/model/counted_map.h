// A FlatMap that tells whether anybody has had the means to change it: what was derived from all of its entries is good
// for as long as changes() is the same.
//
// Every call that hands out an entry to be changed counts, also one that changes nothing: look through a const map.
#ifndef CADENZA_STORAGE_MODEL_COUNTED_MAP_H_
#define CADENZA_STORAGE_MODEL_COUNTED_MAP_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "storage/model/flat_map.h"

namespace cadenza {

template <typename V>
class CountedMap {
 public:
  using Map = FlatMap<V>;
  using value_type = typename Map::value_type;
  using iterator = typename Map::iterator;
  using const_iterator = typename Map::const_iterator;

  CountedMap() = default;
  CountedMap(std::initializer_list<value_type> entries) : map_(entries) {}

  // How often it was open to change, modulo 2^32. No part of the value; a copy goes on from it.
  uint32_t changes() const { return changes_; }

  const_iterator begin() const { return map_.begin(); }
  const_iterator end() const { return map_.end(); }
  size_t size() const { return map_.size(); }
  bool empty() const { return map_.empty(); }
  const_iterator find(std::string_view key) const { return map_.find(key); }
  const V& at(std::string_view key) const { return map_.at(key); }

  iterator begin() { return Open().begin(); }
  iterator end() { return map_.end(); }
  iterator find(std::string_view key) { return Open().find(key); }
  V& operator[](std::string_view key) { return Open()[key]; }
  std::pair<iterator, bool> emplace(std::string_view key, V value) { return Open().emplace(key, std::move(value)); }
  size_t erase(std::string_view key) { return Open().erase(key); }
  void clear() { Open().clear(); }
  void reserve(size_t size) { map_.reserve(size); }

  friend bool operator==(const CountedMap& a, const CountedMap& b) { return a.map_ == b.map_; }

 private:
  Map& Open() {
    ++changes_;
    return map_;
  }

  Map map_;
  uint32_t changes_ = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_COUNTED_MAP_H_
