#include "storage/model/profile.h"

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(ProfileTest, ByteSizeGrowsWithEverythingThatIsStored) {
  Profile profile;
  size_t size = profile.ByteSize();
  const auto grew = [&profile, &size] {
    const size_t before = std::exchange(size, profile.ByteSize());
    return size > before;
  };
  profile.attributes.Set("name", Value::String("Ada"));
  EXPECT_TRUE(grew());
  profile.events["order_placed"].Add(absl::UnixEpoch());
  EXPECT_TRUE(grew());
  profile.events["order_placed"].Add(absl::UnixEpoch());
  EXPECT_TRUE(grew());
  profile.purchases.revenue["EUR"] = Money::Of("EUR", 1, 0);
  EXPECT_TRUE(grew());
  profile.subscriptions["push"] = SubscriptionState::kUnsubscribed;
  EXPECT_TRUE(grew());
  profile.campaigns["garlic-knots"].count = 1;
  EXPECT_TRUE(grew());
  profile.other_names.push_back("a:device");
  EXPECT_TRUE(grew());
}

}  // namespace
}  // namespace cadenza
