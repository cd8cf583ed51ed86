#include "server/rules/cel/parser.h"

#include <map>

#include "gtest/gtest.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

std::string Dump(const Expr& e);

std::string DumpArgs(const Expr& e) {
  std::string out;
  for (const ExprPtr& arg : e.args) out += " " + Dump(*arg);
  return out;
}

// As Lisp would write it.
std::string Dump(const Expr& e) {
  switch (e.kind) {
    case Expr::Kind::kLiteral:
      return e.literal.DebugString();
    case Expr::Kind::kIdent:
      return (e.absolute ? "." : "") + e.name;
    case Expr::Kind::kSelect:
      return std::string(e.test_only ? "(has" : "(select") + DumpArgs(e) + " " + e.name + ")";
    case Expr::Kind::kCall:
      return "(" + std::string(e.member ? "." : "") + e.name + DumpArgs(e) + ")";
    case Expr::Kind::kAnd:
      return "(and" + DumpArgs(e) + ")";
    case Expr::Kind::kOr:
      return "(or" + DumpArgs(e) + ")";
    case Expr::Kind::kConditional:
      return "(if" + DumpArgs(e) + ")";
    case Expr::Kind::kList:
      return "(list" + DumpArgs(e) + ")";
    case Expr::Kind::kMap:
      return "(map" + DumpArgs(e) + ")";
    case Expr::Kind::kComprehension:
      return "(for" + std::to_string(static_cast<int>(e.macro)) + " " + e.name + DumpArgs(e) + ")";
  }
  return "?";
}

std::string Parsed(std::string_view source, const Limits& limits = {}) {
  const absl::StatusOr<ExprPtr> tree = Parse(source, limits);
  return tree.ok() ? Dump(**tree) : FirstLine(tree.status());
}

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ParserTest, BuildsTheTree) {
  const struct {
    std::string source;
    std::string tree;
  } cases[] = {
      {"1 + 2 * 3 - 4", "(_-_ (_+_ 1 (_*_ 2 3)) 4)"},
      {"(1 + 2) * 3", "(_*_ (_+_ 1 2) 3)"},
      {"a < b == c", "(_==_ (_<_ a b) c)"},
      {"a && b && c || d", "(or (and a b c) d)"},
      {"a || b && c", "(or a (and b c))"},
      {"a ? b : c ? d : e", "(if a b (if c d e))"},
      {"a ? (b ? c : d) : e", "(if a (if b c d) e)"},
      {"!a && !!b", "(and (!_ a) (!_ (!_ b)))"},
      {"!!!!!a", "(!_ a)"},
      {"-5", "-5"},
      {"--5", "(-_ -5)"},
      {"-a - -b", "(_-_ (-_ a) (-_ b))"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-0x10", "-16"},
      {"0xFFu", "255u"},
      {"-2.5", "-2.5"},
      {"x in [1, 2,]", "(@in x (list 1 2))"},
      {"{'a': 1, b: 2,}", "(map \"a\" 1 b 2)"},
      {"{}", "(map)"},
      {"a.b.c", "(select (select a b) c)"},
      {"a.`b c`", "(select a b c)"},
      {".a.b", "(select .a b)"},
      {"a[0].b(1, 2)", "(.b (_[_] a 0) 1 2)"},
      {"f()", "(f)"},
      {".f(1)", "(.f 1)"},
      {"{'as': 1}.as", "(select (map \"as\" 1) as)"},
      {"a.while()", "(.while a)"},
      {"true && null", "(and true null)"},
  };
  for (const auto& c : cases) {
    if (c.source == ".f(1)") {
      const absl::StatusOr<ExprPtr> tree = Parse(c.source, {});
      ASSERT_TRUE(tree.ok());
      EXPECT_TRUE((*tree)->absolute);
      EXPECT_FALSE((*tree)->member);
      continue;
    }
    EXPECT_EQ(Parsed(c.source), c.tree) << c.source;
  }
}

TEST(ParserTest, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string source;
    std::string error;
  } cases[] = {
      {"", "line 1, column 1: expected a value, found the end of the expression"},
      {"1 +", "line 1, column 4: expected a value, found the end of the expression"},
      {"a b", "line 1, column 3: unexpected 'b'"},
      {"(a", "line 1, column 3: expected ')', found the end of the expression"},
      {"[1, 2", "line 1, column 6: expected ']', found the end of the expression"},
      {"f(1,)", "line 1, column 5: expected a value, found ')'"},
      {"{1}", "line 1, column 3: expected ':', found '}'"},
      {"a ? b", "line 1, column 6: expected ':', found the end of the expression"},
      {"a.1", "line 1, column 2: unexpected '.1'"},
      {"a.in", "line 1, column 3: expected the name of a field after '.', found 'in'"},
      {"a.true", "line 1, column 3: expected the name of a field after '.', found 'true'"},
      {"a +\n while", "line 2, column 2: 'while' is a reserved word"},
      {"Foo{a: 1}", "line 1, column 4: objects cannot be made in an expression"},
      {"9223372036854775808", "line 1, column 1: the number does not fit an int"},
      {"-9223372036854775809", "line 1, column 2: the number does not fit an int"},
      {"18446744073709551616u", "line 1, column 1: the number does not fit a uint"},
      {"1e999", "line 1, column 1: the number does not fit a double"},
      {"'a", "line 1, column 1: a string is not closed"},
      {"f(1 '", "line 1, column 5: a string is not closed"},
      {"1 'a'", "line 1, column 3: unexpected a string"},
      {"1 b'\\377'", "line 1, column 3: unexpected bytes"},
      {"a.?b()", "line 1, column 5: unexpected '('"},
      {"[1].all(i, i, true)", "line 1, column 5: the two variables of all() must have different names"},
      {"[1].all(i, 1, true)", "line 1, column 5: the first two arguments of all() are the names of its variables"},
      {"cel.bind(1, 2, 3)", "line 1, column 5: the first argument of cel.bind() is the name of its variable"},
      {"has(a.?b)", "line 1, column 1: has() takes a selected field, as in has(event.total)"},
      {"\xFF", "the expression is not valid UTF-8"},
  };
  for (const auto& c : cases) EXPECT_EQ(Parsed(c.source), c.error) << c.source;
}

