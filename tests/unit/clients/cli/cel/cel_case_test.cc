#include "clients/cli/cel/cel_case.h"

#include "gtest/gtest.h"

namespace cadenza::cli {
namespace {

struct Line {
  const char* line;
  const char* answer;
};

TEST(CelCaseTest, ALineIsAnsweredByItsValue) {
  const Line lines[] = {
      {R"({"expr": "1 + 2"})", R"({"value":{"int":"3"}})"},
      {R"({"expr": "x", "typeEnv": {"x": "int"}, "bindings": {"x": {"int": "123"}}})", R"({"value":{"int":"123"}})"},
      {R"({"expr": "x + 1.5", "bindings": {"x": {"double": 2}}})", R"({"value":{"double":3.5}})"},
      {R"({"expr": "y", "container": "x", "typeEnv": {"x.y": "bool", "y": "string"},
           "bindings": {"x.y": {"bool": true}, "y": {"string": "no"}}})",
       R"({"value":{"bool":true}})"},
      {R"({"expr": "f_unknown(17) || true", "disableCheck": true, "ext": "strings"})", R"({"value":{"bool":true}})"},
      {R"({"expr": "[{'a': b'b'}, null, 1u, -0.0, 0.0 / 0.0]", "disableCheck": true})",
       R"({"value":{"list":[{"map":[[{"string":"a"},{"bytes":"Yg=="}]]},{"null":true},{"uint":"1"},{"double":-0.0},)"
       R"({"double":"NaN"}]}})"},
      {R"j({"expr": "timestamp(0) + duration('1.5s')"})j", R"({"value":{"timestamp":"1970-01-01T00:00:01.5Z"}})"},
      {R"({"expr": "[duration('90m'), type(1), 'é\n']"})",
       R"({"value":{"list":[{"duration":"5400s"},{"type":"int"},{"string":"é\n"}]}})"},
      {R"({"expr": "[optional.of(1), optional.none()]"})", R"({"value":{"list":[{"optional":{"int":"1"}},{"optional":null}]}})"},
  };
  for (const Line& line : lines) EXPECT_EQ(AnswerCelLine(line.line), line.answer) << line.line;
}

TEST(CelCaseTest, WhatIsWrongIsAnErrorOfOneLine) {
  const Line lines[] = {
      {"", R"({"error":"the line is not JSON"})"},
      {"{\"expr\": ", R"({"error":"the line is not JSON"})"},
      {"[1]", R"({"error":"a case is a JSON object"})"},
      {"{}", R"({"error":"expr: is required"})"},
      {R"({"expr": 3})", R"({"error":"expr: must be a string"})"},
      {R"({"expr": "x", "typeEnv": {"x": "list(int"}})", R"({"error":"typeEnv.x: a type ends in ''"})"},
      {R"({"expr": "x", "bindings": {"x": 3}})",
       R"({"error":"bindings.x: a value is one tag, as in {\"int\":\"1\"}, and not 3"})"},
      {R"({"expr": "1", "disableCheck": "yes"})", R"({"error":"disableCheck: must be true or false"})"},
      {R"({"expr": "1 / 0"})", R"({"error":"division by zero"})"},
      {R"({"expr": "1 +\n 'a'"})",
       R"({"error":"line 1, column 3: no matching overload: +(int, string)\n  1 +\n    ^"})"},
  };
  for (const Line& line : lines) EXPECT_EQ(AnswerCelLine(line.line), line.answer) << line.line;
}

TEST(CelCaseTest, HostileLinesAreErrors) {
  const std::string deep(200'000, '[');
  EXPECT_EQ(AnswerCelLine(deep), R"({"error":"the line is not JSON"})");
  const std::string closed = deep + std::string(200'000, ']');
  EXPECT_EQ(AnswerCelLine(closed), R"({"error":"a case is a JSON object"})");
  EXPECT_EQ(AnswerCelLine(R"({"expr": "x", "bindings": {"x": )" + closed + "}}"),
            R"({"error":"bindings.x: a value is one tag, as in {\"int\":\"1\"}, and not an array"})");
  std::string lists;
  for (int i = 0; i < 1000; ++i) lists += R"({"list":[)";
  lists += R"({"int":"1"})";
  for (int i = 0; i < 1000; ++i) lists += "]}";
  EXPECT_EQ(AnswerCelLine(R"({"expr": "x", "bindings": {"x": )" + lists + "}}"),
            R"({"error":"bindings.x: a value nests more than 100 deep"})");
  EXPECT_EQ(AnswerCelLine("{\"expr\": \"'\xff'\"}"), R"({"error":"the line is not JSON"})");
}

}  // namespace
}  // namespace cadenza::cli
