#include "server/rules/gates/experiment.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "tests/support/suite.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

std::vector<BucketRange> RangesOf(const Json& json) {
  std::vector<BucketRange> ranges;
  for (const Json& pair : json) ranges.push_back({pair[0].get<double>(), pair[1].get<double>()});
  return ranges;
}

void CheckHash(const Json& c) {
  const std::optional<double> hash = HashToUnit(c[0].get<std::string>(), c[1].get<std::string>(), c[2].get<int>());
  ASSERT_EQ(hash.has_value(), !c[3].is_null());
  if (hash.has_value()) {
    EXPECT_EQ(*hash, c[3].get<double>());
  }
}

void CheckRanges(const Json& c) {
  const Json& weights = c[1][2];
  const std::vector<BucketRange> ranges =
      BucketRanges(c[1][0].get<int>(), c[1][1].get<double>(),
                   weights.is_null() ? std::vector<double>() : weights.get<std::vector<double>>());
  const std::vector<BucketRange> expect = RangesOf(c[2]);
  ASSERT_EQ(ranges.size(), expect.size());
  for (size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_NEAR(ranges[i].start, expect[i].start, 1e-9) << i;
    EXPECT_NEAR(ranges[i].end, expect[i].end, 1e-9) << i;
  }
}

void CheckWeights(const Json& c) {
  const std::vector<double> weights = EqualWeights(c[0].get<int>());
  ASSERT_EQ(weights.size(), c[1].size());
  for (size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i], c[1][i].get<double>(), 1e-8);
}

TEST(ExperimentTest, TheSuite) {
  const std::optional<Json> suite = testing::ReadSuite("growthbook.json");
  if (!suite.has_value()) GTEST_SKIP() << "no ../shared/suites/growthbook.json";
  std::map<std::string, int> checked;
  for (const Json& json : *suite) {
    SCOPED_TRACE(json.dump());
    const std::string kind = json["kind"];
    const Json& c = json["case"];
    ++checked[kind];
    if (kind == "hash") CheckHash(c);
    if (kind == "getBucketRange") CheckRanges(c);
    if (kind == "getEqualWeights") CheckWeights(c);
    if (kind == "chooseVariation") {
      EXPECT_EQ(ChooseVariation(c[1].get<double>(), RangesOf(c[2])), c[3].get<int>());
    }
    if (kind == "inNamespace") {
      const BucketRange range{c[2][1].get<double>(), c[2][2].get<double>()};
      EXPECT_EQ(InNamespace(c[1].get<std::string>(), c[2][0].get<std::string>(), range), c[3].get<bool>());
    }
  }
  EXPECT_GE(checked["hash"], 15);
  EXPECT_GE(checked["getBucketRange"], 13);
  EXPECT_GE(checked["getEqualWeights"], 6);
  EXPECT_GE(checked["chooseVariation"], 13);
  EXPECT_GE(checked["inNamespace"], 16);
}

TEST(ExperimentTest, HashesAsTheDraftSays) {
  EXPECT_EQ(Fnv1a32(""), 0x811c9dc5u);
  EXPECT_EQ(Fnv1a32("a"), 0xe40c292cu);
  EXPECT_EQ(Fnv1a32("foobar"), 0xbf9cf968u);
}

std::vector<VariantWeight> Weights(const std::vector<int>& weights) {
  std::vector<VariantWeight> variants;
  for (const int weight : weights) variants.push_back({StrCat("v", variants.size()), weight});
  return variants;
}

// The user ids that people have: counted, random, and addresses.
std::string UserId(int shape, int i) {
  switch (shape) {
    case 0:
      return StrCat("u:", i);
    case 1:
      return absl::StrFormat("u:%08x-0000-4000-8000-%012x", Fnv1a32(StrCat(i)), i);
    default:
      return StrCat("u:customer.", i, "@example.com");
  }
}
constexpr int kShapes = 3;
constexpr int kUsers = 100'000;

// The value that chi-square with `degrees` of freedom exceeds once in 10,000 times (Wilson and Hilferty's cube).
double Critical(int degrees) {
  const double z = 3.719;
  const double part = 2.0 / (9.0 * degrees);
  return degrees * std::pow(1 - part + z * std::sqrt(part), 3);
}

