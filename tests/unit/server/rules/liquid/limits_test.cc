// Hostile templates and hostile data: each must end soon, with RESOURCE_EXHAUSTED or a harmless result, and never in a
// crash.
#include <random>

#include "absl/strings/str_cat.h"
#include "server/rules/liquid/liquid.h"
#include "storage/base/utf8.h"

namespace cadenza::liquid {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out.append(text);
  return out;
}

absl::Status Outcome(std::string_view source, ValueMap data = {}, const Limits& limits = {}) {
  auto parsed = Template::Parse(source, limits);
  if (!parsed.ok()) return parsed.status();
  return (*parsed)->Render(MapScope(std::move(data)), absl::UnixEpoch()).status();
}

TEST(LiquidLimits, StopWhatGrowsOrRunsWithoutEnd) {
  const std::vector<std::string> templates = {
      "{% for i in (1..1000000000000) %}{% endfor %}",
      "{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}",
      "{{ (1..1000000000) | join: ',' }}",
      "{{ (1..9223372036854775807) | size }}",
      "{% assign s = 'xxxxxxxxxx' %}{% for i in (1..64) %}{% assign s = s | append: s %}{% endfor %}",
      "{% assign s = 'xxxxxxxxxx' %}{% for i in (1..64) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}",
      "{% assign l = 'a b' | split: ' ' %}{% for i in (1..64) %}{% assign l = l | concat: l %}{% endfor %}",
      "{% for i in (1..99999) %}some text that is printed again and again{% endfor %}",
      "{% tablerow i in (1..99999) cols:1 %}{% endtablerow %}",
      "{% assign s = big | replace: '', big %}",
      "{{ big | split: '' | join: big }}",
      "{% for i in (1..10000) %}{% assign l = big | split: '' | sort | uniq | reverse %}{% endfor %}",
      "{% for i in (1..100000) %}{% if big == big2 %}{% endif %}{% endfor %}",
      Repeat("{% if true %}", 33) + Repeat("{% endif %}", 33),
      "{% liquid " + Repeat("liquid ", 33) + " %}",
      std::string((64 << 10) + 1, 'x'),
  };
  const ValueMap data = {{"big", Value::String(std::string(60'000, 'a'))},
                         {"big2", Value::String(std::string(60'000, 'a'))}};
  for (const std::string& source : templates) {
    const absl::Status status = Outcome(source, data);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << source.substr(0, 100) << ": " << status;
  }
}

std::string Text(const absl::Status& status) { return std::string(status.message()); }

TEST(LiquidLimits, SayWhere) {
  EXPECT_EQ(Text(Outcome("\n{% for i in (1..1000000) %}{% endfor %}")),
            "line 2, column 4: the template's loops take more than 10000 iterations\n"
            "  {% for i in (1..1000000) %}{% endfor %}\n"
            "     ^");
  EXPECT_EQ(Text(Outcome("{% for i in (1..100) %}{{ i }}{% endfor %}", {}, Limits{.steps = 100})),
            "line 1, column 26: the template takes more than 100 steps\n"
            "  {% for i in (1..100) %}{{ i }}{% endfor %}\n"
            "                           ^");
  EXPECT_EQ(Text(Outcome("1234567890{{ 1 }}", {}, Limits{.output_bytes = 10})),
            "line 1, column 13: the template produces more than 10 bytes\n"
            "  1234567890{{ 1 }}\n"
            "              ^");
}

TEST(LiquidLimits, AllowWhatIsWithinThem) {
  EXPECT_TRUE(Outcome(Repeat("{% if true %}", 32) + Repeat("{% endif %}", 32)).ok());
  EXPECT_TRUE(Outcome("{% for i in (1..10000) %}{{ i }}{% endfor %}").ok());
  EXPECT_TRUE(Outcome(std::string(16 << 10, 'x')).ok());
}

TEST(LiquidLimits, NestedBracketsAreRefused) {
  const absl::Status status = Outcome("{{ " + Repeat("[", 4000) + "a" + Repeat("]", 4000) + " }}");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(LiquidLimits, SearchesForRepeatingTextAreNotQuadratic) {
  // 20,000 searches of a needle that almost matches everywhere: hours if each were quadratic.
  const ValueMap data = {{"text", Value::String(std::string(60'000, 'a'))},
                         {"needle", Value::String(std::string(30'000, 'a') + "b")}};
  const absl::Status status = Outcome(
      "{% for i in (1..20000) %}{% if text contains needle %}{% endif %}{{ text | remove_last: needle | size }}{% "
      "endfor %}",
      data);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

TEST(LiquidLimits, UnclosedHtmlBlocksAreNotQuadratic) {
  const ValueMap data = {{"html", Value::String(Repeat("<script <!-- <style ", 3000))}};
  EXPECT_TRUE(Outcome("{% assign x = html | strip_html %}", data).ok());
}

TEST(LiquidLimits, WideDateDirectivesAreCut) {
  auto parsed = Template::Parse("{{ 'now' | date: '%99999999999999999999d' | size }}");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)->Render(MapScope({}), absl::UnixEpoch())->output, "64");
}

// Whatever bytes a template is made of, it parses or not; and what it prints over UTF-8 data is UTF-8.
TEST(LiquidLimits, RandomTemplatesNeverCrash) {
  const std::vector<std::string> pieces = {
      "{%",      "%}",       "{{",       "}}",        "-",           " ",          "if ",        "endif", "for ",
      "x in ",   "(1..3)",   "endfor",   "assign ",   "x",           "=",          "'a'",        "|",     "append:",
      "split:",  "''",       "slice:",   "-1",        ",",           "first",      "case ",      "when ", "else",
      "endcase", "raw",      "endraw",   "comment",   "cycle ",      "increment",  "ü",          "[",     "]",
      ".size",   "contains", "== ",      "liquid ",   "\n",          "echo ",      "date:",      "'%c'",  "capture ",
      "(",       ")",        "<script",  "tablerow ", "endtablerow", "break",      "url_decode", "'%ff'", "sort",
      "where:",  "offset:",  "continue", "12.5",      "round:",      "endcapture",
  };
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  int parsed_count = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string source;
    const int length = static_cast<int>(random() % 14);
    // Half of the templates are well-formed outputs, so that many of them parse.
    const bool output = round % 2 == 0;
    if (output) source = "{{ x ";
    for (int i = 0; i < length; ++i)
      absl::StrAppend(&source, output && i % 3 == 0 ? "|" : "", pieces[random() % pieces.size()], " ");
    if (output) source += "}}";
    auto parsed = Template::Parse(source);
    if (!parsed.ok()) continue;
    ++parsed_count;
    auto rendering = (*parsed)->Render(MapScope({{"x", Value::String("äb ü<c")}}), absl::UnixEpoch());
    ASSERT_TRUE(!rendering.ok() || IsUtf8(rendering->output)) << "seed " << seed << ": " << source;
  }
  EXPECT_GT(parsed_count, 100) << "seed " << seed;
}

}  // namespace
}  // namespace cadenza::liquid
