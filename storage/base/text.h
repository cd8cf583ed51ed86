// Debian builds Abseil with a string_view of its own, which does not convert from std::string_view. This bridges the
// two.
#ifndef CADENZA_STORAGE_BASE_TEXT_H_
#define CADENZA_STORAGE_BASE_TEXT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cadenza {

inline absl::string_view Sv(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Std(absl::string_view text) { return {text.data(), text.size()}; }

namespace text_internal {
template <typename T>
decltype(auto) Bridge(const T& part) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return Sv(part);
  } else {
    return part;
  }
}
}  // namespace text_internal

// absl::StrCat and absl::StrAppend that take std::string_view too.
template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  return absl::StrCat(text_internal::Bridge(parts)...);
}
template <typename... Parts>
void StrAppend(std::string* out, const Parts&... parts) {
  absl::StrAppend(out, text_internal::Bridge(parts)...);
}

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return absl::Hash<absl::string_view>()(Sv(text)); }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};
// A hash map by string that std::string_view can look into.
template <typename V>
using StringMap = absl::flat_hash_map<std::string, V, StringHash, StringEqual>;

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_TEXT_H_
