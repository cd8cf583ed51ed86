#include "server/rules/cel/string_pieces.h"

#include <random>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(StringPiecesTest, FindsAsTheStandardLibraryDoes) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto text = [&](size_t most) {
    std::string made;
    for (size_t size = random() % (most + 1); size > 0; --size) made.push_back(random() % 3 == 0 ? 'b' : 'a');
    return made;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string whole = text(20);
    const std::string part = text(4);
    const size_t from = random() % (whole.size() + 1);
    ASSERT_EQ(FindText(whole, part, from), whole.find(part, from)) << whole << " " << part << " " << from;
    ASSERT_EQ(FindLastText(whole, part, from), whole.rfind(part, from)) << whole << " " << part << " " << from;
  }
}

TEST(StringPiecesTest, TheLastPlaceIsFoundInLinearTime) {
  const std::string whole(1 << 20, 'a');
  const std::string part = "b" + std::string(1 << 19, 'a');
  EXPECT_EQ(FindLastText(whole, part, whole.size()), std::string_view::npos);
}

TEST(StringPiecesTest, TrimsWhiteSpaceOnly) {
  EXPECT_EQ(TrimSpace(" \t\n\v\f\r\u0085\u00A0\u2003x\u2029 "), "x");
  EXPECT_EQ(TrimSpace("\u180Ex\u200B"), "\u180Ex\u200B");
  EXPECT_EQ(TrimSpace("  "), "");
}

TEST(StringPiecesTest, Quotes) {
  EXPECT_EQ(QuoteText("a\a\b\f\n\r\t\v\\\"é'"), R"("a\a\b\f\n\r\t\v\\\"é'")");
  EXPECT_EQ(QuoteText(""), "\"\"");
}

TEST(StringPiecesTest, StopsAtTheCost) {
  CostMeter cost(10);
  EXPECT_FALSE(ReplaceText(std::string(100, 'a'), "a", std::string(100, 'b'), -1, cost));
  EXPECT_TRUE(cost.exhausted());
  CostMeter other(10);
  std::vector<Value> pieces;
  EXPECT_FALSE(SplitText(std::string(100, 'a'), "", -1, other, &pieces));
}

}  // namespace
}  // namespace cadenza::cel
