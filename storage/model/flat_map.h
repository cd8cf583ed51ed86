// A map by string for the few dozen entries of a profile: a sorted vector, since a walk over a std::map's nodes missed
// the cache once an entry (measured: half of the cost of a fold). Named like std::map where it does the same.
//
// Any change invalidates iterators and references. Not thread-safe; a plain value.
#ifndef CADENZA_STORAGE_MODEL_FLAT_MAP_H_
#define CADENZA_STORAGE_MODEL_FLAT_MAP_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cadenza {

template <typename V>
class FlatMap {
 public:
  using value_type = std::pair<std::string, V>;
  using iterator = typename std::vector<value_type>::iterator;
  using const_iterator = typename std::vector<value_type>::const_iterator;

  FlatMap() = default;
  FlatMap(std::initializer_list<value_type> entries) { insert(entries.begin(), entries.end()); }

  // By key, ascending.
  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }
  void reserve(size_t size) { entries_.reserve(size); }

  iterator find(std::string_view key) {
    const iterator it = LowerBound(entries_, key);
    return it != end() && it->first == key ? it : end();
  }
  const_iterator find(std::string_view key) const {
    const const_iterator it = LowerBound(entries_, key);
    return it != end() && it->first == key ? it : end();
  }
  // REQUIRES: the key is there.
  const V& at(std::string_view key) const {
    const const_iterator it = find(key);
    assert(it != end());
    return it->second;
  }
  V& operator[](std::string_view key) {
    const iterator it = find(key);
    return it != end() ? it->second : emplace(key, V()).first->second;
  }

  // Leaves what is there; the second of the pair says whether the value went in. Appending costs no search.
  std::pair<iterator, bool> emplace(std::string_view key, V value) {
    if (entries_.empty() || entries_.back().first < key) {
      entries_.emplace_back(key, std::move(value));
      return {end() - 1, true};
    }
    const iterator it = LowerBound(entries_, key);
    if (it->first == key) return {it, false};
    return {entries_.emplace(it, key, std::move(value)), true};
  }
  template <typename Iterator>
  void insert(Iterator first, Iterator last) {
    for (; first != last; ++first) emplace(first->first, first->second);
  }

  // How many were there: 0 or 1.
  size_t erase(std::string_view key) {
    const iterator it = find(key);
    if (it == end()) return 0;
    entries_.erase(it);
    return 1;
  }

  friend bool operator==(const FlatMap&, const FlatMap&) = default;

 private:
  static auto LowerBound(auto& entries, std::string_view key) {
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const value_type& entry, std::string_view k) { return entry.first < k; });
  }

  std::vector<value_type> entries_;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_FLAT_MAP_H_
