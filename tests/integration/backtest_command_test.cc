// `cadenza campaign backtest`: a schedule that a server has lived through, what a terminal shows, and where it looks
// for the database.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kUsers = 12;

std::string Moment(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

std::string NewsYaml(std::string_view campaign_id, absl::Time at) {
  return StrCat("campaign_id: ", campaign_id, "\nstate: STATE_ACTIVE\ntrigger: { schedule: { at: \"", Moment(at),
                "\" } }\ncondition: user.event_count('order_placed') > 1\n",
                "message: { channel: push, body: \"News for {{${user_id}}}\" }\n");
}

class BacktestCommandTest : public ServedTest {
 protected:
  static std::vector<std::string> Args(std::vector<std::string> args) {
    args.insert(args.begin(), {"campaign", "backtest"});
    return args;
  }
  std::vector<std::string> Of(const std::string& file, absl::Time from, absl::Time to) {
    return Args({file, "--workspace", shop().name(), "--from", Moment(from), "--to", Moment(to)});
  }
  void Orders() {
    for (int i = 0; i < kUsers; ++i) {
      for (int n = 0; n <= i % 3; ++n) shop().Apply(Event(UserId(StrCat("u", i)), "order_placed", {{"total", Int(n)}}));
    }
  }
  // The report; the bodies of its messages by message_id.
  json Run(const std::string& yaml, absl::Time from, absl::Time to, std::map<std::string, std::string>* bodies) {
    const std::string messages = WriteFile("messages.ndjson", "");
    std::vector<std::string> args = Of(WriteFile("draft.yaml", yaml), from, to);
    args.insert(args.end(), {"--database", database(), "--json", "--messages", messages});
    const Finished finished = Cadenza(args);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "") << "a progress bar is for terminals";
    std::ifstream lines(messages);
    for (std::string line; std::getline(lines, line);) {
      const json message = json::parse(line);
      (*bodies)[message["message_id"]] = message["body"];
    }
    return json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }
};

TEST_F(BacktestCommandTest, AScheduleIsFoundAsItWasAndWorkedOutAsItWouldHaveBeen) {
  Orders();
  const absl::Time begin = absl::Now();
  // A time that has passed before it is applied is refused.
  absl::Time at;
  Finished applied;
  for (const int ahead : {3, 15}) {
    at = absl::Now() + absl::Seconds(ahead);
    applied = Cadenza({"campaign", "apply", WriteFile("news.yaml", NewsYaml("news", at)), "--server", server().target(),
                       "--workspace", shop().name()});
    if (applied.exit_code == 0) break;
  }
  ASSERT_EQ(applied.exit_code, 0) << applied.err;
  // Whoever is launched has one more in his sequence.
  const auto all_are_launched = [&] {
    for (int i = 0; i < kUsers; ++i) {
      if (shop().Profile(UserId(StrCat("u", i))).user_seq() != i % 3 + 2) return false;
    }
    return true;
  };
  ASSERT_TRUE(Eventually(all_are_launched));
  Orders();
  const absl::Time end = absl::Now();
  std::map<std::string, std::string> lived;
  std::multiset<std::string> lived_bodies;
  for (int i = 0; i < kUsers; ++i) {
    for (const v1::Message& message : shop().Messages(UserId(StrCat("u", i)))) {
      lived[message.message_id()] = message.body();
      lived_bodies.insert(message.body());
    }
  }
  EXPECT_EQ(lived.size(), static_cast<size_t>(kUsers / 3 * 2));

  std::map<std::string, std::string> found;
  const json as_it_was = Run(NewsYaml("news", at), begin, end, &found);
  EXPECT_EQ(found, lived);
  EXPECT_EQ(as_it_was["draft"]["triggered"], kUsers);
  EXPECT_THAT(as_it_was["notes"].dump(), HasSubstr("news is launched 1 time in the period, 1 of them as it was then"));

  found.clear();
  const json worked_out = Run(NewsYaml("draft", at), begin, end, &found);
  std::multiset<std::string> found_bodies;
  for (const auto& [message_id, body] : found) found_bodies.insert(body);
  EXPECT_EQ(found_bodies, lived_bodies);
  EXPECT_EQ(worked_out["draft"]["triggered"], kUsers);
  EXPECT_THAT(worked_out["notes"].dump(), HasSubstr("1 for the users who had a profile at that moment"));
}

