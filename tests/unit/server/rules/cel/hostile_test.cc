// What an attacker, or a slip, may hand in: each ends with a clean error, by counted limits.
#include <ctime>
#include <iostream>
#include <random>

#include "gtest/gtest.h"
#include "server/rules/cel/utf8.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

Env HostileEnv() {
  Env env;
  env.AddVariable("text", Type::String());
  env.AddVariable("pattern", Type::String());
  env.AddVariable("items", Type::List(Type::Dyn()));
  return env;
}

MapActivation HostileActivation() {
  MapActivation activation;
  activation.Set("text", Value::String(std::string(64 << 10, 'a')));
  activation.Set("pattern", Value::String("((a{30}){30}){30}"));
  activation.Set("items", Value::List(std::vector<Value>(8'000, Value::Int(1))));
  return activation;
}

TEST(HostileTest, ExpensiveEvaluationsEndAtTheCostLimit) {
  const std::string expressions[] = {
      // Exponential time, by nesting.
      "items.all(a, items.all(b, items.all(c, items.all(d, true))))",
      // Exponential time, though every operand is an error that || absorbs.
      "items.exists(a, items.exists(b, 1 / 0 == 1 || 1 / 0 == 2)) || true",
      // Exponential space.
      "[items].map(x, [x, x])" + Repeat(".map(x, x + x)", 40) + ".size() > 0",
      "[text].map(x, x + x)" + Repeat(".map(x, x + x)", 40) + "[0] == ''",
      // Quadratic copying.
      "items.map(x, text + 'b').size() > 0",
      "items.map(x, items + items).size() > 0",
      // Equality of values that share their insides.
      "[1].map(x, [x, x])" + Repeat(".map(x, [x, x])", 60) + " == [1].map(x, [x, x])" + Repeat(".map(x, [x, x])", 60),
      "items.exists(x, items == items && x == 2)",
      // Long texts, over and over.
      "items.exists(x, text.contains('ab'))",
      "items.exists(x, text.size() == 1)",
      "items.exists(x, text == text && x == 2)",
      "items.exists(x, text < text)",
      "items.exists(x, bytes(text) == b'')",
      "items.exists(x, x + 1 in items)",
      // Regular expressions: the match, and the compiling.
      "items.exists(x, text.matches('(a+)+$b'))",
      "items.exists(x, text.matches('(.*a){12}b'))",
      "items.exists(x, 'a'.matches('a{' + string(x) + '00}b'))",
      "items.exists(x, 'a'.matches(pattern) || false)",
      "items.exists(x, 'a'.matches(text) && x == 2)",
  };
  std::clock_t slowest = 0;
  std::string culprit;
  for (const std::string& expression : expressions) {
    const std::clock_t start = std::clock();
    const absl::StatusOr<Value> result = Evaluate(expression, HostileEnv(), HostileActivation());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted)
        << expression.substr(0, 80) << ": " << Shown(result);
    if (const std::clock_t took = std::clock() - start; took > slowest) {
      slowest = took;
      culprit = expression;
    }
  }
  std::cout << "slowest to its limit: " << slowest * 1000 / CLOCKS_PER_SEC << " ms of CPU, " << culprit.substr(0, 80)
            << "\n";
}

TEST(HostileTest, DeepAndLongExpressionsAreRefused) {
  const std::string expressions[] = {
      Repeat("(", 2000) + "1" + Repeat(")", 2000),
      Repeat("(", 4000),
      Repeat("[", 4000),
      Repeat("{1:", 1300),
      Repeat("f(", 2000),
      Repeat("-(", 2000),
      Repeat("!(", 2000),
      Repeat("a?", 2000),
      Repeat("a?b:", 1000),
      Repeat("[1].map(x,", 400),
      "a" + Repeat("[a", 2000),
      "1" + Repeat("+1", 2000),
      "a" + Repeat(".a", 2000),
      "1" + Repeat("+1", 50'000),
      Repeat("a", 5'000),
      std::string(1 << 20, '('),
  };
  for (const std::string& expression : expressions) {
    EXPECT_FALSE(Compile(expression, Env()).ok()) << expression.substr(0, 40);
    EXPECT_FALSE(CompileUnchecked(expression, Env()).ok()) << expression.substr(0, 40);
  }
}

TEST(HostileTest, HugePatternsAreRefusedWhenCompiled) {
  const std::string patterns[] = {"((a{100}){100}){100}", "(((a{9}){9}){9}){9}" + Repeat("(a{900})", 100),
                                  Repeat("(a|", 900), "a{1001}"};
  for (const std::string& pattern : patterns) {
    const auto program = Compile("'x'.matches('" + pattern + "')", Env());
    EXPECT_EQ(program.status().code(), absl::StatusCode::kInvalidArgument) << pattern.substr(0, 40);
  }
}

TEST(HostileTest, TheDeepestTreeAllowedIsEvaluated) {
  EXPECT_EQ(Shown(Evaluate("1" + Repeat("+1", 255))), "256");
  EXPECT_EQ(Shown(Evaluate(Repeat("(", 32) + "1" + Repeat(")", 32))), "1");
  EXPECT_EQ(Shown(Evaluate(Repeat("false ? 0 : ", 255) + "1")), "1");
}

// Whatever comes, a result or an error: no crash, nothing for a sanitizer to report, and errors are text.
TEST(HostileTest, RandomExpressionsNeverCrash) {
  static const char* const kPieces[] = {"x",         "1",          "2u",
                                        "-3",        "1.5",        "'s'",
                                        "b'b'",      "true",       "null",
                                        "[",         "]",          "{",
                                        "}",         "(",          ")",
                                        ",",         ":",          "?",
                                        "&&",        "||",         "!",
                                        "-",         "+",          "*",
                                        "/",         "%",          "==",
                                        "<",         " in ",       ".",
                                        ".map(",     ".all(y,",    "y",
                                        "has(",      "size(",      "int(",
                                        "string(",   "timestamp(", "duration('1h')",
                                        ".matches(", ".getHours(", "type(",
                                        "dyn(",      "'\\x",       "`q`",
                                        "\\",        "//",         "9223372036854775807"};
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Env env;
  env.AddVariable("x", Type::Dyn());
  MapActivation activation;
  activation.Set("x", Value::List({Value::Int(1), Value::String("a"), Value::Null()}));
  int evaluated = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string source;
    const int pieces = 1 + static_cast<int>(random() % 12);
    for (int p = 0; p < pieces; ++p) source += kPieces[random() % std::size(kPieces)];
    const auto program = i % 2 == 0 ? Compile(source, env) : CompileUnchecked(source, env);
    if (!program.ok()) {
      ASSERT_FALSE(program.status().message().empty()) << source;
      continue;
    }
    ++evaluated;
    const absl::StatusOr<Value> result = (*program)->Evaluate(activation);
    ASSERT_FALSE(Shown(result).empty()) << source;
  }
  EXPECT_GT(evaluated, 100);
}

TEST(HostileTest, RandomBytesNeverCrash) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 30'000; ++i) {
    std::string source;
    for (size_t length = random() % 24; length > 0; --length) source.push_back(static_cast<char>(random() % 256));
    const auto program = Compile(source, Env());
    if (!program.ok()) {
      const std::string message(program.status().message());
      ASSERT_TRUE(ValidUtf8(message)) << message;
    }
  }
}

}  // namespace
}  // namespace cadenza::cel
