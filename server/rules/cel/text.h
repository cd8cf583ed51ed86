// Putting messages together. Debian builds Abseil with its own string_view, which std::string_view does not convert to.
#ifndef CADENZA_SERVER_RULES_CEL_TEXT_H_
#define CADENZA_SERVER_RULES_CEL_TEXT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cadenza::cel {

inline absl::string_view Absl(std::string_view text) { return absl::string_view(text.data(), text.size()); }

// absl::StrCat, of std::string_view too.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  const auto piece = [](const auto& part) {
    if constexpr (std::is_convertible_v<decltype(part), std::string_view>) {
      return Absl(part);
    } else {
      return part;
    }
  };
  return absl::StrCat(piece(parts)...);
}

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_TEXT_H_
