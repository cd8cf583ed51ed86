// The specification's expressions, and what becomes of them by slips of many kinds: each compiles or says why not, and
// evaluates to a value or an error, the same twice; no crash, nothing for a sanitizer to report.
#include <fstream>
#include <iostream>
#include <random>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/rules/cel/utf8.h"
#include "tests/fuzz/cel_world.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

constexpr int kMutations = 20'000;

std::vector<std::string> Expressions() {
  const char* source = std::getenv("CADENZA_SOURCE");
  std::ifstream file(std::string(source != nullptr ? source : ".") + "/../shared/suites/cel.json");
  std::vector<std::string> expressions;
  if (!file) return expressions;
  for (const nlohmann::json& json : nlohmann::json::parse(file)) expressions.push_back(json["expr"]);
  return expressions;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, uint32_t seed) : corpus_(corpus), random_(seed) {}

  std::string Next() {
    std::string text = Any();
    for (size_t times = 1 + random_() % 4; times > 0; --times) Mutate(&text);
    return text;
  }

 private:
  const std::string& Any() { return corpus_[random_() % corpus_.size()]; }
  size_t Place(const std::string& text) { return random_() % (text.size() + 1); }
  // A piece of any expression.
  std::string Piece() {
    const std::string& from = Any();
    const size_t begin = Place(from);
    return from.substr(begin, random_() % 24);
  }

  void Mutate(std::string* text) {
    static constexpr std::string_view kBytes = "()[]{}.,:?!-+*/%<>=&|'\"`\\ \n019eux_\xC3\xFF";
    const size_t at = Place(*text);
    switch (random_() % 7) {
      case 0:
        text->insert(at, 1, kBytes[random_() % kBytes.size()]);
        return;
      case 1:
        text->erase(at, 1 + random_() % 6);
        return;
      case 2:
        text->insert(at, Piece());
        return;
      case 3:
        text->replace(at, random_() % 12, Piece());
        return;
      case 4:
        *text = "(" + *text + (random_() % 2 == 0 ? ") == (" : ") + (") + Any() + ")";
        return;
      case 5:
        *text = "[" + *text + "].map(x, x" + (random_() % 2 == 0 ? " + x)" : ")");
        return;
      default:
        if (at < text->size()) (*text)[at] = static_cast<char>(random_() % 256);
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937 random_;
};

std::string All(const absl::StatusOr<Value>& result) {
  return result.ok() ? result->DebugString() : std::string(result.status().message());
}

TEST(MutationTest, NothingIsTooStrange) {
  const std::vector<std::string> corpus = Expressions();
  if (corpus.empty()) GTEST_SKIP() << "the specification's cases are not there";
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(corpus, seed);
  const MapActivation values = MakeFuzzActivation();
  Limits limits;
  limits.cost = 5'000;
  limits.regex_program_bytes = 64 << 10;
  int compiled = 0;
  int evaluated = 0;
  for (int i = 0; i < kMutations; ++i) {
    const std::string text = i < static_cast<int>(corpus.size()) ? corpus[static_cast<size_t>(i)] : mutator.Next();
    const auto program = i % 2 == 0 ? Compile(text, FuzzEnv(), limits) : CompileUnchecked(text, FuzzEnv(), limits);
    if (!program.ok()) {
      ASSERT_TRUE(ValidUtf8(std::string(program.status().message()))) << text;
      continue;
    }
    ++compiled;
    const absl::StatusOr<Value> result = (*program)->Evaluate(values);
    evaluated += result.ok() ? 1 : 0;
    ASSERT_TRUE(ValidUtf8(All(result))) << text;
    ASSERT_EQ(All(result), All((*program)->Evaluate(values))) << text;
  }
  std::cout << kMutations << " texts: " << compiled << " compiled, " << evaluated << " gave a value\n";
  EXPECT_GT(compiled, kMutations / 20);
}

}  // namespace
}  // namespace cadenza::cel
