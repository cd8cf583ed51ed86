// Experiments: which variant of a campaign a user gets, and who is held out of all campaigns. Pure; any thread.
//
// The method is GrowthBook's (docs.growthbook.io/lib/build-your-own, hash version 2), so that what is found there can
// be compared: a user's bucket is
//   FNV-1a32(decimal(FNV-1a32(seed + user))) mod 10000 / 10000
// and variant i has the buckets of [w0 + … + w(i-1), w0 + … + wi), the w being the weights over their sum. The seed is
// the workspace and the campaign, so one campaign's allocation says nothing about another's.
//
// The first allocation is stored with the user, and kept as long as the campaign has that variant: changed weights
// concern only users who have none yet.
#ifndef CADENZA_SERVER_RULES_GATES_EXPERIMENT_H_
#define CADENZA_SERVER_RULES_GATES_EXPERIMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cadenza::rules {

// FNV-1a, 32 bit (datatracker.ietf.org/doc/html/draft-eastlake-fnv).
uint32_t Fnv1a32(std::string_view bytes);

// GrowthBook's hash of `value`, 0 to below 1; nothing for a version that is neither 1 nor 2.
std::optional<double> HashToUnit(std::string_view seed, std::string_view value, int version);

// Of [0, 1): start included, end excluded.
struct BucketRange {
  double start = 0;
  double end = 0;
  friend bool operator==(const BucketRange&, const BucketRange&) = default;
};

// `count` times 1 / count; none if `count` is not positive.
std::vector<double> EqualWeights(int count);

// Where each variant's buckets are. Weights that are not `count`, or whose sum is not within 0.01 of 1, are taken as
// equal ones; coverage, the part of each range that is used, as the nearest of 0 to 1.
std::vector<BucketRange> BucketRanges(int count, double coverage, const std::vector<double>& weights);

// The first range that holds `bucket`; -1 if none does.
int ChooseVariation(double bucket, const std::vector<BucketRange>& ranges);

// Whether the user's bucket in the namespace is in [start, end): experiments in disjoint ranges of one namespace share
// no user.
bool InNamespace(std::string_view user, std::string_view name, const BucketRange& range);

struct VariantWeight {
  std::string variant_id;
  int32_t weight = 1;  // of the sum of all
};

struct Allocation {
  size_t variant = 0;  // its place among the variants
  double bucket = 0;
  bool stored = false;  // it is the one that was given before
};

class Experiment {
 public:
  static constexpr size_t kMaxVariants = 20;
  static constexpr int32_t kMaxWeight = 10000;

  // INVALID_ARGUMENT names the field, "variants[3].weight: …".
  static absl::StatusOr<Experiment> Make(std::string seed, const std::vector<VariantWeight>& variants);

  // `stored` is the variant_id that the user was given before; "" if none was.
  Allocation Allocate(std::string_view user, std::string_view stored) const;

 private:
  Experiment() = default;

  std::string seed_;
  std::vector<std::string> variant_ids_;
  std::vector<BucketRange> ranges_;
};

// The global holdout: `basis_points` (hundredths of a percent) of all users of a workspace get no campaign message.
// Raising it holds out more and lets nobody back in. `salt` draws other users.
bool IsHeldOut(std::string_view workspace, std::string_view salt, int basis_points, std::string_view user);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_GATES_EXPERIMENT_H_
