#include "clients/cli/report/report_text.h"

#include <sstream>

#include "clients/cli/report/plots/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/utf8.h"
#include "tests/support/sample_report.h"

namespace cadenza::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportTextTest, HasEverySection) {
  const std::string text = ReportText(FiguresOf(testing::TwoVariantsAndControl()), {.width = 100, .utf8 = true});
  for (const char* part : {"Garlic knots with your pizza (garlic_knots): active, on order_placed\n", "Funnel by gate\n",
                           "stopped: quiet hours", "Messages sent by day\n", "garlic_first │", "Messages by variant\n",
                           "Conversions: ordered_again\n", "+0.91 to +2.35", "├", "19,091.45 GBP"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ReportTextTest, FitsEveryTerminal) {
  for (const size_t width : {40, 64, 80, 100, 160}) {
    for (const bool utf8 : {false, true}) {
      Source source = testing::TwentyVariants();
      source.campaign.set_display_name("Größe \x1B[31m🍕");
      std::istringstream lines(ReportText(FiguresOf(source), {.width = width, .utf8 = utf8}));
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(plots::Columns(line), width) << line;
        EXPECT_FALSE(HasControlCharacter(line)) << line;
        EXPECT_TRUE(utf8 || IsPrintableAscii(line)) << line;
      }
    }
  }
}

TEST(ReportTextTest, NothingIsSaidInWords) {
  Source source;
  source.campaign.set_campaign_id("new");
  source.zone = absl::UTCTimeZone();
  const std::string text = ReportText(FiguresOf(source), {});
  EXPECT_THAT(text, HasSubstr("Nothing has been counted"));
  EXPECT_THAT(text, Not(HasSubstr("Funnel")));
}

TEST(ReportTextTest, WithoutMessagesThereIsNoPlotOfThem) {
  const Source source = testing::SampleReport({{.id = "control", .control = true, .users = 5, .converted = 1}});
  EXPECT_THAT(ReportText(FiguresOf(source), {}), HasSubstr("No message was sent."));
}

}  // namespace
}  // namespace cadenza::report
