// The language as campaigns use it: what the suite of others (suite_test.cc) does not ask, and our own tag, scopes and
// error places.
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);  // 2023-11-14 22:13:20 UTC

ValueMap Data() {
  return {
      {"name", Value::String("Ada")},
      {"total", Value::Double(17.5)},
      {"lines", Value::List({Value::Map({{"name", Value::String("Margherita")}, {"quantity", Value::Int(2)}}),
                             Value::Map({{"name", Value::String("Cola")}, {"quantity", Value::Int(1)}})})},
      {"at", Value::Timestamp(kNow)},
      {"empty_list", Value::List({})},
  };
}

absl::StatusOr<Rendering> TryRender(std::string_view source) {
  auto parsed = Template::Parse(source);
  if (!parsed.ok()) return parsed.status();
  return (*parsed)->Render(MapScope(Data()), kNow);
}

std::string Render(std::string_view source) {
  auto rendering = TryRender(source);
  return rendering.ok() ? rendering->output : rendering.status().ToString();
}

struct Case {
  const char* source;
  const char* output;
};

class LiquidCases : public testing::TestWithParam<Case> {};

TEST_P(LiquidCases, Renders) { EXPECT_EQ(Render(GetParam().source), GetParam().output) << GetParam().source; }

INSTANTIATE_TEST_SUITE_P(
    Language, LiquidCases,
    testing::ValuesIn(std::vector<Case>{
        {"Hi {{ name | default: 'friend' }}", "Hi Ada"},
        {"Hi {{ surname | default: 'friend' }}", "Hi friend"},
        {"{% for l in lines %}{{ l.quantity }} {{ l.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
         "2 Margherita, 1 Cola"},
        {"{{ lines | map: 'name' | join: ' and ' }}", "Margherita and Cola"},
        {"{% assign big = lines | where: 'quantity', 2 | first %}{{ big.name }}", "Margherita"},
        {"{{ lines | sum: 'quantity' }}", "3"},
        {"{% if total > 15.0 and lines.size == 2 %}yes{% endif %}", "yes"},
        {"{% if false or true and false %}yes{% else %}no{% endif %}", "no"},
        {"{{ at }}", "2023-11-14 22:13:20 UTC"},
        {"{% if name contains 'd' %}d{% endif %}", "d"},
        {"{% for x in empty_list %}{{ x }}{% else %}none{% endfor %}", "none"},
        {"{% for i in (1..10) reversed %}{% if i == 8 %}{% break %}{% endif %}{{ i }} {% endfor %}", "10 9 "},
        {"{{ '{{' }}{% raw %}{{ name }}{% endraw %}", "{{{{ name }}"},
        {"a {%- if true -%} b {%- endif -%} c", "abc"},
    }));

INSTANTIATE_TEST_SUITE_P(Numbers, LiquidCases,
                         testing::ValuesIn(std::vector<Case>{
                             {"{{ 0.1 | plus: 0.2 }}", "0.3"},
                             {"{{ 3.5 | times: 3 }}", "10.5"},
                             {"{{ 19.99 | times: 100 }}", "1999.0"},
                             {"{{ 7 | divided_by: -2 }}", "-4"},
                             {"{{ -7 | modulo: 3 }}", "2"},
                             {"{{ 9223372036854775807 | plus: 1 }}", "9.223372036854776e+18"},
                             {"{{ 2.5 | round }}", "3"},
                             {"{{ -2.5 | round }}", "-3"},
                             {"{{ 1.005 | round: 2 }}", "1.01"},
                             {"{{ 1234 | round: -2 }}", "1200"},
                             {"{{ 12.0 }}", "12.0"},
                             {"{{ '12 apples' | plus: 1 }}", "13"},
                         }));

