// `cadenza campaign backtest` over what a server has lived through: it finds the messages that were sent, one by one,
// says what an edit would change, and writes nothing.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "storage/base/text.h"
#include "tests/integration/program.h"
#include "tests/integration/streams.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

using client::AnonymousId;
using client::Event;
using client::Int;
using client::UserId;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr int kUsers = 40;
constexpr int kInputs = 2400;

constexpr char kThanks[] = R"(
campaign_id: thanks
state: STATE_ACTIVE
trigger: { event_name: order_placed }
condition: event.properties.total > 5
cooldown: 1s
priority: 3
variants:
  - { variant_id: plain, weight: 2, message: { channel: push, body: "Thanks for {{ event.properties.total }}" } }
  - { variant_id: warm, weight: 1, message: { channel: push, title: "Thank you", body: "{{ event.id }}" } }
  - { variant_id: none, weight: 1, control: true }
)";
constexpr char kCart[] = R"(
campaign_id: cart
state: STATE_ACTIVE
trigger: { event_name: cart_filled }
delay: 0.300s
exception_event_names: [order_placed]
message: { channel: push, body: "Your cart {{ event.id }} waits" }
)";
constexpr char kRegulars[] = R"(
campaign_id: regulars
state: STATE_ACTIVE
trigger: { segment_entered: { segment_id: regulars } }
message: { channel: email, body: "A regular since {{ event.id }}" }
)";
constexpr char kHello[] = R"(
campaign_id: hello
state: STATE_ACTIVE
trigger: { session_started: {} }
message: { channel: push, body: "Hello {{${user_id} | default: 'you'}}" }
)";

struct Known {
  std::string variant_id;
  std::string title;
  std::string body;
  friend bool operator==(const Known&, const Known&) = default;
};
void PrintTo(const Known& known, std::ostream* out) {
  *out << known.variant_id << " | " << known.title << " | " << known.body;
}
using KnownMap = std::map<std::string, Known>;  // by message_id

class BacktestTest : public ServedTest {
 protected:
  void SetUp() override {
    ServedTest::SetUp();
    v1::CreateSegmentRequest create;
    create.set_workspace(shop().name());
    create.mutable_segment()->set_segment_id("regulars");
    create.mutable_segment()->set_condition("user.event_count('order_placed') >= 5");
    ASSERT_TRUE(shop().client().CreateSegment(create).ok());
    v1::ActivateSegmentRequest activate;
    activate.set_workspace(shop().name());
    activate.set_segment_id("regulars");
    ASSERT_TRUE(shop().client().ActivateSegment(activate).ok());
    // The end of the evaluation in the background is a revision of the rule set: it must not fall into a back-test.
    v1::GetSegmentRequest get;
    get.set_workspace(shop().name());
    get.set_segment_id("regulars");
    ASSERT_TRUE(Eventually([&] {
      const auto segment = shop().client().GetSegment(get);
      return segment.ok() && segment->segment().evaluation().state() == v1::SegmentEvaluation::STATE_DONE;
    }));
    v1::UpdateWorkspaceSettingsRequest settings;
    settings.set_workspace(shop().name());
    v1::FrequencyCap& cap = *settings.mutable_settings()->add_frequency_caps();
    cap.set_most(9);
    cap.mutable_window()->set_seconds(3600);
    const auto updated = shop().client().UpdateWorkspaceSettings(settings);
    ASSERT_TRUE(updated.ok()) << updated.status();
    for (const char* campaign : {kThanks, kCart, kRegulars, kHello}) {
      const Finished applied = Run({"campaign", "apply", WriteFile("campaign.yaml", campaign)});
      ASSERT_EQ(applied.exit_code, 0) << applied.err;
    }
    // A change is in force within a second: until an input shows all of it, nothing counts.
    const v1::UserRef probe = UserId("probe");
    ASSERT_TRUE(Eventually([&] {
      shop().Apply(Event(probe, "order_placed", {{"total", Int(6)}}));
      return shop().Messages(probe).size() >= 2;
    }));
    begin_ = absl::Now();
  }

