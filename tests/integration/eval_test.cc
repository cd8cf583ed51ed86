// `cadenza eval`, which needs no server.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kProfile[] = R"({
  "user": {"user_id": "ada"}, "user_seq": "7", "create_time": "2026-01-02T03:04:05Z",
  "attributes": {"plan": {"string_value": "gold"}, "tags": {"list_value": {"values": [{"string_value": "vip"}]}}},
  "events": {"order_placed": {"count": "3", "first_time": "2026-01-02T10:00:00Z", "last_time": "2026-03-01T11:59:00Z"}},
  "purchases": {"count": "1", "revenue": [{"currency_code": "USD", "units": "12", "nanos": 500000000}]},
  "sessions": {"count": "2"},
  "subscriptions": {"push": "SUBSCRIPTION_STATE_UNSUBSCRIBED"},
  "campaigns": {"welcome": {"count": "1", "last_time": "2026-02-28T12:00:00Z"}}
})";

constexpr char kEvent[] = R"({
  "event_id": "e1", "user": {"user_id": "ada"}, "time": "2026-03-01T12:00:00Z",
  "custom_event": {"name": "order_placed", "properties": {"total": {"double_value": 23.5}}}
})";

class EvalTest : public ::testing::Test {
 protected:
  Finished Eval(const std::string& expression, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"eval", expression});
    return Cadenza(more);
  }
  // With the profile and the event.
  std::string Known(const std::string& expression) {
    const Finished finished = Eval(expression, {"--profile", profile_, "--event", event_});
    return finished.exit_code == 0 ? finished.out : finished.err;
  }

  const std::string profile_ = WriteFile("profile.json", kProfile);
  const std::string event_ = WriteFile("event.json", kEvent);
};

TEST_F(EvalTest, ValuesAndErrors) {
  EXPECT_EQ(Eval("1 + 2 * 3").out, "7\n");
  EXPECT_EQ(Eval("['a', b'b', 1u, null, duration('90s')]").out, "[\"a\", b\"b\", 1u, null, duration(\"90s\")]\n");
  EXPECT_EQ(Eval("'%05s'.size()", {"--json"}).out, "{\"value\":{\"int\":\"4\"}}\n");
  const Finished wrong = Eval("1 +\n  'a'");
  EXPECT_EQ(wrong.exit_code, 5);
  EXPECT_THAT(wrong.err, HasSubstr("line 1, column 3: no matching overload: +(int, string)\n  1 +\n    ^\n"));
  EXPECT_EQ(Eval("1 / 0").exit_code, 5);
  EXPECT_EQ(Cadenza({"eval"}).exit_code, 2);
  EXPECT_EQ(Cadenza({"eval", "1", "--jsonl"}).exit_code, 2);
}

TEST_F(EvalTest, TheEventAndTheUserOutOfFiles) {
  EXPECT_EQ(Known("event.name == 'order_placed' && event.properties.total > 20.0"), "true\n");
  EXPECT_EQ(Known("user.attributes.plan == 'gold' && 'vip' in user.attributes.tags"), "true\n");
  EXPECT_EQ(Known("[user.event_count('order_placed'), user.event_count('order_placed', duration('1h'))]"), "[3, 1]\n");
  EXPECT_EQ(Known("user.spent('USD')"), "12.5\n");
  EXPECT_EQ(Known("user.received('welcome') && !user.received('welcome', duration('1h'))"), "true\n");
  EXPECT_EQ(Known("user.subscribed('push')"), "false\n");
  EXPECT_EQ(Known("now == event.time && user.session.count == 2"), "true\n");
  EXPECT_THAT(Known("user.event_cout('x')"),
              HasSubstr("undeclared function 'event_cout'; did you mean 'event_count'?"));
  EXPECT_EQ(Known("user.attributes.?city.orValue('nowhere')"), "\"nowhere\"\n");
}

TEST_F(EvalTest, WhatWasNotGivenHasNoValue) {
  EXPECT_THAT(Eval("event.name == 'x'").err, HasSubstr("no value for event"));
  EXPECT_THAT(Eval("user.id == 'x'", {"--event", event_}).err, HasSubstr("no value for user"));
  EXPECT_EQ(Eval("now > timestamp('2020-01-01T00:00:00Z')").out, "true\n");
  const Finished missing = Eval("1", {"--event", "/does/not/exist.json"});
  EXPECT_EQ(missing.exit_code, 3);
  const Finished broken = Eval("1", {"--event", WriteFile("broken.json", R"({"custom_event": 3})")});
  EXPECT_EQ(broken.exit_code, 5);
  EXPECT_THAT(broken.err, HasSubstr("broken.json"));
}

TEST_F(EvalTest, LinesAreAnsweredOneByOne) {
  const std::string input =
      "{\"expr\": \"x + 1\", \"typeEnv\": {\"x\": \"int\"}, \"bindings\": {\"x\": {\"int\": \"41\"}}}\n"
      "not JSON\n"
      "\n"
      "{\"expr\": \"1 / 0\"}\n"
      "{\"expr\": \"'\\u00e9'.size()\"}";
  const Finished finished = Cadenza({"eval", "--jsonl"}, input);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out,
            "{\"value\":{\"int\":\"42\"}}\n"
            "{\"error\":\"the line is not JSON\"}\n"
            "{\"error\":\"the line is not JSON\"}\n"
            "{\"error\":\"division by zero\"}\n"
            "{\"value\":{\"int\":\"1\"}}\n");
}

TEST_F(EvalTest, AHugeLineIsAnErrorAndTheNextIsAnswered) {
  const std::string input = std::string((16 << 20) + 100, 'x') + "\n{\"expr\": \"true\"}\n";
  const Finished finished = Cadenza({"eval", "--jsonl"}, input);
  EXPECT_EQ(finished.out, "{\"error\":\"the line has more than 16777216 bytes\"}\n{\"value\":{\"bool\":true}}\n");
}

}  // namespace
}  // namespace cadenza::testing
