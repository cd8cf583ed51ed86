#include "storage/postgres/params.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cadenza::postgres {
namespace {

using std::string_literals::operator""s;

TEST(ParamsTest, IntegersAndTexts) {
  Params params;
  params.Int(-2).Text("a\0b"s);
  ASSERT_EQ(params.values().size(), 2u);
  EXPECT_EQ(params.values()[0], "\xff\xff\xff\xff\xff\xff\xff\xfe");
  EXPECT_EQ(params.values()[1], "a\0b"s);
}

TEST(ParamsTest, AnEmptyArrayHasNoDimension) {
  EXPECT_EQ(ArrayParam(ArrayParam::Element::kText).Encode(), "\0\0\0\0\0\0\0\0\0\0\0\x19"s);
}

TEST(ParamsTest, AnArrayOfIntegers) {
  ArrayParam array(ArrayParam::Element::kInt2);
  array.AddInt(1);
  array.AddInt(-1);
  EXPECT_EQ(array.size(), 2u);
  EXPECT_EQ(std::move(array).Encode(),
            "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1"
            "\0\0\0\2\0\1\0\0\0\2\xff\xff"s);
}

TEST(ParamsTest, AnArrayOfBytes) {
  ArrayParam array(ArrayParam::Element::kBytea);
  array.AddBytes("");
  array.AddBytes("\0x"s);
  EXPECT_EQ(std::move(array).Encode(),
            "\0\0\0\1\0\0\0\0\0\0\0\x11\0\0\0\2\0\0\0\1"
            "\0\0\0\0\0\0\0\2\0x"s);
}

TEST(ParamsTest, TextsAreReadBackAsTheyWereWritten) {
  for (const std::vector<std::string>& texts :
       {std::vector<std::string>(), {""}, {"a", "", "\xC3\xA9"}, {std::string(70'000, 'x'), "y"}}) {
    ArrayParam array(ArrayParam::Element::kText);
    for (const std::string& text : texts) array.AddBytes(text);
    const std::string encoded = std::move(array).Encode();
    EXPECT_EQ(DecodeTexts(encoded), texts);
    for (size_t cut = 0; cut < std::min<size_t>(encoded.size(), 40); ++cut) {
      EXPECT_TRUE(texts.empty() || DecodeTexts(encoded.substr(0, cut)).size() < texts.size() || cut == encoded.size());
    }
  }
  EXPECT_TRUE(DecodeTexts("\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\1\0\0\0\1\xff\xff\xff\xff"s).empty()) << "a null";
}

TEST(ParamsTest, KeysAreThreeColumns) {
  KeyColumns keys;
  keys.Add(UserKey::User("w", "ada"));
  Params params;
  std::move(keys).MoveTo(&params);
  ASSERT_EQ(params.values().size(), 3u);
  EXPECT_TRUE(params.values()[1].ends_with("\0\0\0\1w"s));
  EXPECT_TRUE(params.values()[2].ends_with("\0\0\0\5u:ada"s));
}

}  // namespace
}  // namespace cadenza::postgres
