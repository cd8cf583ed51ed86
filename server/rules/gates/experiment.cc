#include "server/rules/gates/experiment.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

constexpr int kBuckets = 10000;

int BucketOf(std::string_view seed, std::string_view value) {
  return static_cast<int>(Fnv1a32(StrCat(Fnv1a32(StrCat(seed, value)))) % kBuckets);
}

absl::Status Invalid(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

absl::Status CheckVariants(const std::vector<VariantWeight>& variants) {
  if (variants.empty() || variants.size() > Experiment::kMaxVariants) {
    return Invalid("variants",
                   StrCat("there are ", variants.size(), "; there must be 1 to ", Experiment::kMaxVariants));
  }
  int64_t total = 0;
  for (size_t i = 0; i < variants.size(); ++i) {
    const VariantWeight& variant = variants[i];
    if (variant.variant_id.empty()) return Invalid(StrCat("variants[", i, "].variant_id"), "must not be empty");
    for (size_t j = 0; j < i; ++j) {
      if (variants[j].variant_id == variant.variant_id) {
        return Invalid(StrCat("variants[", i, "].variant_id"), StrCat("'", variant.variant_id, "' is there twice"));
      }
    }
    if (variant.weight < 0 || variant.weight > Experiment::kMaxWeight) {
      return Invalid(StrCat("variants[", i, "].weight"),
                     StrCat("is ", variant.weight, "; it must be from 0 to ", Experiment::kMaxWeight));
    }
    total += variant.weight;
  }
  return total > 0 ? absl::OkStatus() : Invalid("variants", "have no weight at all; give at least one more than 0");
}

}  // namespace

uint32_t Fnv1a32(std::string_view bytes) {
  uint32_t hash = 0x811c9dc5;
  for (const char byte : bytes) {
    hash ^= static_cast<uint8_t>(byte);
    hash *= 0x01000193;
  }
  return hash;
}

std::optional<double> HashToUnit(std::string_view seed, std::string_view value, int version) {
  if (version == 2) return BucketOf(seed, value) / static_cast<double>(kBuckets);
  if (version == 1) return Fnv1a32(StrCat(value, seed)) % 1000 / 1000.0;
  return std::nullopt;
}

std::vector<double> EqualWeights(int count) {
  return count < 1 ? std::vector<double>() : std::vector<double>(count, 1.0 / count);
}

std::vector<BucketRange> BucketRanges(int count, double coverage, const std::vector<double>& weights) {
  coverage = std::clamp(coverage, 0.0, 1.0);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool usable = static_cast<int>(weights.size()) == count && total >= 0.99 && total <= 1.01;
  std::vector<BucketRange> ranges;
  double start = 0;
  for (const double weight : usable ? weights : EqualWeights(count)) {
    ranges.push_back({start, start + coverage * weight});
    start += weight;
  }
  return ranges;
}

int ChooseVariation(double bucket, const std::vector<BucketRange>& ranges) {
  const auto found = std::find_if(ranges.begin(), ranges.end(), [bucket](const BucketRange& range) {
    return bucket >= range.start && bucket < range.end;
  });
  return found == ranges.end() ? -1 : static_cast<int>(found - ranges.begin());
}

bool InNamespace(std::string_view user, std::string_view name, const BucketRange& range) {
  return ChooseVariation(*HashToUnit(StrCat("__", name), user, 1), {range}) == 0;
}

absl::StatusOr<Experiment> Experiment::Make(std::string seed, const std::vector<VariantWeight>& variants) {
  if (absl::Status status = CheckVariants(variants); !status.ok()) return status;
  Experiment made;
  made.seed_ = std::move(seed);
  double total = 0;
  for (const VariantWeight& variant : variants) {
    made.variant_ids_.push_back(variant.variant_id);
    total += variant.weight;
  }
  // Not BucketRanges over w / total, whose sums are off by a rounding: of sums of whole numbers, the last ends at 1.
  double start = 0;
  for (const VariantWeight& variant : variants) {
    made.ranges_.push_back({start / total, (start + variant.weight) / total});
    start += variant.weight;
  }
  return made;
}

Allocation Experiment::Allocate(std::string_view user, std::string_view stored) const {
  const double bucket = *HashToUnit(seed_, user, 2);
  const auto known = std::find(variant_ids_.begin(), variant_ids_.end(), stored);
  if (known != variant_ids_.end()) return {static_cast<size_t>(known - variant_ids_.begin()), bucket, true};
  return {static_cast<size_t>(ChooseVariation(bucket, ranges_)), bucket, false};
}

bool IsHeldOut(std::string_view workspace, std::string_view salt, int basis_points, std::string_view user) {
  return BucketOf(StrCat("__holdout/", workspace, "/", salt), user) < basis_points;
}

}  // namespace cadenza::rules
