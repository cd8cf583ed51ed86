// Ascending seconds, equal ones allowed, kept as what a stored profile has of them: a ZigZag varint (protobuf's sint64)
// of the first, then of each difference from the one before. A busy user's history is one or two bytes an occurrence
// instead of eight, and storing it is a copy (measured: two thirds of encoding a profile was packing these).
//
// Not thread-safe; a plain value.
#ifndef CADENZA_STORAGE_MODEL_PACKED_SECONDS_H_
#define CADENZA_STORAGE_MODEL_PACKED_SECONDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cadenza {

class PackedSeconds {
 public:
  // Puts `second` in its place: at the end for nothing, before others by a walk. REQUIRES: all differences fit into an
  // int64.
  void Add(int64_t second);
  // Takes the earliest out. REQUIRES: not empty.
  int64_t PopFront();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // REQUIRES: not empty.
  int64_t front() const { return front_; }
  int64_t back() const { return back_; }
  // How many are at or before `second`. A walk from the nearer end, eight at a time where they lie close.
  size_t CountUpTo(int64_t second) const;
  std::vector<int64_t> ToVector() const;

  // The stored form is varint(zigzag(front())), then differences(). Nothing if `stored` is not one: cut off,
  // descending, out of int64, or a varint that is longer than it must be, which no encoder writes.
  const std::string& differences() const { return differences_; }
  static std::optional<PackedSeconds> FromStored(std::string_view stored);

  friend bool operator==(const PackedSeconds&, const PackedSeconds&) = default;

 private:
  struct Place {
    size_t count = 0;   // of elements up to here
    int64_t value = 0;  // the last of them
    size_t offset = 0;  // in differences_, of the element after it
  };
  // The last element that is at or before `second`. REQUIRES: front_ <= second.
  Place Find(int64_t second) const;
  // CountUpTo() from the other end. REQUIRES: front_ <= second.
  size_t CountFromBack(int64_t second) const;

  std::string differences_;  // of all but the first
  int64_t front_ = 0;
  int64_t back_ = 0;
  uint32_t size_ = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_PACKED_SECONDS_H_
