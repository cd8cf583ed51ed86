#include "clients/load/scrape.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(ScrapeTest, ReadsSamplesAndSkipsTheRest) {
  const auto metrics = ParseMetrics(
      "# HELP a_total What it counts.\n"
      "# TYPE a_total counter\n"
      "a_total 17\n"
      "\n"
      "b{kind=\"x\",other=\"y z\"} 2.5e-3\r\n"
      "c_bucket{le=\"+Inf\"} 4 1395066363000\n"
      "d -1");
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_THAT(*metrics, UnorderedElementsAre(Pair("a_total", 17), Pair("b{kind=\"x\",other=\"y z\"}", 0.0025),
                                             Pair("c_bucket{le=\"+Inf\"}", 4), Pair("d", -1)));
}

TEST(ScrapeTest, ALabelMayHoldAnything) {
  const auto metrics = ParseMetrics(R"(a{path="C:\\ \"} 9 {"} 3)");
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->at(R"(a{path="C:\\ \"} 9 {"})"), 3);
}

TEST(ScrapeTest, KnowsInfinityAndNotANumber) {
  const auto metrics = ParseMetrics("a +Inf\nb NaN\n");
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_TRUE(std::isinf(metrics->at("a")));
  EXPECT_TRUE(std::isnan(metrics->at("b")));
}

TEST(ScrapeTest, NamesTheLineThatIsNone) {
  for (const char* text : {"a", "a ", "a b", "<html>", "a{x=\"1} 2"}) {
    const auto metrics = ParseMetrics(text);
    ASSERT_FALSE(metrics.ok()) << text;
    EXPECT_EQ(metrics.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(metrics.status().message()), HasSubstr(text));
  }
}

TEST(ScrapeTest, SumsOverLabelsButNotOverLongerNames) {
  const Metrics metrics = {{"a", 1}, {"a_total", 100}, {"a{x=\"1\"}", 2}, {"a{x=\"2\"}", 3}, {"ab", 1000}};
  EXPECT_EQ(SumOf(metrics, "a"), 6);
  EXPECT_EQ(SumOf(metrics, "a_total"), 100);
  EXPECT_EQ(SumOf(metrics, "missing"), 0);
}

TEST(ScrapeTest, SaysWhomItCouldNotReach) {
  // Port 1 needs a privilege to listen on, and nobody does.
  EXPECT_EQ(ScrapeMetrics("127.0.0.1:1").status().code(), absl::StatusCode::kUnavailable);
  for (const char* target : {"", "127.0.0.1", "nowhere:80", "127.0.0.1:x"})
    EXPECT_EQ(ScrapeMetrics(target).status().code(), absl::StatusCode::kInvalidArgument) << target;
}

}  // namespace
}  // namespace cadenza::load
