#include "storage/codec/wire_conversion.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/random_campaign.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

TEST(WireConversionTest, ThereAndBack) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomCampaign random(seed);
  for (int i = 0; i < 200; ++i) {
    const Conversion conversion = random.AnyConversion();
    v1::Conversion proto;
    ToProto(conversion, &proto);
    const auto back = FromProto(proto);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, conversion) << proto.ShortDebugString();
  }
}

TEST(WireConversionTest, WhatIsAbsentIsNone) {
  const auto none = FromProto(v1::Conversion());
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, Conversion());
  v1::Conversion proto;
  proto.mutable_window()->set_nanos(-1);
  proto.mutable_window()->set_seconds(1);
  const auto odd = FromProto(proto);
  EXPECT_FALSE(odd.ok());
  EXPECT_NE(std::string(odd.status().message()).find("window"), std::string::npos);
}

}  // namespace
}  // namespace cadenza
