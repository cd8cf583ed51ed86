// The page of `cadenza campaign report`, looked at in a real browser: on a desk and on a phone, light and dark.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "clients/cli/report/report_html.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/browser/chromium.h"
#include "tests/support/sample_report.h"

namespace cadenza::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::IsEmpty;

constexpr View kViews[] = {
    {1280, 900, false}, {1280, 900, true}, {360, 740, false}, {360, 740, true}, {320, 640, false}};

// What a reader would stumble over, each as text: `wide` what sticks out of the screen, `drawings` those without a box,
// `faint` text whose contrast with what lies behind it is below 4.5 (WCAG 2.1, 1.4.3), `covered` words of a drawing
// that lie on one another.
constexpr char kLook[] = R"(function () {
  const seen = {wide: [], drawings: [], faint: [], covered: [], texts: 0, svgs: 0};
  for (const details of document.querySelectorAll('details')) details.open = true;
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) seen.wide.push('the page: ' + document.documentElement.scrollWidth);
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
      .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || element.closest('title,desc,.unseen,thead')) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    seen.texts += 1;
    const style = getComputedStyle(element);
    const colour = numbers(element.closest('svg') ? style.fill : style.color);
    const ratio = contrast(colour, ground(element));
    if (ratio < 4.5 || style.visibility !== 'visible' || style.opacity < 1) seen.faint.push(ratio.toFixed(2) + ' ' + text);
    if (!element.closest('.scroll') && (box.left < -0.5 || box.right > width + 0.5)) seen.wide.push(text);
  }
  for (const svg of document.querySelectorAll('svg[role=img]')) {
    seen.svgs += 1;
    const frame = svg.getBoundingClientRect(), name = svg.querySelector('title').textContent;
    if (frame.width < 200 || frame.height < 20) seen.drawings.push(name);
    if (!svg.querySelector('desc').textContent) seen.drawings.push(name + ' has no description');
    const words = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()])
        .filter(([text, box]) => box.width > 0);
    words.forEach(([text, box], i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1) seen.wide.push(name + ': ' + text);
      for (const [other, its] of words.slice(i + 1)) {
        const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        if (across > 1 && down > 4) seen.covered.push(name + ': ' + text + ' / ' + other);
      }
    });
  }
  seen.dark = light(ground(document.body)) < 0.2;
  return seen;
})";

constexpr char kParse[] = R"(function (page) {
  const trouble = new DOMParser().parseFromString(page, 'application/xml').querySelector('parsererror');
  return trouble ? trouble.textContent : '';
})";

struct Page {
  std::string name;
  report::Source source;
  bool drawn = true;
};

std::vector<Page> Pages() {
  std::vector<Page> pages = {
      {"two", TwoVariantsAndControl()},
      {"twenty", TwentyVariants()},
      {"plain", SampleReport({{.id = "", .users = 1200, .converted = 88, .sent_a_day = 60}})},
      {"great", SampleReport({{.id = "a", .users = 1'234'567'890, .converted = 123'456'789, .sent_a_day = 98'765'432},
                              {.id = "control", .control = true, .users = 987'654'321, .converted = 87'654'321}})},
      {"hostile", TwoVariantsAndControl()},
      {"empty", {}, false}};
  report::Source& hostile = pages[4].source;
  hostile.campaign.set_display_name("<script>console.error('run')</script><img src=\"file:///etc/hostname\"> " +
                                    std::string(200, 'W'));
  hostile.trigger = std::string(255, 'w');
  pages[5].source.campaign.set_campaign_id("new_campaign");
  pages[5].source.state = "draft";
  pages[5].source.trigger = "order_placed";
  pages[5].source.zone = absl::UTCTimeZone();
  return pages;
}

class ReportPageTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<Chromium>> browser = Chromium::Start();
    trouble_ = browser.status();
    if (browser.ok()) browser_ = std::move(*browser);
  }
  static void TearDownTestSuite() { browser_.reset(); }
  void SetUp() override {
    if (absl::IsNotFound(trouble_)) {
      GTEST_SKIP() << trouble_.message() << ": ./dev test installs the package chromium where Debian has it";
    }
    ASSERT_TRUE(trouble_.ok()) << trouble_;
  }

  // For people, into $CADENZA_SCREENSHOTS if that is set.
  static void Keep(const std::string& name) {
    const char* folder = std::getenv("CADENZA_SCREENSHOTS");
    if (folder == nullptr) return;
    const absl::StatusOr<std::string> png = browser_->Screenshot();
    ASSERT_TRUE(png.ok()) << png.status();
    std::ofstream(fs::path(folder) / (name + ".png"), std::ios::binary) << *png;
  }

  static inline std::unique_ptr<Chromium> browser_;
  static inline absl::Status trouble_;
};

