#include "server/ingest/ack_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace cadenza::ingest {
namespace {

Verdict Applied(int64_t seq) {
  return {.kind = Verdict::Kind::kApplied, .user_seq = seq, .rejection = absl::OkStatus()};
}
Verdict Duplicate(int64_t seq) {
  return {.kind = Verdict::Kind::kDuplicate, .user_seq = seq, .rejection = absl::OkStatus()};
}

const UserKey kAda = UserKey::User("w", "ada");

TEST(AckLedgerTest, AcksOnlyAnUnbrokenRun) {
  AckLedger ledger(false, false);
  for (int64_t p = 5; p <= 8; ++p) ASSERT_TRUE(ledger.Open(p, 10));
  EXPECT_FALSE(ledger.has_ack());
  ledger.Settle(6, kAda, Applied(2));
  EXPECT_FALSE(ledger.has_ack());
  ledger.Settle(5, kAda, Applied(1));
  ASSERT_TRUE(ledger.has_ack());
  EXPECT_EQ(ledger.TakeAck().acked_through, 6);
  EXPECT_FALSE(ledger.has_ack());
  EXPECT_EQ(ledger.open_count(), 2u);
  EXPECT_EQ(ledger.open_bytes(), 20);
}

TEST(AckLedgerTest, RefusesAGapAndARepetition) {
  AckLedger ledger(false, false);
  EXPECT_TRUE(ledger.Open(1, 0));
  EXPECT_FALSE(ledger.Open(3, 0));
  EXPECT_FALSE(ledger.Open(1, 0));
  EXPECT_TRUE(ledger.Open(2, 0));
}

TEST(AckLedgerTest, AResultIsToldOnceAndNotBeforeItsAck) {
  AckLedger ledger(false, false);
  ledger.Open(1, 0);
  ledger.Open(2, 0);
  ledger.Settle(2, kAda, Duplicate(7));
  EXPECT_FALSE(ledger.has_ack());
  ledger.Settle(1, kAda, Applied(9));
  AckLedger::Ack ack = ledger.TakeAck();
  ASSERT_EQ(ack.results.size(), 1u);
  EXPECT_EQ(ack.results[0].first, 2);
  EXPECT_EQ(ack.results[0].second.user_seq, 7);
  ledger.Open(3, 0);
  ledger.Settle(3, kAda, Applied(10));
  EXPECT_TRUE(ledger.TakeAck().results.empty());
}

TEST(AckLedgerTest, UserSeqsAreTheHighestOfWhatIsAcked) {
  AckLedger ledger(false, true);
  for (int64_t p = 1; p <= 3; ++p) ledger.Open(p, 0);
  ledger.Settle(1, kAda, Applied(4));
  ledger.Settle(3, kAda, Applied(6));
  AckLedger::Ack ack = ledger.TakeAck();
  ASSERT_EQ(ack.user_seqs.size(), 1u);
  EXPECT_EQ(ack.user_seqs[0].second, 4);
  ledger.Settle(2, kAda, Duplicate(1));
  EXPECT_EQ(ledger.TakeAck().user_seqs[0].second, 6);
}

TEST(AckLedgerTest, AnyOrderOfSettlementsAcksEverythingOnceInOrder) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<int64_t> positions(200);
    std::iota(positions.begin(), positions.end(), 1);
    AckLedger ledger(true, false);
    for (int64_t p : positions) ASSERT_TRUE(ledger.Open(p, 1));
    std::shuffle(positions.begin(), positions.end(), random);
    int64_t acked = 0;
    std::vector<int64_t> told;
    for (int64_t p : positions) {
      ledger.Settle(p, kAda, Applied(p));
      if (!ledger.has_ack() || random() % 3 == 0) continue;
      AckLedger::Ack ack = ledger.TakeAck();
      EXPECT_GT(ack.acked_through, acked);
      acked = ack.acked_through;
      for (auto& [position, verdict] : ack.results) told.push_back(position);
      EXPECT_EQ(static_cast<int64_t>(told.size()), acked);
    }
    if (ledger.has_ack()) {
      for (auto& [position, verdict] : ledger.TakeAck().results) told.push_back(position);
    }
    EXPECT_EQ(told.size(), 200u);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(ledger.open_bytes(), 0);
  }
}

}  // namespace
}  // namespace cadenza::ingest