INSTANTIATE_TEST_SUITE_P(Text, LiquidCases,
                         testing::ValuesIn(std::vector<Case>{
                             {"{{ 'élodie' | capitalize }}", "Élodie"},
                             {"{{ 'straße' | upcase }}", "STRASSE"},
                             {"{{ 'ŽÓŁĆ ЖЁ ΣΩ' | downcase }}", "žółć жё σω"},
                             {"{{ 'Žaneta' | slice: 0 }}", "Ž"},
                             {"{{ 'ÄÖÜ' | size }}", "3"},
                             {"{{ 'ÄÖÜßÄÖÜß' | truncate: 5, '…' }}", "ÄÖÜß…"},
                             {"{{ '日本語' | split: '' | join: '-' }}", "日-本-語"},
                             {"{{ '<b>' | escape }}", "&lt;b&gt;"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Dates, LiquidCases,
    testing::ValuesIn(std::vector<Case>{
        {"{{ 'now' | date: '%Y-%m-%d %H:%M:%S' }}", "2023-11-14 22:13:20"},
        {"{{ at | date: '%a, %b %-d at %-l:%M %p' }}", "Tue, Nov 14 at 10:13 PM"},
        {"{{ at | date: '%A %e %^B %y, day %j, week %V' }}", "Tuesday 14 NOVEMBER 23, day 318, week 46"},
        {"{{ '2024-02-29T08:05:09+02:00' | date: '%d.%m.%Y %k:%M %z' }}", "29.02.2024  8:05 +0200"},
        {"{{ '2024-02-29' | date: '%F %T %Z' }}", "2024-02-29 00:00:00 UTC"},
        {"{{ 'soon' | date: '%Y' }}", "soon"},
        {"{{ 0 | date: '%s %L %Q' }}", "0 000 %Q"},
    }));

TEST(Liquid, AbortMessageStopsAndKeepsTheReason) {
  for (const char* source : {"before {% if total > 10 %}{% abort_message \"too dear\" %}{% endif %} after",
                             "{% for i in (1..3) %}{% abort_message('too dear') %}{% endfor %}"}) {
    auto rendering = TryRender(source);
    ASSERT_TRUE(rendering.ok()) << rendering.status();
    EXPECT_TRUE(rendering->aborted);
    EXPECT_EQ(rendering->abort_reason, "too dear");
  }
  auto bare = TryRender("{% abort_message %}");
  ASSERT_TRUE(bare.ok());
  EXPECT_TRUE(bare->aborted);
  EXPECT_EQ(bare->abort_reason, "");
  EXPECT_FALSE(TryRender("x")->aborted);
}

TEST(Liquid, TextInAValueIsNeverParsed) {
  auto parsed = Template::Parse("{{ name }}{% assign copy = name %}{{ copy }}");
  ASSERT_TRUE(parsed.ok());
  auto rendering = (*parsed)->Render(MapScope({{"name", Value::String("{{ secret }}{% raw %}")}}), kNow);
  ASSERT_TRUE(rendering.ok());
  EXPECT_EQ(rendering->output, "{{ secret }}{% raw %}{{ secret }}{% raw %}");
}

// Without the excerpt that follows.
std::string FirstLine(const absl::Status& status) {
  const std::string text(status.message());
  return text.substr(0, text.find('\n'));
}

TEST(Liquid, ErrorsNameTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{% iff x %}", "line 1, column 4: unknown tag 'iff'"},
      {"ü{% if x %}", "line 1, column 5: 'if' is not closed with 'endif'"},
      {"x\n{% endif %}", "line 2, column 4: misplaced 'endif'"},
      {"{{ name ", "line 1, column 1: this output is not closed with '}}'"},
      {"{{ 'name }}", "line 1, column 4: this string is not closed"},
      {"{{ name | append }}", "line 1, column 11: 'append': wrong number of arguments (given 1, expected 2)"},
      {"{{ 1 | plus: 1, by: 2 }}", "line 1, column 8: 'plus': wrong number of arguments (given 3, expected 2)"},
      {"{% for x on y %}{% endfor %}", "line 1, column 10: expected 'in'"},
      {"{{ name\n | divided_by: 0 }}", "line 2, column 4: divided by 0"},
      {"\n{% if name > 3 %}{% endif %}", "line 2, column 4: comparison of String with 3 failed"},
      {"{% render 'x' %}", "line 1, column 4: there is no partial 'x'"},
      {"{% connected_content https://x.org %}",
       "line 1, column 4: 'connected_content' is not supported: fetching content while a message is rendered; put the "
       "data into the event or a catalog"},
  };
  for (const auto& [source, message] : cases) EXPECT_EQ(FirstLine(TryRender(source).status()), message) << source;
}

TEST(Liquid, ErrorsShowTheirLineWithACaret) {
  EXPECT_EQ(std::string(TryRender("first\n\tü {{ name | split }}\nlast").status().message()),
            "line 2, column 14: 'split': wrong number of arguments (given 1, expected 2)\n"
            "  \tü {{ name | split }}\n"
            "  \t            ^");
}

// An object whose members are asked for one by one.
class CountingScope : public Scope {
 public:
  Value Lookup(std::string_view name) const override {
    ++lookups;
    return name == "first_name" ? Value::String("Ada") : Value();
  }
  const Scope* Nested(std::string_view name) const override { return name == "user" ? this : nullptr; }
  mutable int lookups = 0;
};

TEST(Liquid, AsksOnlyForWhatTheTemplateNames) {
  auto parsed = Template::Parse(
      "{{ user.first_name }}{{ user.user.first_name }}{% assign u = user %}{{ u.first_name }}{{ user }}");
  ASSERT_TRUE(parsed.ok());
  CountingScope scope;
  auto rendering = (*parsed)->Render(scope, kNow);
  ASSERT_TRUE(rendering.ok()) << rendering.status();
  EXPECT_EQ(rendering->output, "AdaAdaAda");
  EXPECT_EQ(scope.lookups, 3);
}

TEST(Liquid, ALoopObjectMayOutliveItsLoop) {
  EXPECT_EQ(Render("{% for i in (1..3) %}{% assign last = forloop %}{% endfor %}{{ last.index }} of {{ last.length }}"),
            "3 of 3");
}

TEST(Liquid, RenderingTwiceGivesTheSame) {
  auto parsed = Template::Parse("{% increment n %}{% cycle 'a', 'b' %}{% assign x = x | append: 'y' %}{{ x }}");
  ASSERT_TRUE(parsed.ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ((*parsed)->Render(MapScope({}), kNow)->output, "0ay");
}

}  // namespace
}  // namespace cadenza::liquid
