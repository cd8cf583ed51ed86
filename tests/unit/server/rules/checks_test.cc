#include "server/rules/checks.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

TEST(ChecksTest, ErrorsNameTheField) {
  EXPECT_TRUE(CheckText("a.b", "", 0).ok());
  EXPECT_EQ(RejectionField(CheckText("a.b", "xyz", 2)), "a.b");
  EXPECT_EQ(RejectionReason(CheckText("a.b", "xyz", 2)), reasons::kLimitExceeded);
  EXPECT_EQ(RejectionField(CheckName("a.b", "", 2)), "a.b");
  EXPECT_EQ(std::string(CheckName("a.b", "", 2).message()), "a.b: is required and must not be empty");
}

TEST(ChecksTest, PlainIds) {
  for (const char* id : {"a", "A-z_09", "-", "9"}) EXPECT_TRUE(CheckPlainId("id", id, 6).ok()) << id;
  for (const char* id : {"", "a b", "a.b", "\xC3\xA9", "toolong", "a/b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckPlainId("id", id, 6))) << id;
  }
}

}  // namespace
}  // namespace cadenza::rules