  Finished Run(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--timeout", "30"});
    return Cadenza(std::move(args));
  }

  // Orders, carts and visits of forty users, some of whom are anonymous for a while.
  void Live(uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&random](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    std::vector<v1::UserRef> users;
    std::vector<bool> anonymous(kUsers, false);
    for (int i = 0; i < kUsers; ++i) {
      anonymous[i] = i % 4 == 0;
      users.push_back(anonymous[i] ? AnonymousId(StrCat("a", i)) : UserId(StrCat("u", i)));
    }
    std::vector<v1::Input> batch;
    for (int n = 0; n < kInputs; ++n) {
      const int i = below(kUsers);
      if (anonymous[i] && below(30) == 0) {
        anonymous[i] = false;
        users[i] = UserId(StrCat("u", i));
        batch.push_back(client::Identify(users[i], StrCat("a", i)));
      } else if (const int what = below(10); what < 4) {
        batch.push_back(Event(users[i], "order_placed", {{"total", Int(below(20))}}));
      } else {
        batch.push_back(Event(users[i], what < 6 ? "cart_filled" : "visited"));
      }
      if (batch.size() == 30 || n + 1 == kInputs) {
        for (const v1::InputResult& result : shop().SubmitAll(std::exchange(batch, {}))) {
          EXPECT_FALSE(result.has_rejection()) << result.ShortDebugString();
        }
      }
    }
    for (int i = 0; i < kUsers; ++i) users_.push_back(users[i]);
    // Whatever waits is sent before the period ends.
    ASSERT_TRUE(Eventually([&] {
      return std::all_of(users_.begin(), users_.end(),
                         [&](const v1::UserRef& user) { return shop().Profile(user).timers_size() == 0; });
    }));
    end_ = absl::Now();
  }

  KnownMap Lived(std::string_view campaign_id) {
    KnownMap lived;
    for (const v1::UserRef& user : users_) {
      for (const v1::Message& message : shop().Messages(user)) {
        if (message.campaign_id() != campaign_id || client::FromProto(message.create_time()) < begin_) continue;
        lived[message.message_id()] = {message.variant_id(), message.title(), message.body()};
      }
    }
    return lived;
  }

  // What it printed with --json; the draft's messages in `found`.
  json Backtest(const char* campaign, KnownMap* found, std::vector<std::string> flags = {}) {
    const std::string messages = WriteFile("messages.ndjson", "");
    std::vector<std::string> args = {"campaign",     "backtest", WriteFile("draft.yaml", campaign),
                                     "--database",   database(), "--json",
                                     "--messages",   messages,   "--from",
                                     Moment(begin_), "--to",     Moment(end_)};
    args.insert(args.end(), flags.begin(), flags.end());
    const Finished finished = Run(args);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "") << "a progress bar is for terminals";
    std::ifstream lines(messages);
    for (std::string line; std::getline(lines, line);) {
      const json message = json::parse(line);
      (*found)[message["message_id"]] = {message["variant_id"], message["title"], message["body"]};
    }
    return json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }
  static std::string Moment(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

  // Rows of every table that this workspace could have changed.
  std::string RowCounts() {
    const Finished counted = RunProgram(
        {"/usr/bin/psql", database(), "-XAtc",
         "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM messages), (SELECT count(*) FROM profiles), "
         "(SELECT sum(version) FROM profiles), (SELECT count(*) FROM timers), (SELECT count(*) FROM campaigns), "
         "(SELECT count(*) FROM journal_commits), (SELECT revision FROM rule_set)"});
    EXPECT_EQ(counted.exit_code, 0) << counted.err;
    return counted.out;
  }

  absl::Time begin_;
  absl::Time end_;
  std::vector<v1::UserRef> users_;
};

