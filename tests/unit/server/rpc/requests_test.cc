#include "server/rpc/requests.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

TEST(RequestsTest, Workspaces) {
  for (const std::string& good : {std::string("a"), std::string("shop-1_x"), std::string(63, 'w')}) {
    EXPECT_TRUE(CheckWorkspace(good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("Shop"), std::string("a/b"), std::string("é"), std::string(64, 'w')}) {
    const absl::Status status = CheckWorkspace(bad);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_EQ(RejectionField(status), "workspace");
  }
}

TEST(RequestsTest, Users) {
  v1::UserRef ref;
  EXPECT_EQ(RejectionField(CheckUser("w", ref, "user").status()), "user");
  ref.set_user_id("ada");
  EXPECT_EQ(CheckUser("w", ref, "user").value(), UserKey::User("w", "ada"));
  ref.set_anonymous_id(std::string(256, 'x'));
  EXPECT_FALSE(CheckUser("w", ref, "users[2]").ok());
  ref.set_user_id(std::string("a\0b", 3));
  EXPECT_FALSE(CheckUser("w", ref, "user").ok());
}

TEST(RequestsTest, Pages) {
  EXPECT_EQ(CheckPageSize(0).value(), 100);
  EXPECT_EQ(CheckPageSize(1000).value(), 1000);
  EXPECT_FALSE(CheckPageSize(-1).ok());
  EXPECT_FALSE(CheckPageSize(1001).ok());
  EXPECT_EQ(ParseSeqToken("").value(), 0);
  EXPECT_EQ(ParseSeqToken(MakeSeqToken(42)).value(), 42);
  for (const char* bad : {"x", "-1", "0", "1 2"}) {
    EXPECT_EQ(RejectionField(ParseSeqToken(bad).status()), "page_token") << bad;
  }
}

}  // namespace
}  // namespace cadenza::rpc