// Whatever a program writes to a terminal of so many columns, and the status with which it ends.
Finished OnTerminal(const std::vector<std::string>& args, int columns) {
  std::string command = StrCat("stty cols ", columns, " rows 24; exec '", ProgramPath("cadenza"), "'");
  for (const std::string& arg : args) StrAppend(&command, " '", arg, "'");
  return RunProgram({"/usr/bin/timeout", "300", "/usr/bin/script", "-qec", command, "/dev/null"});
}

TEST_F(BacktestCommandTest, ABarGrowsOnATerminalAndLeavesACleanLine) {
  Orders();
  std::vector<std::string> args = Of(WriteFile("draft.yaml", NewsYaml("news", absl::Now())),
                                     absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(1));
  args.insert(args.end(), {"--database", database()});
  for (const int columns : {100, 48, 24, 8}) {
    SCOPED_TRACE(columns);
    const Finished shown = OnTerminal(args, columns);
    EXPECT_EQ(shown.exit_code, 0) << shown.out;
    const std::vector<std::string> drawn = absl::StrSplit(shown.out, "\r\x1b[K");
    ASSERT_GE(drawn.size(), 4u) << shown.out;
    EXPECT_EQ(drawn.front(), "");
    for (size_t i = 1; i + 1 < drawn.size(); ++i) {
      EXPECT_LT(drawn[i].size(), static_cast<size_t>(columns)) << drawn[i];
      EXPECT_THAT(drawn[i], Not(HasSubstr("\n")));
    }
    EXPECT_THAT(drawn[1], HasSubstr("  0 %"));
    const std::string& last = drawn[drawn.size() - 2];
    EXPECT_THAT(last, HasSubstr("100 %"));
    EXPECT_THAT(last, Not(HasSubstr(".")));
    if (columns >= 48) {
      EXPECT_THAT(last, HasSubstr("[##########"));
    }
    // The report begins on the line that the bar has left.
    EXPECT_TRUE(drawn.back().starts_with("news, ")) << drawn.back();
  }
}

TEST_F(BacktestCommandTest, AnErrorComesOnACleanLineToo) {
  std::vector<std::string> args =
      Of(WriteFile("draft.yaml", NewsYaml("news", absl::Now())), absl::Now() - absl::Hours(1), absl::Now());
  args.insert(args.end(), {"--database", "host=/nowhere"});
  const Finished shown = OnTerminal(args, 80);
  EXPECT_NE(shown.exit_code, 0);
  EXPECT_THAT(shown.out, HasSubstr("PostgreSQL"));
  EXPECT_THAT(shown.out, Not(HasSubstr("%")));
}

TEST_F(BacktestCommandTest, TheDatabaseMayStandInTheEnvironment) {
  Orders();
  std::vector<std::string> args = Of(WriteFile("draft.yaml", NewsYaml("news", absl::Now())),
                                     absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(1));
  args.insert(args.begin(), ProgramPath("cadenza"));
  std::vector<std::string> with = {"/usr/bin/env", StrCat("CADENZA_DATABASE=", database())};
  with.insert(with.end(), args.begin(), args.end());
  const Finished found = RunProgram(with);
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("of 12 users"));
  std::vector<std::string> without = {"/usr/bin/env", "--unset=CADENZA_DATABASE"};
  without.insert(without.end(), args.begin(), args.end());
  const Finished refused = RunProgram(without);
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("--database"));
}

}  // namespace
}  // namespace cadenza::testing
