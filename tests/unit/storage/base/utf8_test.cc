#include "storage/base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(Utf8Test, TakesWellFormedText) {
  for (std::string_view text :
       {"", "pizza", "a long text that is plain ASCII", "Grüße", "\xE2\x82\xAC", "\xF0\x9F\x8D\x95", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80", "\xC2\x80", "\x7F", "12345678\xC3\xA9"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(std::string_view("a\0b", 3)));
}

TEST(Utf8Test, RefusesEverythingElse) {
  for (std::string_view text : {
           "\x80",              // a continuation alone
           "\xC3",              // cut short
           "\xE2\x82",          // cut short
           "\xC0\xAF",          // overlong
           "\xC1\xBF",          // overlong
           "\xE0\x9F\xBF",      // overlong
           "\xF0\x8F\xBF\xBF",  // overlong
           "\xED\xA0\x80",      // a surrogate
           "\xF4\x90\x80\x80",  // above U+10FFFF
           "\xF5\x80\x80\x80",  // no such lead
           "\xFF",
           "12345678\xC3(",
           "1234567\x80",
       }) {
    EXPECT_FALSE(IsUtf8(text)) << ::testing::PrintToString(std::string(text));
  }
}

TEST(Utf8Test, FindsControlCharacters) {
  EXPECT_FALSE(HasControlCharacter("Grüße \xC2\xA0 \xE2\x82\xAC ~"));
  for (std::string_view text : {"a\nb", "\x7F", "\xC2\x80", "\xC2\x9F", "tab\t"})
    EXPECT_TRUE(HasControlCharacter(text));
  EXPECT_TRUE(HasControlCharacter(std::string_view("\0", 1)));
}

TEST(PrintableAsciiTest, IsFromSpaceToTildeAtAnyPlace) {
  EXPECT_TRUE(IsPrintableAscii(""));
  for (size_t size = 1; size <= 40; ++size) {
    std::string text(size, 'x');
    EXPECT_TRUE(IsPrintableAscii(text));
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        ASSERT_EQ(IsPrintableAscii(text), byte >= 0x20 && byte <= 0x7e) << byte << " at " << at << " of " << size;
      }
      text[at] = at % 2 == 0 ? ' ' : '~';
    }
  }
}

}  // namespace
}  // namespace cadenza
