#include "storage/postgres/scan_pace.h"

#include "gtest/gtest.h"

namespace cadenza::postgres {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kPiece = absl::Milliseconds(4);

TEST(ScanPaceTest, RestsWhileTheLogGrows) {
  struct Case {
    const char* name;
    int64_t grown;
    absl::Duration within;
    bool busy;
  };
  const Case cases[] = {
      {"at rest", 0, absl::Milliseconds(50), false},
      {"heartbeats", 600, absl::Seconds(1), false},
      {"just not", ScanPace::kBusyBytes, absl::Seconds(1), false},
      {"just", ScanPace::kBusyBytes + 1, absl::Seconds(1), true},
      {"an import", 2 << 20, absl::Milliseconds(50), true},
      {"a thousand inputs a second", 50'000, absl::Milliseconds(50), true},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    ScanPace pace;
    EXPECT_TRUE(pace.WantsLook(kNow));
    pace.OnLook(kNow, 1'000'000);
    EXPECT_TRUE(pace.busy()) << "one look says nothing";
    EXPECT_FALSE(pace.WantsLook(kNow + absl::Milliseconds(49)));
    EXPECT_TRUE(pace.WantsLook(kNow + absl::Milliseconds(50)));
    pace.OnLook(kNow + one.within, 1'000'000 + one.grown);
    EXPECT_EQ(pace.busy(), one.busy);
    EXPECT_EQ(pace.Rest(kPiece, kPiece), one.busy ? 9 * kPiece : absl::ZeroDuration());
  }
}

TEST(ScanPaceTest, WhatIsDoneBetweenPiecesIsRestToo) {
  ScanPace pace;
  EXPECT_EQ(pace.Rest(kPiece, 4 * kPiece), 6 * kPiece);
  EXPECT_EQ(pace.Rest(kPiece, 10 * kPiece), absl::ZeroDuration());
  EXPECT_EQ(pace.Rest(kPiece, 100 * kPiece), absl::ZeroDuration());
  EXPECT_EQ(pace.Rest(absl::Minutes(10), absl::Minutes(10)), ScanPace::kRestMax);
}

TEST(ScanPaceTest, GoesOnAtFullSpeedOnceTheImportIsOver) {
  ScanPace pace;
  pace.OnLook(kNow, 0);
  pace.OnLook(kNow + absl::Milliseconds(50), 10 << 20);
  EXPECT_TRUE(pace.busy());
  pace.OnLook(kNow + absl::Milliseconds(100), 10 << 20);
  EXPECT_FALSE(pace.busy());
}

}  // namespace
}  // namespace cadenza::postgres
