#include "server/rules/cel/regex.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

constexpr size_t kProgramBytes = 1 << 20;

TEST(RegexTest, RefusesMalformedAndHugePatterns) {
  EXPECT_TRUE(CompileRegex("gr(a|e)y", kProgramBytes).ok());
  EXPECT_EQ(CompileRegex("(", kProgramBytes).status().message(), "invalid regular expression: missing ): (");
  for (const std::string_view pattern :
       {"a{2000}", "((a{100}){100}){100}", "(\\pL{900}){1}", "[[:", "a**", "(?=x)", "\\1"}) {
    EXPECT_FALSE(CompileRegex(pattern, kProgramBytes).ok()) << pattern;
  }
}

TEST(RegexTest, MatchesAnywhereInTheText) {
  const auto regex = CompileRegex("a+b", kProgramBytes);
  ASSERT_TRUE(regex.ok());
  CallContext context{CostMeter(1'000), kProgramBytes};
  EXPECT_TRUE(MatchRegex(**regex, "xxaaabxx", context).bool_value());
  EXPECT_FALSE(MatchRegex(**regex, "xxaaa", context).bool_value());
}

TEST(RegexTest, ChargesByTextAndProgram) {
  const auto small = CompileRegex("a", kProgramBytes);
  const auto large = CompileRegex("(a{50}b{50}){10}", kProgramBytes);
  ASSERT_TRUE(small.ok() && large.ok());
  const std::string text(16'000, 'a');
  CallContext cheap{CostMeter(10'000), kProgramBytes};
  CallContext dear{CostMeter(10'000), kProgramBytes};
  EXPECT_TRUE(MatchRegex(**small, text, cheap).bool_value());
  EXPECT_TRUE(MatchRegex(**large, text, dear).is_error());
  EXPECT_TRUE(dear.cost.exhausted());
}

}  // namespace
}  // namespace cadenza::cel
