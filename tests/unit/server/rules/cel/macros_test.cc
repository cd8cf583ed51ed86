#include "server/rules/cel/macros.h"

#include "gtest/gtest.h"
#include "server/rules/cel/parser.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(MacrosTest, AreKnownByNameAndArguments) {
  const struct {
    std::string source;
    Expr::Kind kind;
  } cases[] = {
      {"has(a.b)", Expr::Kind::kSelect},
      {"a.all(x, x)", Expr::Kind::kComprehension},
      {"a.exists(x, x)", Expr::Kind::kComprehension},
      {"a.exists_one(x, x)", Expr::Kind::kComprehension},
      {"a.existsOne(x, x)", Expr::Kind::kComprehension},
      {"a.map(x, x)", Expr::Kind::kComprehension},
      {"a.map(x, x, x)", Expr::Kind::kComprehension},
      {"a.filter(x, x)", Expr::Kind::kComprehension},
      // Other counts and kinds of call are calls.
      {"has(a, b)", Expr::Kind::kCall},
      {"a.has(b)", Expr::Kind::kCall},
      {"a.all(x)", Expr::Kind::kCall},
      {"all(x, x)", Expr::Kind::kCall},
      {"a.map(x)", Expr::Kind::kCall},
      {"a.filter(x, y, z)", Expr::Kind::kCall},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<ExprPtr> tree = Parse(c.source, {});
    ASSERT_TRUE(tree.ok()) << c.source;
    EXPECT_EQ((*tree)->kind, c.kind) << c.source;
  }
}

TEST(MacrosTest, RefuseWrongArguments) {
  ExpectAll({
      {"has(1)", "error: line 1, column 1: has() takes a selected field, as in has(event.total)"},
      {"has(has(a.b))", "error: line 1, column 1: has() takes a selected field, as in has(event.total)"},
      {"[1].all(1, true)", "error: line 1, column 5: the first argument of all() is the name of its variable"},
      {"[1].map(a.b, true)", "error: line 1, column 5: the first argument of map() is the name of its variable"},
      {"[1].map(.x, true)", "error: line 1, column 5: the first argument of map() is the name of its variable"},
  });
}

}  // namespace
}  // namespace cadenza::cel
