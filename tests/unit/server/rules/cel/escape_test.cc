#include "server/rules/cel/escape.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(EscapeTest, ResolvesWhatTheLanguageHas) {
  const struct {
    std::string text;
    bool bytes;
    std::string resolved;
  } cases[] = {
      {"none", false, "none"},
      {R"(\a\b\f\n\r\t\v)", false, "\a\b\f\n\r\t\v"},
      {R"(\\\?\"\'\`)", false, "\\?\"'`"},
      {R"(\x41\X4a)", false, "AJ"},
      {R"(\101\377)", false, "A\xC3\xBF"},
      {R"(\101\377)", true, "A\xFF"},
      {R"(\xff)", true, "\xFF"},
      {R"(\u270c\U0001f431)", false, "✌🐱"},
  };
  for (const auto& c : cases) {
    std::string text = c.text;
    EXPECT_EQ(ResolveEscapes(c.bytes, &text).message, "") << c.text;
    EXPECT_EQ(text, c.resolved) << c.text;
  }
}

TEST(EscapeTest, RefusesTheRestAndSaysWhere) {
  const struct {
    std::string text;
    bool bytes;
    size_t offset;
  } cases[] = {
      {R"(ab\q)", false, 2},  {R"(\x4)", false, 0},        {R"(\xzz)", false, 0},    {R"(\40)", false, 0},
      {R"(\400)", false, 0},  {R"(\189)", false, 0},       {R"(\u12)", false, 0},    {R"(\ud800)", false, 0},
      {R"(\u0041)", true, 0}, {R"(\U00110000)", false, 0}, {R"(é\U0041)", false, 2}, {"\\", false, 0},
  };
  for (const auto& c : cases) {
    std::string text = c.text;
    const EscapeError error = ResolveEscapes(c.bytes, &text);
    EXPECT_NE(error.message, "") << c.text;
    EXPECT_EQ(error.offset, c.offset) << c.text;
  }
}

}  // namespace
}  // namespace cadenza::cel
