#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(StringExtensionTest, IndexesCountCodePoints) {
  ExpectAll({
      {"'aé€😀'.charAt(3)", "\"😀\""},
      {"'aé'.charAt(2)", "\"\""},
      {"'aé'.charAt(3)", "error: index out of range: 3"},
      {"'aé'.charAt(-1)", "error: index out of range: -1"},
      {"'aéa'.indexOf('a', 1)", "2"},
      {"'aéa'.indexOf('', 3)", "3"},
      {"'aéa'.indexOf('a', 3)", "-1"},
      {"'aéa'.indexOf('a', 4)", "error: index out of range: 4"},
      {"''.indexOf('a')", "-1"},
      {"'abcabc'.lastIndexOf('bc')", "4"},
      {"'abcabc'.lastIndexOf('bc', 3)", "1"},
      {"'abcabc'.lastIndexOf('', 2)", "2"},
      {"'abc'.lastIndexOf('abcd')", "-1"},
      {"''.lastIndexOf('')", "0"},
      {"'éab'.substring(1)", "\"ab\""},
      {"'éab'.substring(0, 1)", "\"é\""},
      {"'éab'.substring(3)", "\"\""},
      {"'éab'.substring(2, 1)", "error: substring(2, 1) ends before it begins"},
      {"'éab'.substring(0, 4)", "error: index out of range: 4"},
      {"'éab'.substring(9223372036854775807)", "error: index out of range: 9223372036854775807"},
  });
}

TEST(StringExtensionTest, CutsAndJoins) {
  ExpectAll({
      {"'a,b,,c'.split(',')", "[\"a\", \"b\", \"\", \"c\"]"},
      {"'a,b,c'.split(',', 2)", "[\"a\", \"b,c\"]"},
      {"'a,b'.split(',', 0)", "[]"},
      {"'aé'.split('')", "[\"a\", \"é\"]"},
      {"'aéb'.split('', 2)", "[\"a\", \"éb\"]"},
      {"''.split('')", "[]"},
      {"''.split(',')", "[\"\"]"},
      {"'ab'.replace('', '-')", "\"-a-b-\""},
      {"'éb'.replace('', '-', 2)", "\"-é-b\""},
      {"'aaa'.replace('aa', 'b')", "\"ba\""},
      {"'aaa'.replace('a', 'bb', 2)", "\"bbbba\""},
      {"'aaa'.replace('a', 'b', 0)", "\"aaa\""},
      {"['a', 'b'].join(', ')", "\"a, b\""},
      {"[].join('x')", "\"\""},
      {"dyn([1]).join()", "error: no matching overload of join for (int)"},
      {"'aé€'.reverse()", "\"€éa\""},
      {"' \\t\\u00a0a b\\u3000'.trim()", "\"a b\""},
      {"'ÀaZ'.lowerAscii() + 'àaZ'.upperAscii()", "\"ÀazàAZ\""},
  });
}

TEST(StringExtensionTest, ChargesForWhatItMakes) {
  Env env;
  env.AddVariable("text", Type::String());
  MapActivation values;
  values.Set("text", Value::String(std::string(64 << 10, 'a')));
  for (const char* source :
       {"text.replace('', text)", "text.split('').size() + text.split('').size()",
        "text.replace('a', 'bb', 70000).replace('b', text)", "lists.range(5000).map(i, text).join(text)",
        "lists.range(1000).map(i, text.lastIndexOf('b'))", "lists.range(1000).map(i, text.trim())",
        "'%s'.format([lists.range(90000).map(i, [i])])"}) {
    EXPECT_EQ(Evaluate(source, env, values).status().code(), absl::StatusCode::kResourceExhausted) << source;
  }
}

}  // namespace
}  // namespace cadenza::cel