TEST_F(ReportPageTest, CanBeReadOnEveryScreen) {
  for (const Page& page : Pages()) {
    const fs::path file = fs::temp_directory_path() / ("cadenza-report-" + std::to_string(getpid()) + ".html");
    std::ofstream(file) << report::ReportHtml(report::FiguresOf(page.source));
    for (const View& view : kViews) {
      SCOPED_TRACE(page.name + " at " + std::to_string(view.width) + (view.dark ? ", dark" : ", light"));
      const absl::Status opened = browser_->Open(file.string(), view);
      ASSERT_TRUE(opened.ok()) << opened;
      Keep(page.name + "-" + std::to_string(view.width) + (view.dark ? "-dark" : "-light"));
      const absl::StatusOr<json> seen = browser_->Run(kLook);
      ASSERT_TRUE(seen.ok()) << seen.status();
      for (const char* trouble : {"wide", "drawings", "faint", "covered"}) EXPECT_THAT((*seen)[trouble], IsEmpty());
      EXPECT_GT((*seen)["texts"], page.drawn ? 60 : 8);
      EXPECT_EQ((*seen)["svgs"] > 0, page.drawn);
      EXPECT_EQ((*seen)["dark"], view.dark);
      EXPECT_THAT(browser_->requests(), IsEmpty());
      EXPECT_THAT(browser_->complaints(), IsEmpty());
    }
    fs::remove(file);
  }
}

TEST_F(ReportPageTest, IsXmlForARealParser) {
  for (const Page& page : Pages()) {
    const absl::StatusOr<json> trouble = browser_->Run(kParse, report::ReportHtml(report::FiguresOf(page.source)));
    ASSERT_TRUE(trouble.ok()) << trouble.status();
    EXPECT_EQ(*trouble, "") << page.name;
  }
}

// The test can see what it looks for.
TEST_F(ReportPageTest, ABadPageIsFound) {
  const fs::path file = fs::temp_directory_path() / ("cadenza-bad-" + std::to_string(getpid()) + ".html");
  std::ofstream(file)
      << "<!DOCTYPE html><html><head><title>bad</title><script>console.error('said')</script></head><body>"
         "<div style='width:2000px'>wide</div><p style='color:#eee;background:#fff'>faint</p>"
         "<svg role='img' width='1' height='1'><title>small</title><desc>d</desc></svg>"
         "<svg role='img' width='300' height='50'><title>t</title><desc>d</desc><text x='9' y='20'>one</text>"
         "<text x='9' y='20'>two</text></svg><img src='other.png'></body></html>";
  const absl::Status opened = browser_->Open(file.string(), {.width = 360, .height = 740});
  ASSERT_TRUE(opened.ok()) << opened;
  const absl::StatusOr<json> seen = browser_->Run(kLook);
  ASSERT_TRUE(seen.ok()) << seen.status();
  for (const char* trouble : {"wide", "drawings", "faint", "covered"})
    EXPECT_FALSE((*seen)[trouble].empty()) << trouble;
  EXPECT_FALSE(browser_->requests().empty());
  EXPECT_FALSE(browser_->complaints().empty());
  const absl::StatusOr<json> trouble = browser_->Run(kParse, "<p>a<br></p>");
  ASSERT_TRUE(trouble.ok()) << trouble.status();
  EXPECT_NE(*trouble, "");
  fs::remove(file);
}

}  // namespace
}  // namespace cadenza::testing
