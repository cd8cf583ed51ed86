#include "server/delivery/cursor.h"

#include <limits>

#include "storage/model/rejection.h"

namespace cadenza {
namespace {

const UserKey kAda = UserKey::User("w", "ada");

TEST(CursorTest, RoundTrip) {
  for (int64_t seq : {int64_t{0}, int64_t{1}, int64_t{4711}, std::numeric_limits<int64_t>::max()}) {
    std::string text = FormatCursor(kAda, seq);
    absl::StatusOr<Cursor> cursor = ParseCursor(kAda, text);
    ASSERT_TRUE(cursor.ok()) << text;
    EXPECT_EQ(cursor->message_seq, seq);
    EXPECT_TRUE(cursor->same_user);
  }
}

TEST(CursorTest, EmptyIsTheBeginning) {
  absl::StatusOr<Cursor> cursor = ParseCursor(kAda, "");
  ASSERT_TRUE(cursor.ok());
  EXPECT_EQ(cursor->message_seq, 0);
  EXPECT_TRUE(cursor->same_user);
}

TEST(CursorTest, KnowsAnotherUsersCursor) {
  for (const UserKey& other : {UserKey::User("w", "bob"), UserKey::User("v", "ada"), UserKey::Anonymous("w", "ada")}) {
    absl::StatusOr<Cursor> cursor = ParseCursor(kAda, FormatCursor(other, 7));
    ASSERT_TRUE(cursor.ok());
    EXPECT_FALSE(cursor->same_user);
  }
}

TEST(CursorTest, HidesTheUser) { EXPECT_EQ(FormatCursor(kAda, 1).find("ada"), std::string::npos); }

TEST(CursorTest, RefusesWhatNeverWasACursor) {
  std::string good = FormatCursor(kAda, 12);
  std::vector<std::string> bad = {"x",
                                  "12",
                                  "-12",
                                  good.substr(0, 9),
                                  good + " ",
                                  good + "x",
                                  " " + good,
                                  good.substr(0, 9) + "-1",
                                  good.substr(0, 9) + "+1",
                                  good.substr(0, 9) + "01",
                                  good.substr(0, 9) + "9223372036854775808",
                                  "ABCDEF01-1",
                                  "0123456g-1",
                                  "012345678-1",
                                  std::string(1 << 20, '1'),
                                  std::string("01234567-1\0", 11)};
  for (const std::string& text : bad) {
    absl::StatusOr<Cursor> cursor = ParseCursor(kAda, text);
    EXPECT_EQ(cursor.status().code(), absl::StatusCode::kInvalidArgument) << text.substr(0, 40);
    EXPECT_EQ(RejectionField(cursor.status()), "cursor");
  }
}

}  // namespace
}  // namespace cadenza
