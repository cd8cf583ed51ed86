// kill -9 of the server while events stream in and messages out.
#include <random>

#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

constexpr int kKills = 24;
// Producers try again within 200 ms. What takes seconds is a connection that nobody looks after.
constexpr absl::Duration kReconnectLimit = absl::Seconds(3 * kSlowness);

TEST(KillTest, OfTheServerAtAnyMomentLosesAndDoublesNothing) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  std::mt19937_64 random(seed);
  auto server = StartServer(NewDatabase());
  ASSERT_NE(server, nullptr);
  ActivateThanks(server->target());

  Traffic traffic({.targets = {server->target()}, .producers = 3, .customers = 3});
  std::vector<std::unique_ptr<Phone>> phones;
  for (const std::string& customer : traffic.customers()) {
    phones.push_back(std::make_unique<Phone>(server->target(), customer));
  }
  for (int i = 0; i < kKills; ++i) {
    const auto more = static_cast<int64_t>(random() % 200);
    ASSERT_TRUE(traffic.AwaitAcked(traffic.acked() + 1 + more)) << "kill " << i;
    server->Kill();
    const int64_t before = traffic.acked();
    ASSERT_TRUE(server->Restart().ok()) << "kill " << i;
    EXPECT_TRUE(traffic.AwaitAcked(before + 1, kReconnectLimit)) << "kill " << i;
  }
  const int64_t before = traffic.acked();
  ASSERT_TRUE(traffic.AwaitAcked(before + 100));
  const absl::Status finished = traffic.Finish();
  ASSERT_TRUE(finished.ok()) << finished;
  EXPECT_EQ(traffic.rejected(), 0);

  ExpectExactly(server->target(), traffic);
  const std::vector<std::string> customers = traffic.customers();
  for (size_t i = 0; i < customers.size(); ++i) {
    const int64_t sent = traffic.sent_by(customers[i]);
    EXPECT_TRUE(phones[i]->AwaitCount(sent)) << phones[i]->event_ids().size() << " of " << sent;
    EXPECT_EQ(phones[i]->event_ids(), OrderIds(customers[i], sent));
  }
}

}  // namespace
}  // namespace cadenza::testing
