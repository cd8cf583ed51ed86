#include "storage/codec/catalog_codec.h"

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(CatalogCodecTest, FieldsComeBack) {
  for (const ValueMap& fields :
       {ValueMap(), ValueMap{{"price", Value::Double(7.5)}},
        ValueMap{{"a", Value::Null()},
                 {"b", Value::List({Value::Int(-1), Value::Map({{"deep", Value::Bool(true)}})})},
                 {"c", Value::Timestamp(absl::FromUnixMicros(1))},
                 {"d", Value::String("\xC3\xA9")}}}) {
    const auto back = DecodeFields(EncodeFields(fields));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, fields);
  }
}

TEST(CatalogCodecTest, WhatIsNoMapIsDataLoss) {
  for (const char* bytes : {"", "x", "\x18\x01", "\x42\x05\x0a"}) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeFields(bytes).status())) << bytes;
  }
}

}  // namespace
}  // namespace cadenza
