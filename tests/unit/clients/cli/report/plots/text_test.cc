#include "clients/cli/report/plots/text.h"

#include <limits>

#include "gtest/gtest.h"

namespace cadenza::plots {
namespace {

TEST(TextTest, CountsHaveThousandsApart) {
  const std::pair<int64_t, const char*> cases[] = {{0, "0"},
                                                   {999, "999"},
                                                   {1000, "1,000"},
                                                   {-1000, "-1,000"},
                                                   {-999, "-999"},
                                                   {1234567, "1,234,567"},
                                                   {100000, "100,000"},
                                                   {std::numeric_limits<int64_t>::min(), "-9,223,372,036,854,775,808"}};
  for (const auto& [count, text] : cases) EXPECT_EQ(Count(count), text);
}

TEST(TextTest, PercentsHaveThreeDigits) {
  const std::pair<double, const char*> cases[] = {{0, "0%"},          {0.0321, "3.21%"},  {0.5213, "52.1%"},
                                                  {1, "100%"},        {0.09996, "10.0%"}, {-0.004, "-0.40%"},
                                                  {12.346, "1,235%"}, {0.0996, "9.96%"}};
  for (const auto& [part, text] : cases) EXPECT_EQ(Percent(part), text) << part;
  EXPECT_EQ(SignedPercent(0.5), "+50.0%");
  EXPECT_EQ(SignedPercent(-0.5), "-50.0%");
  EXPECT_EQ(SignedPercent(0), "0%");
  EXPECT_EQ(SignedPoints(0.0164), "+1.64");
  EXPECT_EQ(SignedPoints(-0.004), "-0.40");
}

TEST(TextTest, ColumnsAreThoseOfATerminal) {
  EXPECT_EQ(Columns("abc"), 3u);
  EXPECT_EQ(Columns("é…"), 2u);
  EXPECT_EQ(Columns("日本"), 4u);
  EXPECT_EQ(Columns("e\xCC\x81"), 1u);  // a combining accent
  EXPECT_EQ(Columns("🍕"), 2u);
  EXPECT_EQ(Columns("\xFF"), 1u);  // no UTF-8
}

TEST(TextTest, FitsByAnEllipsisInTheMiddle) {
  EXPECT_EQ(Fit("variant_1", 9), "variant_1");
  EXPECT_EQ(Fit("variant_10", 9), "vari…t_10");
  EXPECT_EQ(Fit("日本語日本語", 7), "日…本語");
  EXPECT_EQ(Fit("abc", 1), "…");
  for (size_t columns = 1; columns < 20; ++columns) {
    EXPECT_LE(Columns(Fit("a日b本c語d🍕efghijk", columns)), columns) << columns;
  }
}

TEST(TextTest, Pads) {
  EXPECT_EQ(PadRight("é", 3), "é  ");
  EXPECT_EQ(PadLeft("é", 3), "  é");
  EXPECT_EQ(PadLeft("four", 3), "four");
}

TEST(TextTest, MarkupIsEscaped) {
  EXPECT_EQ(Markup("<a href=\"x\" b='y'>&amp;"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(Markup("a\x01\nb\x7F"), "a\uFFFD\uFFFDb\uFFFD");
  EXPECT_EQ(Markup("\u202Egnp.exe"), "\uFFFDgnp.exe");
  EXPECT_EQ(Markup("\uFFFE"), "\uFFFD");
  EXPECT_EQ(Markup("\xC3"), "\uFFFD");
  EXPECT_EQ(Markup("Köln 🍕"), "Köln 🍕");
}

TEST(TextTest, PrintableHasNoControls) {
  EXPECT_EQ(Printable("a\x1B[2Jb", true), "a?[2Jb");
  EXPECT_EQ(Printable("Kö…", true), "Kö…");
  EXPECT_EQ(Printable("Kö…", false), "K?~");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "2J",
                      true),
            "?2J");
}

}  // namespace
}  // namespace cadenza::plots
