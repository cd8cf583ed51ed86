#include "clients/cli/liquid/liquid_case.h"

#include "gtest/gtest.h"

namespace cadenza::cli {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

struct Line {
  const char* line;
  const char* answer;
};

TEST(LiquidCaseTest, ALineIsAnsweredByItsText) {
  const Line lines[] = {
      {R"({"template": "Hi {{ name }}\n", "data": {"name": "Ada \"A\""}})", R"({"output":"Hi Ada \"A\"\n"})"},
      {R"({"template": "{{ o }}", "data": {"o": {"b": 1, "a": [null, 1.5]}}})",
       R"({"output":"{\"b\"=>1, \"a\"=>[nil, 1.5]}"})"},
      {R"({"template": "{% render 'p', x: 1 %}{% include 'p' %}", "data": {"x": 2}, "templates": {"p": "<{{ x }}>"}})",
       R"({"output":"<1><2>"})"},
      {R"({"template": "{{ x y }}", "data": {"x": 2}})", R"({"output":"2"})"},
      {R"({"template": "{{ 1 | divided_by: 0 }}", "inline_errors": true})",
       R"({"output":"Liquid error: divided by 0"})"},
      {R"({"template": "{{ 'now' | date: '%Y' }}"})", R"({"output":"2023"})"},
      {R"({"template": "{{ 'now' | time_zone | date: '%F %H' }}", "now": "2026-01-01T23:30:00Z", "time_zone": "Europe/Berlin"})",
       R"({"output":"2026-01-02 00"})"},
      {R"({"template": "{{ x }}", "data": {"x": "<&>"}, "escape": "html"})", R"({"output":"&lt;&amp;&gt;"})"},
      {R"({"template": "{{ 1234.5 | number_with_delimiter }}", "locale": "de"})", R"({"output":"1.234,5"})"},
  };
  for (const Line& line : lines) EXPECT_EQ(AnswerLiquidLine(line.line, kNow), line.answer) << line.line;
}

TEST(LiquidCaseTest, WhatIsWrongIsAnErrorOfOneLine) {
  const Line lines[] = {
      {"", R"({"error":"this is not JSON: something is wrong at byte 1"})"},
      {"{\"template\": ", R"({"error":"this is not JSON: something is wrong at byte 14"})"},
      {"[1]", R"({"error":"a case is a JSON object"})"},
      {"{}", R"({"error":"template: is required: a string"})"},
      {R"({"template": "x", "data": 3})", R"({"error":"data: must be an object"})"},
      {R"({"template": "x", "mode": "loose"})", R"({"error":"mode: must be lax, warn or strict"})"},
      {R"({"template": "x", "time_zone": "Mars"})", R"({"error":"time_zone: must be a zone as in Europe/Berlin"})"},
      {R"({"template": "{{ x y }}", "mode": "strict"})",
       R"({"error":"line 1, column 6: unexpected 'y'\n  {{ x y }}\n       ^"})"},
      {R"({"template": "{% render 'p' %}"})",
       R"({"error":"line 1, column 4: there is no partial 'p'\n  {% render 'p' %}\n     ^"})"},
      {R"({"template": "{% abort_message('no pizza') %}"})", R"({"error":"aborted: no pizza"})"},
  };
  for (const Line& line : lines) EXPECT_EQ(AnswerLiquidLine(line.line, kNow), line.answer) << line.line;
}

TEST(LiquidCaseTest, HostileLinesAreErrors) {
  const std::string deep(200'000, '[');
  EXPECT_EQ(AnswerLiquidLine(deep, kNow), R"({"error":"this JSON is nested deeper than 64"})");
  EXPECT_EQ(AnswerLiquidLine("{\"template\": \"\xff\"}", kNow).substr(0, 9), "{\"error\":");
}

}  // namespace
}  // namespace cadenza::cli
