#include "server/delivery/cursor.h"

#include <algorithm>
#include <charconv>

#include "absl/status/status.h"
#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

constexpr size_t kFingerprint = 8;

std::string Fingerprint(const UserKey& user) {
  return ToHex(DigestOf(StrCat(user.workspace, std::string_view("\0", 1), user.key))).substr(0, kFingerprint);
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Canonical: no sign, no leading zero.
bool ParseSeq(std::string_view text, int64_t* seq) {
  if (text.empty() || text[0] == '-' || (text[0] == '0' && text.size() > 1)) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *seq);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

CursorFormat::CursorFormat(const UserKey& user) : prefix_(StrCat(Fingerprint(user), "-")) {}

std::string CursorFormat::At(int64_t message_seq) const { return StrCat(prefix_, message_seq); }

absl::StatusOr<Cursor> ParseCursor(const UserKey& user, std::string_view text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  if (text.size() < kFingerprint + 2 || text[kFingerprint] != '-' || !IsLowerHex(text.substr(0, kFingerprint)) ||
      !ParseSeq(text.substr(kFingerprint + 1), &cursor.message_seq)) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "cursor",
                    "is not a cursor; give back one that the server sent, unchanged, or none");
  }
  cursor.same_user = text.substr(0, kFingerprint) == Fingerprint(user);
  return cursor;
}

}  // namespace cadenza