TEST_F(BacktestTest, FindsWhatWasSentOneByOneAndWritesNothing) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  Live(seed);
  const std::string before = RowCounts();
  const std::map<std::string, const char*> campaigns = {
      {"thanks", kThanks}, {"cart", kCart}, {"regulars", kRegulars}, {"hello", kHello}};
  size_t all = 0;
  for (const auto& [campaign_id, text] : campaigns) {
    SCOPED_TRACE(campaign_id);
    const KnownMap lived = Lived(campaign_id);
    KnownMap found;
    const json report = Backtest(text, &found);
    EXPECT_EQ(found, lived);
    EXPECT_EQ(report["draft"]["sent"], lived.size());
    EXPECT_EQ(report["incomplete_users"], 0);
    EXPECT_EQ(report["refused"], 0);
    all += lived.size();
  }
  EXPECT_GT(all, 100u);
  EXPECT_EQ(RowCounts(), before);
}

TEST_F(BacktestTest, SaysWhatAnEditWouldChange) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  Live(seed);
  std::string edited = kThanks;
  edited.replace(edited.find("total > 5"), 9, "total > 9");
  edited.replace(edited.find("Thanks for"), 10, "Thank you!");
  KnownMap found;
  const KnownMap lived = Lived("thanks");
  const json report = Backtest(edited.c_str(), &found, {"--against", "thanks"});
  EXPECT_EQ(report["against"]["sent"], lived.size());
  size_t same = 0;
  size_t different = 0;
  for (const auto& [message_id, message] : found) {
    const auto known = lived.find(message_id);
    if (known == lived.end()) continue;
    ++(known->second == message ? same : different);
  }
  const json& difference = report["difference"];
  EXPECT_EQ(difference["same"], same);
  EXPECT_EQ(difference["different"], different);
  EXPECT_EQ(difference["only_draft"], found.size() - same - different);
  EXPECT_EQ(difference["only_other"], lived.size() - same - different);
  EXPECT_GT(difference["only_other"], 0);
  EXPECT_GT(difference["different"], 0);
  size_t of_days = 0;
  for (const json& day : difference["days"])
    of_days += day["only_draft"].get<size_t>() + day["different"].get<size_t>() + day["same"].get<size_t>();
  EXPECT_EQ(of_days, found.size());
}

TEST_F(BacktestTest, ShowsAndDrawsIt) {
  Live(1);
  const std::string plot = ::testing::TempDir() + "backtest.svg";
  const Finished shown = Run({"campaign", "backtest", WriteFile("draft.yaml", kThanks), "--database", database(),
                              "--from", Moment(begin_), "--to", Moment(end_), "--plot", plot, "--threads", "2"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  for (const char* part : {"triggered", "stopped by condition", "entered", "control", "sent", "messages a day",
                           "for example", "Thanks for"}) {
    EXPECT_THAT(shown.out, HasSubstr(part));
  }
  std::ostringstream svg;
  svg << std::ifstream(plot).rdbuf();
  EXPECT_THAT(svg.str(), HasSubstr("</svg>"));
  EXPECT_THAT(svg.str(), HasSubstr("warm"));
}

TEST_F(BacktestTest, ErrorsNameTheFlagOrTheField) {
  const auto refused = [&](std::vector<std::string> flags, const char* campaign) {
    std::vector<std::string> args = {"campaign", "backtest", WriteFile("draft.yaml", campaign), "--database",
                                     database()};
    args.insert(args.end(), flags.begin(), flags.end());
    const Finished finished = Run(args);
    EXPECT_NE(finished.exit_code, 0);
    return finished.err;
  };
  EXPECT_THAT(refused({"--from", "yesterday", "--to", "2026-01-01"}, kHello), HasSubstr("--from"));
  EXPECT_THAT(refused({"--from", "2026-01-02", "--to", "2026-01-01"}, kHello), HasSubstr("--to"));
  EXPECT_THAT(refused({"--from", "2026-01-01", "--to", "2026-01-02", "--against", "nobody"}, kHello),
              HasSubstr("nobody"));
  EXPECT_THAT(refused({"--from", "2026-01-01", "--to", "2026-01-02"},
                      "campaign_id: x\ntrigger: { event_name: e }\nmessage: { channel: push, body: '{{' }\n"),
              HasSubstr("message.body"));
}

}  // namespace
}  // namespace cadenza::testing
