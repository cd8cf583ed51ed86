// `cadenza render`, which needs no server.
#include <gmock/gmock.h>

#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using ::testing::HasSubstr;

TEST(RenderTest, AUserAndAnEventOutOfFiles) {
  const std::string source = WriteFile(
      "order.liquid",
      "{{${first_name} | default: 'friend'}} {{ user.id }} {{ user.attributes.plan }} {{custom_attribute.${points} | "
      "plus: 1}} "
      "{{event_properties.${total}}} {{ event.name }} {{ event.properties.items[0].name }} {{ now | date: '%F' }} "
      "{{ user.session.count }}");
  const std::string plain_user = WriteFile(
      "plain.json", R"({"user_id": "ada", "attributes": {"first_name": "Ada", "plan": "gold", "points": 41}})");
  const std::string plain_event = WriteFile("event.json", R"({"name": "order_placed", "time": "2026-01-02T03:04:05Z",
      "properties": {"total": 17.5, "items": [{"name": "Cola"}]}})");
  EXPECT_EQ(Cadenza({"render", source, "--profile", plain_user, "--event", plain_event}).out,
            "Ada ada gold 42 17.5 order_placed Cola 2026-01-02 0");
  const std::string user = WriteFile("user.json", R"({"user": {"user_id": "ada"}, "attributes": {
      "plan": {"string_value": "gold"}, "points": {"int64_value": "41"}}, "sessions": {"count": "3"}})");
  const std::string input = WriteFile("input.json", R"({"event_id": "1", "user": {"user_id": "ada"},
      "time": "2026-01-02T03:04:05Z", "custom_event": {"name": "order_placed", "properties": {
      "total": {"double_value": 17.5}}}})");
  EXPECT_EQ(Cadenza({"render", source, "--profile", user, "--event", input}).out,
            "friend ada gold 42 17.5 order_placed  2026-01-02 3");
}

TEST(RenderTest, ErrorsWarningsAndAborts) {
  const Finished wrong = Cadenza({"render", WriteFile("wrong.liquid", "one\n{% if %}")});
  EXPECT_EQ(wrong.exit_code, 5);
  EXPECT_THAT(wrong.err, HasSubstr("line 2, column"));
  const Finished warned = Cadenza({"render", WriteFile("warned.liquid", "{{ user.nmae }}{{ 'x' | upcaes }}")});
  EXPECT_EQ(warned.out, "x");
  EXPECT_THAT(warned.err, HasSubstr("nmae"));
  EXPECT_THAT(warned.err, HasSubstr("upcaes"));
  const Finished aborted = Cadenza({"render", WriteFile("aborted.liquid", "{% abort_message('no offer') %}")});
  EXPECT_EQ(aborted.exit_code, 5);
  EXPECT_THAT(aborted.err, HasSubstr("no offer"));
  EXPECT_EQ(Cadenza({"render"}).exit_code, 2);
}

}  // namespace
}  // namespace cadenza::testing
