#include "storage/base/ids.h"

#include <set>
#include <thread>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(UserKeyTest, NamesOfDifferentKindsNeverCollide) {
  const UserKey user = UserKey::User("acme", "ada");
  const UserKey anonymous = UserKey::Anonymous("acme", "ada");
  const UserKey alias = UserKey::Alias("acme", "email", "ada:x");
  EXPECT_EQ(user.key, "u:ada");
  EXPECT_EQ(anonymous.key, "a:ada");
  EXPECT_EQ(alias.key, "l:email:ada:x");
  EXPECT_EQ(user.kind(), RefKind::kUserId);
  EXPECT_EQ(anonymous.kind(), RefKind::kAnonymousId);
  EXPECT_EQ(alias.kind(), RefKind::kAlias);
  EXPECT_EQ(alias.name(), "email:ada:x");
  EXPECT_NE(user, UserKey::User("other", "ada"));
}

// Computed independently (Python): these are stored, so they must never change.
TEST(ShardOfTest, StaysAsItWasWhenTheDatabaseWasMade) {
  EXPECT_EQ(ShardOf(UserKey::User("acme", "ada")), 15);
  EXPECT_EQ(ShardOf(UserKey::Anonymous("acme", "ada")), 1);
  EXPECT_EQ(ShardOf(UserKey::User("", "")), 15);
  EXPECT_EQ(ShardOf(UserKey::User("pizza", "müller")), 19);
}

TEST(ShardOfTest, SpreadsUsersEvenly) {
  std::array<int, kShards> users{};
  for (int i = 0; i < 64000; ++i) {
    const int shard = ShardOf(UserKey::User("acme", std::to_string(i)));
    ASSERT_GE(shard, 0);
    ASSERT_LT(shard, kShards);
    ++users[shard];
  }
  for (int count : users) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
}

TEST(DigestTest, IsTheFrontHalfOfSha256) {
  // FIPS 180-2, appendix B.1, and the digest of nothing.
  EXPECT_EQ(ToHex(DigestOf("abc")), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(ToHex(DigestOf("")), "e3b0c44298fc1c149afbf4c8996fb924");
}

TEST(DigestTest, ComesBackFromItsHex) {
  const Digest digest = DigestOf("abc");
  EXPECT_EQ(DigestFromHex(ToHex(digest)), digest);
  for (std::string_view text : {"", "0f", "0123456789abcdef0123456789abcdeg", "0123456789ABCDEF0123456789abcdef",
                                "0123456789abcdef0123456789abcdef0", "0123456789abcdef0123456789abcde "}) {
    EXPECT_FALSE(DigestFromHex(text).has_value()) << text;
  }
}

TEST(UuidV7TimeTest, ReadsTheExampleOfRfc9562) {
  const auto time = UuidV7Time("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(*time, absl::FromUnixMillis(0x017F22E279B0));
}

TEST(UuidV7TimeTest, TakesNothingElseForOne) {
  for (const char* id : {
           "",
           "017F22E2-79B0-4CC3-98C4-DC0C0C07398F",    // version 4
           "017F22E2-79B0-7CC3-C8C4-DC0C0C07398F",    // another variant
           "017F22E279B07CC398C4DC0C0C07398F",        // no hyphens
           "017F22E2-79B0-7CC3-98C4-DC0C0C07398G",    // not hexadecimal
           "{017F22E2-79B0-7CC3-98C4-DC0C0C07398F}",  // braces
           "017F22E2x79B0-7CC3-98C4-DC0C0C07398F",
       }) {
    EXPECT_FALSE(UuidV7Time(id).has_value()) << id;
  }
}

TEST(NewUuidV7Test, CarriesItsTimeAndAscends) {
  const absl::Time now = absl::FromUnixMillis(1700000000123);
  std::string previous = NewUuidV7(now);
  EXPECT_EQ(UuidV7Time(previous), now);
  for (int i = 0; i < 10000; ++i) {  // more than one millisecond's counter holds
    const std::string next = NewUuidV7(now);
    ASSERT_TRUE(UuidV7Time(next).has_value()) << next;
    ASSERT_LT(previous, next);
    previous = next;
  }
  EXPECT_LT(previous, NewUuidV7(now - absl::Seconds(5))) << "a clock that goes back must not";
}

TEST(NewUuidV7Test, IsUniqueAcrossThreads) {
  std::array<std::vector<std::string>, 4> made;
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (int i = 0; i < 1000; ++i) ids.push_back(NewUuidV7(absl::FromUnixMillis(1700000000000)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 4000u);
}

}  // namespace
}  // namespace cadenza