TEST(ParserTest, NestingIsBounded) {
  EXPECT_EQ(Parsed(Repeat("(", 32) + "7" + Repeat(")", 32)), "7");
  for (const auto& [open, close] : std::map<std::string, std::string>{
           {"(", ")"}, {"[", "]"}, {"f(", ")"}, {"a[", "]"}, {"{1: ", "}"}, {"a ? (", ") : b"}, {"-(", ")"}}) {
    const absl::StatusOr<ExprPtr> tree = Parse(Repeat(open, 33) + "7" + Repeat(close, 33), {});
    EXPECT_EQ(tree.status().code(), absl::StatusCode::kResourceExhausted) << open;
    EXPECT_EQ(tree.status().message(), "the expression is nested more than 32 deep") << open;
  }
}

TEST(ParserTest, ChainsAreBoundedButAndOrAreNot) {
  EXPECT_TRUE(Parse("1" + Repeat("+1", 255), {}).ok());
  for (const char* link : {"+1", ".a", "[0]", ".f()", " ? b : 1"}) {
    const absl::StatusOr<ExprPtr> tree = Parse("a" + Repeat(link, 300), {});
    EXPECT_EQ(tree.status().code(), absl::StatusCode::kResourceExhausted) << link;
    EXPECT_EQ(tree.status().message(), "the expression chains more than 256 operators") << link;
  }
  EXPECT_TRUE(Parse("a" + Repeat("&&a", 1000), {}).ok());
  EXPECT_TRUE(Parse("a" + Repeat("||a", 1000), {}).ok());
  EXPECT_TRUE(Parse(Repeat("!", 2000) + "a", {}).ok());
  EXPECT_TRUE(Parse(Repeat("-", 2000) + "1", {}).ok());
}

TEST(ParserTest, LengthIsBounded) {
  const absl::StatusOr<ExprPtr> tree = Parse(std::string(4097, ' '), {});
  EXPECT_EQ(tree.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(tree.status().message(), "the expression has 4097 bytes; at most 4096 are allowed");
}

}  // namespace
}  // namespace cadenza::cel
