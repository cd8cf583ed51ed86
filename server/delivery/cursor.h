// A cursor: where a subscriber stands in one user's sequence of messages. Opaque to clients: 8 hexadecimal digits of
// the digest of (workspace, user), '-', the message_seq in decimal. It carries no user id and no secret, and gives no
// right to anything.
#ifndef CADENZA_SERVER_DELIVERY_CURSOR_H_
#define CADENZA_SERVER_DELIVERY_CURSOR_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/base/ids.h"

namespace cadenza {

struct Cursor {
  int64_t message_seq = 0;  // the last message dealt with; 0 = none
  bool same_user = true;    // false: it was made for another user, and message_seq says nothing about this one
};

// Makes the cursors of one user. A plain value.
class CursorFormat {
 public:
  // `user`: the resolved key, whose sequence it is.
  explicit CursorFormat(const UserKey& user);
  // message_seq >= 0.
  std::string At(int64_t message_seq) const;

 private:
  std::string prefix_;
};
// One of them.
inline std::string FormatCursor(const UserKey& user, int64_t message_seq) { return CursorFormat(user).At(message_seq); }

// The empty text is the beginning. INVALID_ARGUMENT (a rejection of the field "cursor") if `text` never was a cursor.
absl::StatusOr<Cursor> ParseCursor(const UserKey& user, std::string_view text);

}  // namespace cadenza

#endif  // CADENZA_SERVER_DELIVERY_CURSOR_H_
