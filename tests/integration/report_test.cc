// `cadenza campaign report` over a campaign that really ran: the terminal and the page say what GetCampaignStats does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"
#include "tests/support/well_formed.h"

namespace cadenza::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNoon = absl::FromUnixSeconds(1'700'049'600);  // 2023-11-15 12:00 UTC
constexpr int kUsers = 60;

class ReportTest : public ServedTest {
 protected:
  Finished Report(std::vector<std::string> args) {
    args.insert(args.begin(), {"campaign", "report"});
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--timeout", "30"});
    return Cadenza(std::move(args));
  }

  // Two variants and a control; whoever enters buys an hour later if his number is even.
  static v1::Campaign Welcome() {
    v1::Campaign campaign = CampaignOn("welcome", "signed_up");
    campaign.set_display_name("Welcome <& hello>");
    const v1::MessageTemplate message = campaign.message();
    campaign.clear_message();
    for (const char* id : {"warm", "short", "control"}) {
      v1::Variant* variant = campaign.add_variants();
      variant->set_variant_id(id);
      variant->set_weight(1);
      variant->set_control(id == std::string_view("control"));
      if (!variant->control()) *variant->mutable_message() = message;
    }
    v1::Conversion* bought = campaign.add_conversions();
    bought->set_conversion_id("bought");
    bought->set_event_name("order_placed");
    bought->set_revenue_property("total");
    bought->set_currency_code("EUR");
    bought->mutable_window()->set_seconds(86'400);
    return campaign;
  }

  void Play() {
    shop().Activate(Welcome());
    for (int i = 0; i < kUsers; ++i) {
      const v1::UserRef user = client::UserId(StrCat("user", i));
      shop().Import(client::Event(user, "signed_up"), kNoon + absl::Minutes(i));
      if (i % 2 != 0) continue;
      shop().Import(client::Event(user, "order_placed", {{"total", client::Double(12.5)}}),
                    kNoon + absl::Minutes(i + 60));
    }
  }
};

// The first line that begins with the variant's name, has so many words and holds `part`, as words.
std::vector<std::string> RowOf(const std::string& text, const std::string& variant, size_t words,
                               const std::string& part = "") {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(variant + " ") || line.find(part) == std::string::npos) continue;
    std::istringstream in(line);
    std::vector<std::string> found;
    for (std::string word; in >> word;) found.push_back(word);
    if (found.size() == words) return found;
  }
  return {};
}

TEST_F(ReportTest, SaysWhatTheCampaignDid) {
  Play();
  const auto response = shop().client().GetCampaignStats(shop().For<v1::GetCampaignStatsRequest>("welcome"));
  ASSERT_TRUE(response.ok()) << response.status();
  const v1::CampaignStats& stats = response->stats();
  ASSERT_EQ(stats.total().entered().total(), kUsers);

  const Finished shown = Report({"welcome"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr("Welcome <& hello> (welcome): active, on signed_up"), HasSubstr("Funnel by gate"),
                    HasSubstr("Messages sent by hour"), HasSubstr("Conversions: bought"),
                    HasSubstr("converted: bought"), HasSubstr("Lift against the control")));
  for (const v1::VariantStats& variant : stats.variants()) {
    if (variant.variant_id().empty()) continue;
    SCOPED_TRACE(variant.variant_id());
    const v1::StatsCounts& total = variant.total();
    const std::vector<std::string> messages = RowOf(shown.out, variant.variant_id(), 9);
    ASSERT_EQ(messages.size(), 9u) << shown.out;
    EXPECT_EQ(messages[1], StrCat(total.entered().total()));
    EXPECT_EQ(messages[4], variant.control() ? "-" : StrCat(total.sent().total()));
    // Variant, users, converted, rate, "low to high", any touch, last touch.
    const std::vector<std::string> converted = RowOf(shown.out, variant.variant_id(), 9, "%");
    ASSERT_EQ(converted.size(), 9u) << shown.out;
    ASSERT_EQ(total.conversions_size(), 1);
    EXPECT_EQ(converted[1], StrCat(total.entered().users()));
    EXPECT_EQ(converted[2], StrCat(total.conversions(0).any_touch().converted().users()));
    EXPECT_EQ(converted[8], StrCat(total.conversions(0).last_touch().converted().total()));
  }
  EXPECT_EQ(stats.total().conversions(0).any_touch().converted().total(), kUsers / 2);
}

TEST_F(ReportTest, WritesAPageThatIsWhole) {
  Play();
  const std::string path = WriteFile("report.html", "");
  const Finished written = Report({"welcome", "--html", path, "--from", "2023-11-15", "--to", "2023-11-16"});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, HasSubstr("from 15 Nov 2023 00:00 to 16 Nov 2023 00:00, UTC"));
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(XmlTrouble(page.str()), "");
  EXPECT_THAT(page.str(), AllOf(HasSubstr("Welcome &lt;&amp; hello&gt;"), HasSubstr("data-head=\"Sent\""),
                                HasSubstr("Lift against the control: bought"), HasSubstr("Revenue: bought"),
                                Not(HasSubstr("://"))));
  const Finished printed = Report({"welcome", "--html", "-"});
  EXPECT_TRUE(printed.out.starts_with("<!DOCTYPE html>"));
  EXPECT_THAT(printed.out, HasSubstr("</html>\n"));
}

TEST_F(ReportTest, WithoutDataItSaysSo) {
  shop().Activate(Welcome());
  const Finished shown = Report({"welcome"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("Nothing has been counted"));
}

TEST_F(ReportTest, WrongArgumentsNameTheFlag) {
  shop().Activate(Welcome());
  for (const auto& [flag, value] :
       std::initializer_list<std::pair<std::string, std::string>>{{"--from", "yesterday"},
                                                                  {"--to", "2023-13-01"},
                                                                  {"--zone", "Mars/Olympus"},
                                                                  {"--html", "/nowhere/report.html"}}) {
    const Finished refused = Report({"welcome", flag, value});
    EXPECT_EQ(refused.exit_code, 5) << flag;
    EXPECT_THAT(refused.err, HasSubstr(flag));
  }
  EXPECT_EQ(Report({"nothing"}).exit_code, 3);
}

}  // namespace
}  // namespace cadenza::testing
