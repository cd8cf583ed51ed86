#include "server/rules/cel/lexer.h"

#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

// "ident:x op:+ int:1", or the error.
std::string Tokens(std::string_view source) {
  static const char* const kNames[] = {"end", "ident", "quoted", "int", "uint", "double", "string", "bytes", "op"};
  Lexer lexer(source);
  std::string out;
  while (true) {
    const absl::StatusOr<Token> token = lexer.Next();
    if (!token.ok()) return FirstLine(token.status());
    if (token->kind == Token::Kind::kEnd) return out;
    if (!out.empty()) out += " ";
    out += std::string(kNames[static_cast<int>(token->kind)]) + ":" + token->text;
  }
}

TEST(LexerTest, TellsTokensApart) {
  const struct {
    std::string source;
    std::string tokens;
  } cases[] = {
      {"", ""},
      {" \t\r\n\f", ""},
      {"a // the rest\n+b", "ident:a op:+ ident:b"},
      {"a // to the end", "ident:a"},
      {"_x9 true", "ident:_x9 ident:true"},
      {"x in y", "ident:x op:in ident:y"},
      {"inner", "ident:inner"},
      {"0 42 0x1F", "int:0 int:42 int:0x1F"},
      {"7u 7U 0xFFu", "uint:7 uint:7 uint:0xFF"},
      {"1.5 .5 1e3 1E-3 2.5e+1", "double:1.5 double:.5 double:1e3 double:1E-3 double:2.5e+1"},
      {"1.size", "int:1 op:. ident:size"},
      {"a.`b-c/d.e f`", "ident:a op:. quoted:b-c/d.e f"},
      {"<= >= == != && || < >", "op:<= op:>= op:== op:!= op:&& op:|| op:< op:>"},
      {"+-*/%!?:.,()[]{}", "op:+ op:- op:* op:/ op:% op:! op:? op:: op:. op:, op:( op:) op:[ op:] op:{ op:}"},
      {R"('a' "b" r'\n' '\x41')", R"(string:a string:b string:\n string:A)"},
      {"'''a'b\n\"c'''", "string:a'b\n\"c"},
      {"\"\"\"\"\"\"", "string:"},
      {"b'x' B\"y\" rb'\\z' bR'\\w'", "bytes:x bytes:y bytes:\\z bytes:\\w"},
      {"rbx", "ident:rbx"},
      {R"('\'')", "string:'"},
  };
  for (const auto& c : cases) EXPECT_EQ(Tokens(c.source), c.tokens) << c.source;
}

TEST(LexerTest, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string source;
    std::string error;
  } cases[] = {
      {"a = b", "line 1, column 3: unexpected character '='"},
      {"a &", "line 1, column 3: unexpected character '&'"},
      {"a\n  # b", "line 2, column 3: unexpected character '#'"},
      {"'é' ©", "line 1, column 5: unexpected character '©'"},
      {"'open", "line 1, column 1: a string is not closed"},
      {"'open\n'", "line 1, column 1: a string is not closed"},
      {"'''open'", "line 1, column 1: a string is not closed"},
      {"'ends\\", "line 1, column 1: a string is not closed"},
      {"'a\\q'", "line 1, column 3: invalid escape sequence \\q"},
      {"0x", "line 1, column 1: a hexadecimal number needs a digit after 0x"},
      {"1e", "line 1, column 1: a number's exponent needs a digit"},
      {"12ab", "line 1, column 1: a number runs into a name"},
      {"a.`b", "line 1, column 3: a quoted name is not closed"},
      {"a.`b$`", "line 1, column 3: a quoted name is of letters, digits and _.-/ and spaces"},
      {"a.``", "line 1, column 3: a quoted name is of letters, digits and _.-/ and spaces"},
  };
  for (const auto& c : cases) EXPECT_EQ(Tokens(c.source), c.error) << c.source;
}

TEST(LexerTest, AnErrorShowsItsPlace) {
  const auto shown = [](std::string_view source, size_t offset) {
    return std::string(ErrorAt(source, offset, "wrong").message());
  };
  EXPECT_EQ(shown("a + b", 4), "line 1, column 5: wrong\n  a + b\n      ^");
  EXPECT_EQ(shown("a +\n\tb + c\n+ d", 9), "line 2, column 6: wrong\n  \tb + c\n  \t    ^");
  EXPECT_EQ(shown("'é' + ü", 7), "line 1, column 7: wrong\n  'é' + ü\n        ^");
  EXPECT_EQ(shown("", 0), "line 1, column 1: wrong\n  \n  ^");
  EXPECT_EQ(shown("a\r\nb", 0), "line 1, column 1: wrong\n  a \n  ^");
  const std::string longer = std::string(100, 'x') + "!" + std::string(100, 'y');
  EXPECT_EQ(shown(longer, 100), "line 1, column 101: wrong\n  …" + std::string(60, 'x') + "!" + std::string(59, 'y') +
                                    "…\n   " + std::string(60, ' ') + "^");
}

TEST(LexerTest, EndsForEver) {
  Lexer lexer("a");
  EXPECT_EQ(lexer.Next()->kind, Token::Kind::kIdent);
  EXPECT_EQ(lexer.Next()->kind, Token::Kind::kEnd);
  EXPECT_EQ(lexer.Next()->kind, Token::Kind::kEnd);
}

TEST(LexerTest, KnowsReservedWords) {
  EXPECT_TRUE(IsKeyword("in"));
  EXPECT_TRUE(IsReserved("null"));
  EXPECT_TRUE(IsReserved("while"));
  EXPECT_FALSE(IsKeyword("while"));
  EXPECT_FALSE(IsReserved("user"));
}

}  // namespace
}  // namespace cadenza::cel
