#include "server/lanes/free_time.h"

#include <bitset>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/seed.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'700'049'600);
absl::Time At(int64_t seconds) { return kNow + absl::Seconds(seconds); }
constexpr absl::Duration kOne = absl::Seconds(1);

TEST(FreeTimeTest, WithoutBoundsAllIsFree) {
  const FreeTime free = FreeTime::FromBounds({});
  EXPECT_EQ(free.FindRoom(kNow, absl::Hours(1)), kNow);
  EXPECT_EQ(free.EndOf(kNow), absl::InfiniteFuture());
}

TEST(FreeTimeTest, RoomIsFoundInTheFirstStretchThatIsLongEnough) {
  const FreeTime free = FreeTime::FromBounds({At(0), At(2), At(5), At(9), At(20)});
  EXPECT_EQ(free.FindRoom(At(-7), kOne), At(0));
  EXPECT_EQ(free.FindRoom(At(1), kOne), At(1));
  EXPECT_EQ(free.FindRoom(At(1), 2 * kOne), At(5));
  EXPECT_EQ(free.FindRoom(At(8), 2 * kOne), At(20));
  EXPECT_EQ(free.FindRoom(At(30), absl::Hours(1)), At(30));
  EXPECT_EQ(free.EndOf(At(1)), At(2));
  EXPECT_EQ(free.EndOf(At(5)), At(9));
  EXPECT_EQ(FreeTime().FindRoom(kNow, kOne), std::nullopt);
}

TEST(FreeTimeTest, BoundsAreThoseItWasMadeFrom) {
  const std::vector<absl::Time> bounds = {At(0), At(2), At(5), At(9), At(20)};
  EXPECT_EQ(FreeTime::FromBounds(bounds).Bounds(), bounds);
  // Damaged ones free nothing that should not be.
  EXPECT_THAT(FreeTime::FromBounds({At(5), At(2), At(9)}).stretches(),
              ElementsAre(Stretch{At(9), absl::InfiniteFuture()}));
}

TEST(FreeTimeTest, ShortStretchesCanBeDropped) {
  FreeTime free = FreeTime::FromBounds({At(0), At(2), At(5), At(9), At(20)});
  free.DropShorterThan(3 * kOne);
  EXPECT_THAT(free.Bounds(), ElementsAre(At(5), At(9), At(20)));
  free.DropBefore(At(7));
  EXPECT_THAT(free.Bounds(), ElementsAre(At(7), At(9), At(20)));
  free.DropBefore(absl::InfiniteFuture());
  EXPECT_THAT(free.stretches(), IsEmpty());
}

TEST(FreeTimeTest, AgreesWithASetOfSeconds) {
  constexpr int kSeconds = 60;
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  const auto below = [&random](int n) { return static_cast<int>(random() % static_cast<uint64_t>(n)); };
  for (int round = 0; round < 300; ++round) {
    FreeTime free;
    std::bitset<kSeconds> model;
    for (int step = 0; step < 40; ++step) {
      const int from = below(kSeconds + 1), to = below(kSeconds + 1);
      const bool add = below(2) == 0;
      for (int i = from; i < to; ++i) model[static_cast<size_t>(i)] = add;
      add ? free.Add({At(from), At(to)}) : free.Take({At(from), At(to)});

      const int at = below(kSeconds), length = 1 + below(5);
      std::optional<absl::Time> room;
      int run = 0;
      for (int i = at; i < kSeconds && !room.has_value(); ++i) {
        run = model[static_cast<size_t>(i)] ? run + 1 : 0;
        if (run == length) room = At(i - length + 1);
      }
      ASSERT_EQ(free.FindRoom(At(at), length * kOne), room) << "round " << round << ", step " << step;
      for (size_t i = 1; i < free.stretches().size(); ++i) {
        ASSERT_LT(free.stretches()[i - 1].to, free.stretches()[i].from);
      }
    }
  }
}

}  // namespace
}  // namespace cadenza::lanes
