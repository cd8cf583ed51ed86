#include "server/rules/cel/utf8.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(Utf8Test, TellsWellFormedFromMalformed) {
  const struct {
    std::string_view text;
    bool valid;
  } cases[] = {
      {"", true},
      {"plain", true},
      {"\xC3\xBF", true},
      {"\xE2\x9C\x8C", true},
      {"\xF0\x9F\x90\xB1", true},
      {"\xF4\x8F\xBF\xBF", true},   // U+10FFFF
      {"\x80", false},              // a continuation alone
      {"\xC3", false},              // cut short
      {"\xE2\x9C", false},          // cut short
      {"\xC0\x80", false},          // overlong
      {"\xE0\x80\x80", false},      // overlong
      {"\xF0\x80\x80\x80", false},  // overlong
      {"\xED\xA0\x80", false},      // a surrogate
      {"\xF4\x90\x80\x80", false},  // above U+10FFFF
      {"\xFF", false},
      {"a\xC3\x28", false},
  };
  for (const auto& c : cases) EXPECT_EQ(ValidUtf8(c.text), c.valid) << testing::PrintToString(c.text);
}

TEST(Utf8Test, CountsCodePoints) {
  EXPECT_EQ(CountCodePoints(""), 0u);
  EXPECT_EQ(CountCodePoints("four"), 4u);
  EXPECT_EQ(CountCodePoints("πέντε"), 5u);
  EXPECT_EQ(CountCodePoints("🐱😀"), 2u);
}

TEST(Utf8Test, EveryCodePointIsWrittenAsOneValidSequence) {
  for (uint32_t code_point = 0; code_point <= 0x110000; code_point += 7) {
    std::string text;
    const bool is_code_point = code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
    ASSERT_EQ(AppendCodePoint(code_point, &text), is_code_point) << code_point;
    if (!is_code_point) {
      EXPECT_EQ(text, "");
      continue;
    }
    ASSERT_TRUE(ValidUtf8(text)) << code_point;
    ASSERT_EQ(CountCodePoints(text), 1u) << code_point;
  }
}

}  // namespace
}  // namespace cadenza::cel
