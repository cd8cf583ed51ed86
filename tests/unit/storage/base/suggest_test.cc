#include "storage/base/suggest.h"

#include <algorithm>
#include <random>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(SuggestTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("event_cuont", "event_count"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("abcdef", "bacdfe"), 2u);
}

// The definition, without a table: slow, and plainly right.
size_t Slowly(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const auto head = [](std::string_view text, size_t cut) { return text.substr(0, text.size() - cut); };
  size_t best = std::min({Slowly(head(a, 1), b) + 1, Slowly(a, head(b, 1)) + 1,
                          Slowly(head(a, 1), head(b, 1)) + (a.back() == b.back() ? 0 : 1)});
  if (a.size() > 1 && b.size() > 1 && a.back() == b[b.size() - 2] && b.back() == a[a.size() - 2]) {
    best = std::min(best, Slowly(head(a, 2), head(b, 2)) + 1);
  }
  return best;
}

TEST(SuggestTest, AgreesWithTheDefinition) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto word = [&] {
    std::string made;
    for (size_t size = random() % 6; size > 0; --size) made.push_back(static_cast<char>('a' + random() % 3));
    return made;
  };
  for (int i = 0; i < 500; ++i) {
    const std::string a = word();
    const std::string b = word();
    ASSERT_EQ(EditDistance(a, b), Slowly(a, b)) << a << " " << b;
  }
}

TEST(SuggestTest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string_view> names = {"event_count", "first_event", "last_event", "spent", "in", "name"};
  EXPECT_EQ(DidYouMean("event_cout", names), "; did you mean 'event_count'?");
  EXPECT_EQ(DidYouMean("eventCount", names), "; did you mean 'event_count'?");
  EXPECT_EQ(DidYouMean("Spent", names), "; did you mean 'spent'?");
  EXPECT_EQ(DidYouMean("nmae", names), "; did you mean 'name'?");
  EXPECT_EQ(DidYouMean("x", names), "");
  EXPECT_EQ(DidYouMean("zz", names), "");
  EXPECT_EQ(DidYouMean("revenue", names), "");
  EXPECT_EQ(DidYouMean(std::string(5000, 'x'), names), "");
}

}  // namespace
}  // namespace cadenza