TEST(ExperimentTest, AllocationOfAHundredThousandUsersFollowsTheWeights) {
  const std::vector<std::vector<int>> experiments = {
      {1, 1}, {9, 1}, {99, 1}, {1, 1, 1}, {50, 30, 20}, std::vector<int>(20, 1), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
  for (int shape = 0; shape < kShapes; ++shape) {
    for (size_t e = 0; e < experiments.size(); ++e) {
      const std::vector<int>& weights = experiments[e];
      const Experiment experiment = *Experiment::Make(StrCat("pizza/campaign-", e), Weights(weights));
      std::vector<int> counts(weights.size());
      for (int i = 0; i < kUsers; ++i) ++counts[experiment.Allocate(UserId(shape, i), "").variant];
      double total = 0;
      for (const int weight : weights) total += weight;
      double chi_square = 0;
      for (size_t v = 0; v < weights.size(); ++v) {
        const double expected = kUsers * weights[v] / total;
        chi_square += (counts[v] - expected) * (counts[v] - expected) / expected;
      }
      EXPECT_LT(chi_square, Critical(static_cast<int>(weights.size()) - 1)) << "ids " << shape << ", experiment " << e;
    }
  }
}

TEST(ExperimentTest, CampaignsAndTheHoldoutAreIndependent) {
  for (int shape = 0; shape < kShapes; ++shape) {
    const Experiment one = *Experiment::Make("pizza/one", Weights({1, 1}));
    const Experiment other = *Experiment::Make("pizza/other", Weights({1, 1}));
    std::vector<int> cells(8);
    for (int i = 0; i < kUsers; ++i) {
      const std::string user = UserId(shape, i);
      ++cells[one.Allocate(user, "").variant * 4 + other.Allocate(user, "").variant * 2 +
              (IsHeldOut("pizza", "", 5000, user) ? 1 : 0)];
    }
    double chi_square = 0;
    for (const int count : cells) chi_square += std::pow(count - kUsers / 8.0, 2) / (kUsers / 8.0);
    EXPECT_LT(chi_square, Critical(7)) << "ids " << shape;
  }
}

TEST(ExperimentTest, ChangedWeightsConcernOnlyNewUsers) {
  const Experiment before = *Experiment::Make("pizza/ab", Weights({1, 1, 1}));
  const Experiment after = *Experiment::Make("pizza/ab", Weights({0, 1, 9}));
  int moved = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string user = UserId(0, i);
    const Allocation first = before.Allocate(user, "");
    EXPECT_FALSE(first.stored);
    const Allocation again = after.Allocate(user, StrCat("v", first.variant));
    EXPECT_TRUE(again.stored);
    EXPECT_EQ(again.variant, first.variant);
    const Allocation fresh = after.Allocate(user, "");
    EXPECT_NE(fresh.variant, 0u);
    moved += fresh.variant != first.variant ? 1 : 0;
  }
  EXPECT_GT(moved, 300);
  // A variant that is gone is no allocation.
  const Allocation gone = before.Allocate("u:1", "v7");
  EXPECT_FALSE(gone.stored);
  EXPECT_EQ(gone.variant, before.Allocate("u:1", "").variant);
}

TEST(ExperimentTest, AHoldoutOnlyGrows) {
  int held_out = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string user = UserId(0, i);
    EXPECT_FALSE(IsHeldOut("pizza", "", 0, user));
    EXPECT_TRUE(IsHeldOut("pizza", "", 10'000, user));
    if (IsHeldOut("pizza", "", 500, user)) {
      ++held_out;
      EXPECT_TRUE(IsHeldOut("pizza", "", 700, user));
    }
  }
  EXPECT_NEAR(held_out, 500, 100);
}

TEST(ExperimentTest, RefusesWhatMakesNoSense) {
  const std::pair<std::vector<VariantWeight>, const char*> cases[] = {
      {{}, "variants: there are 0; there must be 1 to 20"},
      {Weights(std::vector<int>(21, 1)), "variants: there are 21"},
      {Weights({1, -1}), "variants[1].weight: is -1; it must be from 0 to 10000"},
      {Weights({10001}), "variants[0].weight: is 10001"},
      {Weights({0, 0}), "variants: have no weight at all"},
      {{{"a", 1}, {"b", 1}, {"a", 1}}, "variants[2].variant_id: 'a' is there twice"},
      {{{"", 1}}, "variants[0].variant_id: must not be empty"},
  };
  for (const auto& [variants, message] : cases) {
    const absl::StatusOr<Experiment> experiment = Experiment::Make("pizza/ab", variants);
    EXPECT_EQ(experiment.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(experiment.status().message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace cadenza::rules
