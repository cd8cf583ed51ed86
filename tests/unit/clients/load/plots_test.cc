#include "clients/load/plots.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/clients/load/report_fixture.h"

namespace cadenza::load {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// Empty, and gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("cadenza-plots-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }

 private:
  const fs::path path_;
};

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(PlotsTest, DrawsCostsAndEachCurve) {
  const std::vector<Plot> plots = PlotsOf(SampleReport());
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_EQ(plots[0].name, "cost-per-event");
  EXPECT_EQ(plots[1].name, "load-100");
  EXPECT_EQ(plots[2].name, "growth-batch");
  for (const Plot& plot : plots) EXPECT_THAT(plot.script, HasSubstr("set output '" + plot.name + ".svg'"));
}

TEST(PlotsTest, StacksThePartsOfAnEvent) {
  const std::string script = PlotsOf(SampleReport())[0].script;
  // Middle, row, left, right, bottom, top, part: 6 us of the server, then 13 of PostgreSQL.
  EXPECT_THAT(script, HasSubstr("3 0 0 6 -0.32 0.32 0\n"));
  EXPECT_THAT(script, HasSubstr("12.5 0 6 19 -0.32 0.32 1\n"));
  EXPECT_THAT(script, HasSubstr("22.5 0 NaN NaN NaN NaN 9 \"22.5 us\"\n"));
  // What has no cost has no bar.
  EXPECT_THAT(script, Not(HasSubstr("start to serving")));
}

TEST(PlotsTest, WhatCostsManyTimesAsMuchIsNamedAndNotDrawn) {
  Report report = SampleReport();
  report.measurements.push_back(SampleMeasurement("two"));
  EXPECT_THAT(PlotsOf(report)[0].script, HasSubstr("set xlabel \"microseconds\"\n"));
  Measurement slow = SampleMeasurement("slow");
  slow.cpu_us->postgres = Around(430.5);
  report.measurements.push_back(slow);
  const std::string script = PlotsOf(report)[0].script;
  EXPECT_THAT(script, HasSubstr("\"microseconds; not drawn: ingest | slow (440)\""));
  EXPECT_THAT(script, Not(HasSubstr("\"ingest | slow\"")));
  EXPECT_THAT(script, HasSubstr("\"ingest | two\" 0"));
}

TEST(PlotsTest, CurvesCarryTheirFigures) {
  const std::vector<Plot> plots = PlotsOf(SampleReport());
  EXPECT_THAT(plots[1].script, HasSubstr("\n60 2 8.25 20\n"));
  EXPECT_THAT(plots[2].script, HasSubstr("\n100 6 13 2 1.5 22.5\n"));
  EXPECT_THAT(plots[2].script, HasSubstr("set logscale x"));
}

TEST(PlotsTest, AnEmptyReportHasNone) {
  EXPECT_TRUE(PlotsOf(Report()).empty());
  Report report;
  report.curves.emplace_back();
  EXPECT_TRUE(PlotsOf(report).empty());
}

TEST(PlotsTest, WithoutGnuplotTheScriptsAreThere) {
  const Folder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const auto drawn = Draw(PlotsOf(SampleReport()), folder.path());
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(drawn.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(ReadAll(folder.path() + "/growth-batch.gnuplot"), HasSubstr("plot $data"));
}

TEST(PlotsTest, GnuplotDrawsThem) {
  if (std::system("command -v gnuplot >/dev/null") != 0) GTEST_SKIP() << "gnuplot is not installed";
  const Folder folder;
  const auto drawn = Draw(PlotsOf(SampleReport()), folder.path());
  ASSERT_TRUE(drawn.ok()) << drawn.status();
  ASSERT_EQ(drawn->size(), 3u);
  for (const std::string& file : *drawn) EXPECT_THAT(ReadAll(file), HasSubstr("</svg>")) << file;
  EXPECT_FALSE(fs::exists(folder.path() + "/growth-batch.gnuplot.log"));
  // A scenario's name is text, not markup.
  EXPECT_THAT(ReadAll(folder.path() + "/growth-batch.svg"), HasSubstr("Curve_of growth-batch"));
}

TEST(PlotsTest, GnuplotsWordsAreHandedOn) {
  if (std::system("command -v gnuplot >/dev/null") != 0) GTEST_SKIP() << "gnuplot is not installed";
  const Folder folder;
  const auto drawn = Draw({{.name = "broken", .script = "plot nonsense(\n"}}, folder.path());
  EXPECT_EQ(drawn.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(drawn.status().message()), HasSubstr("broken.gnuplot"));
}

}  // namespace
}  // namespace cadenza::load
