#include "server/backtest/tally.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/text.h"

namespace cadenza::backtest {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

const absl::Time kNoon = absl::FromUnixSeconds(1'800'014'400);  // 2027-01-15 12:00 UTC

Message Of(std::string_view user, std::string_view event_id, std::string_view body = "hello") {
  Message message;
  message.user = UserKey::User("shop", user);
  message.event_id = std::string(event_id);
  message.message_id = ToHex(DigestOf(StrCat(user, event_id)));
  message.body = std::string(body);
  message.create_time = kNoon;
  return message;
}

TEST(TallyTest, PutsMessagesSideBySideByUserAndEvent) {
  Message late = Of("ada", "e4");
  late.create_time += absl::Hours(24);
  Difference difference;
  Compare({Of("ada", "e1"), Of("ada", "e2"), Of("ada", "e3", "new"), Of("bob", "e1"), late},
          {Of("ada", "e1"), Of("ada", "e3"), Of("ada", "e5"), Of("ada", "e4")}, absl::UTCTimeZone(), &difference);
  // e2 and bob's e1; e5; e3 and e4; e1.
  EXPECT_THAT(difference.total, ElementsAre(2, 1, 2, 1));
  EXPECT_THAT(difference.days[absl::CivilDay(2027, 1, 15)], ElementsAre(2, 1, 1, 1));
  EXPECT_THAT(difference.days[absl::CivilDay(2027, 1, 16)], ElementsAre(0, 0, 1, 0));
  EXPECT_EQ(difference.samples[Difference::kOnlyOther].at(0).other->event_id, "e5");
}

TEST(TallyTest, ASampleIsDrawnTheSameHoweverTheWorkIsCut) {
  Difference whole, first, second;
  std::vector<Message> all, even, odd;
  for (int i = 0; i < 100; ++i) {
    all.push_back(Of("ada", StrCat("e", i)));
    (i % 2 == 0 ? even : odd).push_back(all.back());
  }
  Compare(all, {}, absl::UTCTimeZone(), &whole);
  Compare(even, {}, absl::UTCTimeZone(), &first);
  Compare(odd, {}, absl::UTCTimeZone(), &second);
  Add(second, &first);
  EXPECT_EQ(first.total, whole.total);
  EXPECT_EQ(first.days, whole.days);
  ASSERT_THAT(whole.samples[Difference::kOnlyDraft], SizeIs(kSamples));
  for (size_t i = 0; i < kSamples; ++i) {
    EXPECT_EQ(first.samples[Difference::kOnlyDraft][i].draft, whole.samples[Difference::kOnlyDraft][i].draft);
  }
}

TEST(TallyTest, AddsWhatOthersCounted) {
  Counts some, more;
  some.sent = 2;
  some.stopped[Gate::kCondition] = 1;
  some.messages[absl::CivilDay(2027, 1, 15)]["a"] = 2;
  some.errors["e"] = 1;
  more = some;
  more.stopped[Gate::kRender] = 4;
  more.waiting = 3;
  Add(more, &some);
  EXPECT_EQ(some.sent, 4);
  EXPECT_EQ(some.waiting, 3);
  EXPECT_EQ(some.stopped[Gate::kCondition], 2);
  EXPECT_EQ(some.stopped[Gate::kRender], 4);
  EXPECT_EQ(some.messages[absl::CivilDay(2027, 1, 15)]["a"], 4);
  EXPECT_EQ(some.errors["e"], 2);
}

}  // namespace
}  // namespace cadenza::backtest
