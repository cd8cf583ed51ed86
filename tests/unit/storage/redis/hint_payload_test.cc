#include "storage/redis/hint_payload.h"

#include <gtest/gtest.h>

namespace cadenza::redis {
namespace {

TEST(HintPayloadTest, RoundTrip) {
  HintPayload payload;
  payload.sender = DigestOf("me");
  payload.users = {UserKey::User("w", "ada"), UserKey::Anonymous("other", std::string(255, 'x')),
                   UserKey::Alias("w", "crm", "4711")};
  std::optional<HintPayload> back = DecodeHints(EncodeHints(payload));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sender, payload.sender);
  EXPECT_EQ(back->users, payload.users);
  payload.users.clear();
  back = DecodeHints(EncodeHints(payload));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->users.empty());
}

TEST(HintPayloadTest, RefusesWhatIsNotOne) {
  HintPayload payload;
  payload.users = {UserKey::User("w", "ada")};
  std::string bytes = EncodeHints(payload);
  size_t header = bytes.size() - (2 + 1 + 2 + 5);
  for (size_t size = 0; size < bytes.size(); ++size) {
    if (size == header) continue;  // a payload without users
    EXPECT_FALSE(DecodeHints(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeHints(bytes + "x"));
  EXPECT_FALSE(DecodeHints("hello"));
  payload.users = {UserKey{"w", "x:ada"}};
  EXPECT_FALSE(DecodeHints(EncodeHints(payload))) << "no such kind of name";
  payload.users.assign(kHintUsers + 1, UserKey::User("w", "ada"));
  EXPECT_FALSE(DecodeHints(EncodeHints(payload))) << "too many";
}

}  // namespace
}  // namespace cadenza::redis
