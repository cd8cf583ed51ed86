#include "clients/cli/report/report_html.h"

#include <regex>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/sample_report.h"
#include "tests/support/well_formed.h"

namespace cadenza::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHostile[] = "</title><script>alert('1')</script> & \"quoted\" \u202E\x01";

size_t Times(const std::string& text, const std::string& part) {
  size_t times = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

// Of every kind of report, hostile ones too.
std::vector<std::string> Pages() {
  std::vector<Source> sources = {
      testing::TwoVariantsAndControl(), testing::TwentyVariants(),
      testing::SampleReport({{.id = "", .users = 9, .converted = 3, .sent_a_day = 1}}),
      testing::SampleReport({{.id = "control", .control = true, .users = 5, .converted = 1}})};
  Source empty;
  empty.zone = absl::UTCTimeZone();
  sources.push_back(empty);
  Source hostile = testing::TwoVariantsAndControl();
  for (std::string* text :
       {hostile.campaign.mutable_campaign_id(), hostile.campaign.mutable_display_name(), &hostile.workspace,
        &hostile.state, &hostile.trigger, hostile.campaign.mutable_conversions(0)->mutable_condition(),
        hostile.period.mutable_variants(1)->mutable_variant_id(),
        hostile.whole.mutable_variants(1)->mutable_variant_id(), hostile.whole.mutable_lifts(0)->mutable_variant_id(),
        hostile.period.mutable_variants(0)->mutable_total()->mutable_stopped(0)->mutable_gate()}) {
    *text = kHostile;
  }
  sources.push_back(hostile);
  std::vector<std::string> pages;
  for (const Source& source : sources) pages.push_back(ReportHtml(FiguresOf(source)));
  return pages;
}

TEST(ReportHtmlTest, IsWellFormed) {
  for (const std::string& page : Pages()) EXPECT_EQ(testing::XmlTrouble(page), "");
}

TEST(ReportHtmlTest, NeedsNothingFromOutside) {
  for (const std::string& page : Pages()) {
    for (const char* part : {"http://", "https://", "<script", "<link", "<img", "url(", "@import", "src=", "href="}) {
      EXPECT_THAT(page, Not(HasSubstr(part)));
    }
    EXPECT_THAT(page, HasSubstr("default-src 'none'; style-src 'unsafe-inline'"));
    EXPECT_THAT(page, HasSubstr("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"));
    EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
  }
}

TEST(ReportHtmlTest, NamesAreText) {
  const std::string page = Pages().back();
  EXPECT_GE(Times(page, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;quoted&quot; \uFFFD\uFFFD"), 10u);
  EXPECT_THAT(page, Not(HasSubstr("\u202E")));
}

TEST(ReportHtmlTest, EveryDrawingHasItsWordsAndItsTable) {
  const std::string page = Pages()[0];
  EXPECT_EQ(Times(page, "role=\"img\""), 5u);  // two of the funnel, messages, rates, lifts
  EXPECT_EQ(Times(page, "<desc "), 5u);
  EXPECT_EQ(Times(page, "<table "), 6u);  // and revenue
  for (const char* part : {"<h2>Funnel by gate</h2>", "<h2>Messages sent by day</h2>", "stopped: frequency cap",
                           "data-head=\"Sent\">14,105<", "How this is counted", "Made by Cadenza"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST(ReportHtmlTest, IdsAreUnique) {
  for (const std::string& page : Pages()) {
    std::set<std::string> ids;
    const std::regex id("\\bid=\"([^\"]*)\"");
    for (std::sregex_iterator i(page.begin(), page.end(), id), end; i != end; ++i) {
      EXPECT_TRUE(ids.insert((*i)[1]).second) << (*i)[1];
    }
  }
}

TEST(ReportHtmlTest, WithoutDataThereIsNoDrawing) {
  const std::string page = Pages()[4];
  EXPECT_THAT(page, HasSubstr("No data yet"));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(ReportHtmlTest, TwentyVariantsAreBounded) {
  const std::string page = Pages()[1];
  EXPECT_THAT(page, HasSubstr("13 others, mean"));
  EXPECT_LT(page.size(), 300'000u);
}

}  // namespace
}  // namespace cadenza::report
