#include "server/rules/running_test.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>

#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

const Variant* Find(const std::vector<Variant>& variants, std::string_view variant_id) {
  const auto found = std::find_if(variants.begin(), variants.end(),
                                  [variant_id](const Variant& variant) { return variant.variant_id == variant_id; });
  return found == variants.end() ? nullptr : &*found;
}

int64_t Sum(const std::vector<Variant>& variants) {
  return std::accumulate(variants.begin(), variants.end(), int64_t{0},
                         [](int64_t sum, const Variant& variant) { return sum + variant.weight; });
}

// The weights of those that stay, as parts of a whole.
bool SameParts(const Campaign& before, const Campaign& after) {
  return std::all_of(after.variants.begin(), after.variants.end(), [&](const Variant& variant) {
    const Variant* old = Find(before.variants, variant.variant_id);
    return old != nullptr && old->weight * Sum(after.variants) == variant.weight * Sum(before.variants);
  });
}

}  // namespace

std::vector<TemplateWarning> WarnOfRunningTest(const Campaign& before, const Campaign& after) {
  std::vector<TemplateWarning> warnings;
  if (before.state != Campaign::State::kActive || before.variants.empty()) return warnings;
  const auto warn = [&warnings](std::string field, std::string_view id, std::string_view what) {
    warnings.push_back(
        {.field = std::move(field),
         .message = StrCat("a test is under way, and ", id.empty() ? "" : StrCat("variant '", id, "' "), what)});
  };
  bool same_set = before.variants.size() == after.variants.size();
  for (const Variant& old : before.variants) {
    if (Find(after.variants, old.variant_id) != nullptr) continue;
    same_set = false;
    warn("variants", old.variant_id, "is taken out of it: its users are drawn anew, what it measured is void");
  }
  for (size_t i = 0; i < after.variants.size(); ++i) {
    const Variant& variant = after.variants[i];
    const std::string field = StrCat("variants[", i, "]");
    const Variant* old = Find(before.variants, variant.variant_id);
    if (old == nullptr) {
      same_set = false;
      warn(field, variant.variant_id, "is added: it gets users from now on only, and does not compare with the others");
    } else if (old->control != variant.control) {
      warn(field + ".control", variant.variant_id,
           variant.control ? "becomes the control: what it measured is void"
                           : "is the control no more: what it measured is void");
    } else if (old->message != variant.message) {
      warn(field + ".message", variant.variant_id,
           "says something else from now on: what it measured mixes with what it will");
    }
  }
  if (same_set && !SameParts(before, after)) {
    warn("variants", "", "the weights change: users who entered before and after do not compare");
  }
  return warnings;
}

}  // namespace cadenza::rules
