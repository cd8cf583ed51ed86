#include "clients/load/report.h"

#include <limits>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/unit/clients/load/report_fixture.h"

namespace cadenza::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportTest, SpreadIsMedianLeastAndGreatest) {
  const Spread odd = SpreadOf({5, 1, 3});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 5);
  EXPECT_EQ(SpreadOf({4, 1, 2, 9}).median, 3);
  EXPECT_EQ(SpreadOf({7}).median, 7);
}

TEST(ReportTest, NumbersHaveThreeDigits) {
  const struct {
    double value;
    const char* text;
  } cases[] = {{0, "0"},          {1, "1.00"},      {0.6123, "0.612"}, {0.00123, "0.00123"},
               {4.1666, "4.17"},  {15.26, "15.3"},  {999.4, "999"},    {999.6, "1,000"},
               {9.996, "10.0"},   {1234, "1,230"},  {78632, "78,600"}, {1234567, "1,230,000"},
               {-4321, "-4,320"}, {-0.5, "-0.500"}, {-321, "-321"},    {std::numeric_limits<double>::infinity(), "-"}};
  for (const auto& c : cases) EXPECT_EQ(FormatNumber(c.value), c.text) << c.value;
}

TEST(ReportTest, WhatWasChosenIsExact) {
  const struct {
    double value;
    const char* text;
  } cases[] = {{0, "0"},           {0.6, "0.6"},         {15, "15"},        {1.1, "1.1"},   {999, "999"},
               {30'000, "30,000"}, {400'000, "400,000"}, {-1500, "-1,500"}, {12.5, "12.5"}, {1234.5, "1,234.5"}};
  for (const auto& c : cases) EXPECT_EQ(FormatExact(c.value), c.text) << c.value;
}

TEST(ReportTest, ANoteIsSaidOnce) {
  std::ostringstream out;
  PrintTable(SampleReport(), out);
  const std::string text = out.str();
  const std::string note = "Curve_of growth-batch: the machine was quiet";
  EXPECT_THAT(text, HasSubstr(note));
  EXPECT_EQ(text.find(note), text.rfind(note));
}

TEST(ReportTest, AGoalIsMetAtItsLimit) {
  Goal goal{.scenario = "s", .measure = "m", .bound = Goal::Bound::kAtLeast, .limit = 2, .measured = 2, .unit = ""};
  EXPECT_TRUE(goal.met());
  goal.measured = 1.99;
  EXPECT_FALSE(goal.met());
  goal.bound = Goal::Bound::kAtMost;
  EXPECT_TRUE(goal.met());
  goal.measured = 2;
  EXPECT_TRUE(goal.met());
  goal.measured = 2.01;
  EXPECT_FALSE(goal.met());
}

TEST(ReportTest, TheTableShowsEverything) {
  std::ostringstream out;
  PrintTable(SampleReport(), out);
  const std::string text = out.str();
  for (const char* part :
       {"Test CPU, 2 cores, 8.00 GiB", "fsync=on, synchronous_commit=on", "revision abc1234", "60,000 (54,000-72,000)",
        "pg-ceiling", "0.667", "22.5", "start to serving", "0.500", "Curve_of growth-batch", "events a request",
        "WAL, B/event", "at least 0.6", "at most 15 ms", "15.1 ms", "NOT MET", "the machine was quiet"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ReportTest, AColumnThatNobodyFillsIsLeftOut) {
  Report report = SampleReport();
  std::ostringstream whole, closed_loop;
  PrintTable(report, whole);
  report.measurements[0].latency.reset();
  report.curves.clear();
  PrintTable(report, closed_loop);
  EXPECT_THAT(whole.str(), HasSubstr("p99 ms"));
  EXPECT_THAT(closed_loop.str(), Not(HasSubstr("p99 ms")));
  EXPECT_THAT(closed_loop.str(), HasSubstr("server us"));
}

// A line's cells stand below their heads.
TEST(ReportTest, TheTableIsAligned) {
  std::ostringstream out;
  PrintTable(SampleReport(), out);
  std::istringstream in(out.str());
  std::string line;
  while (std::getline(in, line) && line.find("its events/s") == std::string::npos) {
  }
  const size_t end_of_head = line.find("its events/s") + std::string("its events/s").size();
  std::getline(in, line);
  EXPECT_EQ(line.find_first_not_of(" -"), std::string::npos) << line;
  std::getline(in, line);
  const size_t end_of_cell = line.find("90,000") + std::string("90,000").size();
  EXPECT_EQ(end_of_cell, end_of_head);
}

TEST(ReportTest, AnEmptyReportHasNoTables) {
  std::ostringstream out;
  PrintTable(Report(), out);
  EXPECT_THAT(out.str(), HasSubstr("revision unknown"));
  EXPECT_THAT(out.str(), Not(HasSubstr("Goals")));
  EXPECT_THAT(ToMarkdown(Report()), Not(HasSubstr("###")));
}

TEST(ReportTest, JsonHasAllFigures) {
  const nlohmann::json json = ToJson(SampleReport());
  EXPECT_EQ(json["machine"]["cores"], 2);
  EXPECT_EQ(json["machine"]["postgres_settings"]["fsync"], "on");
  EXPECT_EQ(json["started"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(json["rounds"], 3);
  const nlohmann::json& measured = json["measurements"][0];
  EXPECT_EQ(measured["id"], "one");
  EXPECT_EQ(measured["parameters"]["streams"], "4");
  EXPECT_EQ(measured["events_per_s"]["median"], 60'000);
  EXPECT_EQ(measured["events_per_s"]["min"], 54'000);
  EXPECT_EQ(measured["latency"]["of"], "ack");
  EXPECT_EQ(measured["latency"]["p99_ms"]["median"], 8.25);
  EXPECT_EQ(measured["cpu_us_per_event"]["postgres"]["median"], 13);
  EXPECT_EQ(measured["ceilings"][0]["ratio"], 0.667);
  EXPECT_EQ(measured["figures"][0]["unit"], "B/event");
  EXPECT_EQ(measured["notes"][0], "the machine was quiet");
  EXPECT_FALSE(measured.contains("offered_per_s"));
  EXPECT_FALSE(json["measurements"][1].contains("latency"));
  EXPECT_EQ(json["curves"][0]["kind"], "load");
  EXPECT_EQ(json["curves"][1]["points"][2]["x"], 100);
  EXPECT_EQ(json["curves"][1]["points"][2]["measurement"]["events_per_s"]["max"], 72'000);
  EXPECT_EQ(json["goals"][0]["met"], true);
  EXPECT_EQ(json["goals"][1]["met"], false);
  EXPECT_EQ(json["goals"][1]["bound"], "at_most");
}

TEST(ReportTest, MarkdownHasTablesOfOneWidth) {
  const std::string text = ToMarkdown(SampleReport());
  EXPECT_THAT(text, HasSubstr("### Goals"));
  EXPECT_THAT(text, HasSubstr("| ingest \\| one |"));
  std::istringstream in(text);
  size_t columns = 0;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    size_t bars = 0;
    for (size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    if (columns == 0) columns = bars;
    EXPECT_EQ(bars, columns) << line;
  }
}

}  // namespace
}  // namespace cadenza::load
