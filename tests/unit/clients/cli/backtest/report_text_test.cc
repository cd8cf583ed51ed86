#include "clients/cli/backtest/report_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cadenza::cli {
namespace {

using backtest::Difference;
using ::testing::HasSubstr;
using ::testing::Not;

Message SampleMessage(std::string body) {
  Message message;
  message.user = UserKey::User("shop", "ada");
  message.message_id = "0123";
  message.event_id = "e1";
  message.variant_id = "warm";
  message.channel = "push";
  message.body = std::move(body);
  message.create_time = absl::FromUnixSeconds(1'800'000'000);
  return message;
}

backtest::Report Sample() {
  backtest::Report report;
  report.campaign_id = "knots";
  report.from = absl::FromUnixSeconds(1'799'900'000);
  report.to = absl::FromUnixSeconds(1'800'100'000);
  report.draft.triggered = 1234;
  report.draft.stopped = {{Gate::kCondition, 200}, {Gate::kFrequencyCap, 34}};
  report.draft.entered = 1034;
  report.draft.sent = 1000;
  report.draft.users = 900;
  report.draft.messages[absl::CivilDay(2027, 1, 15)]["warm"] = 1000;
  report.draft.samples = {SampleMessage("garlic\x1b[2J knots?")};
  report.inputs = 2'500'000;
  report.first = absl::FromUnixSeconds(1'700'000'000);
  report.replay_time = absl::Seconds(10);
  return report;
}

TEST(ReportTextTest, TellsTheGatesInTheirOrder) {
  const std::string text = ReportText(Sample(), absl::UTCTimeZone());
  EXPECT_THAT(text, HasSubstr("knots, 2027-01-14 "));
  EXPECT_THAT(text, HasSubstr("in 10.0 s: 250,000 a second"));
  const size_t condition = text.find("stopped by condition");
  const size_t entered = text.find("entered");
  const size_t cap = text.find("stopped by frequency_cap");
  EXPECT_LT(text.find("1,234"), condition);
  EXPECT_LT(condition, entered);
  EXPECT_LT(entered, cap);
  EXPECT_NE(cap, std::string::npos);
  EXPECT_THAT(text, HasSubstr("1,000 to 900 users"));
}

TEST(ReportTextTest, ShowsNoControlCharactersOfOthers) {
  const std::string text = ReportText(Sample(), absl::UTCTimeZone());
  EXPECT_THAT(text, HasSubstr("ada  warm  push  garlic\\x1b[2J knots?"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ReportTextTest, NotesWhatItDoesNotTell) {
  backtest::Report report = Sample();
  EXPECT_THAT(ReportText(report, absl::UTCTimeZone()), Not(HasSubstr("note:")));
  report.incomplete = 12;
  report.refused = 3;
  report.notes = {"delivery rates hold nothing back here"};
  report.draft.errors["render: divided by 0"] = 7;
  const std::string text = ReportText(report, absl::UTCTimeZone());
  EXPECT_THAT(text, HasSubstr("note: 12 users have inputs that are not stored any more"));
  EXPECT_THAT(text, HasSubstr("note: 3 inputs could not be applied"));
  EXPECT_THAT(text, HasSubstr("note: delivery rates"));
  EXPECT_THAT(text, HasSubstr("note: 7 times a rule error: render: divided by 0"));
}

TEST(ReportTextTest, PutsTwoCampaignsSideBySide) {
  backtest::Report report = Sample();
  report.against = "old";
  report.difference.total = {10, 20, 30, 40};
  report.difference.days[absl::CivilDay(2027, 1, 15)] = {10, 20, 30, 40};
  report.difference.samples[Difference::kBothDifferent] = {{SampleMessage("new text"), SampleMessage("old text")}};
  const std::string text = ReportText(report, absl::UTCTimeZone());
  EXPECT_THAT(text, HasSubstr("against old\n"));
  EXPECT_THAT(text, HasSubstr("2027-01-15         10         20         30         40\n"));
  EXPECT_THAT(text, HasSubstr("push  old text\n+ "));
  const nlohmann::json json = ReportJson(report);
  EXPECT_EQ(json["difference"]["only_other"], 20);
  EXPECT_EQ(json["difference"]["days"][0]["same"], 40);
  EXPECT_EQ(json["difference"]["samples"]["different"][0]["draft"]["body"], "new text");
}

TEST(ReportTextTest, IsJsonToo) {
  const nlohmann::json json = ReportJson(Sample());
  EXPECT_EQ(json["campaign_id"], "knots");
  EXPECT_EQ(json["draft"]["stopped"]["frequency_cap"], 34);
  EXPECT_EQ(json["draft"]["messages"][0],
            (nlohmann::json{{"day", "2027-01-15"}, {"variant_id", "warm"}, {"messages", 1000}}));
  EXPECT_EQ(json["draft"]["samples"][0]["user"], "u:ada");
  EXPECT_FALSE(json.contains("against"));
}

TEST(ReportTextTest, GroupsDigits) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-123456), "-123,456");
  EXPECT_EQ(Grouped(1234567890), "1,234,567,890");
}

TEST(ReportTextTest, NamesTheOldestStoredInputWhereThePeriodBeginsBeforeIt) {
  backtest::Report report = Sample();
  report.first = report.from;
  EXPECT_THAT(ReportText(report, absl::UTCTimeZone()), Not(HasSubstr("note:")));
  report.first = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_THAT(ReportText(report, absl::UTCTimeZone()),
              HasSubstr("note: the oldest stored input is of 2027-01-15 08:00:00 UTC, after the period begins"));
  EXPECT_EQ(nlohmann::json(ReportJson(report))["first_input"], "2027-01-15T08:00:00+00:00");
  report.inputs = 0;
  EXPECT_THAT(ReportText(report, absl::UTCTimeZone()), HasSubstr("note: the workspace has no stored inputs"));
  EXPECT_TRUE(nlohmann::json(ReportJson(report))["first_input"].is_null());
}

}  // namespace
}  // namespace cadenza::cli
