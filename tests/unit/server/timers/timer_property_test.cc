// Timers under random faults, in two processes.
#include <gmock/gmock.h>

#include <random>

#include "tests/support/seed.h"
#include "tests/unit/server/timers/pumped.h"

namespace cadenza::lanes {
namespace {

using ::testing::IsEmpty;

// Faults, cancellations, merges, two processes: in the end each profile lists exactly what the store has, nothing has
// fired early or twice, and every sequence is gapless.
class FaultyStore : public FaultStore {
 public:
  FaultyStore(Store* base, uint64_t seed) : FaultStore(base), random_(seed) {}
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override {
    const int dice = static_cast<int>(random_() % 12);
    if (dice == 0) return absl::UnavailableError("random");
    if (dice == 1) return absl::UnknownError("not done");
    if (dice == 2) {
      (void)FaultStore::Commit(batch);
      return absl::UnknownError("done");
    }
    return FaultStore::Commit(batch);
  }

 private:
  std::mt19937_64 random_;
};

TEST(TimerPropertyTest, ProfilesAndStoreAgreeAndNothingIsEarlyOrTwice) {
  const uint64_t seed = cadenza::testing::TestSeed();
  SCOPED_TRACE(cadenza::testing::SeedLine(seed));
  for (int round = 0; round < 20; ++round) {
    std::mt19937_64 random(seed + round);
    auto below = [&random](int n) { return static_cast<int>(random() % n); };
    ManualClock clock(kNow);
    MemoryStore memory(MemoryOptions(&clock));
    FaultyStore faults_a(&memory, random()), faults_b(&memory, random());
    Pumped a(&faults_a), b(&faults_b);
    absl::Time now = kNow;
    for (int i = 0; i < 300; ++i) {
      Pumped& process = below(2) == 0 ? a : b;
      process.clock.Set(now);
      const int who = below(5);
      const UserKey user = who < 3 ? User(StrCat(who)) : Anonymous(StrCat(who));
      const int dice = below(20);
      if (dice < 9) {
        process.Submit(EventNow(user, StrCat("e", i), "cart_filled", now));
      } else if (dice < 11) {
        process.Submit(EventNow(user, StrCat("e", i), "order_placed", now));
      } else if (dice == 11 && i > 100) {
        process.Submit(IdentifyAs(User(StrCat(below(3))), StrCat("e", i), Anonymous(StrCat(3 + below(2)))));
      } else if (dice < 16) {
        process.StepAt(now);
      } else {
        process.RunPushed();
      }
      now += absl::Minutes(below(20));
    }
    for (int hour = 0; hour < 8; ++hour) {
      for (Pumped* process : {&a, &b}) {
        process->RunPushed();
        process->FireAt(now + absl::Hours(hour));
      }
    }
    EXPECT_THAT(memory.timers().FindDue({absl::InfiniteFuture(), 1000, 1 << 20})->timers, IsEmpty());
    EXPECT_THAT(memory.timers().ListParked({"shop", "", "", 1000}).value(), IsEmpty());
    absl::flat_hash_set<std::string> ids;
    size_t fired = 0;
    for (int who = 0; who < 5; ++who) {
      const UserKey user = who < 3 ? User(StrCat(who)) : Anonymous(StrCat(who));
      const Profile profile = StoredProfile(memory, user);
      EXPECT_THAT(profile.timers, IsEmpty());
      int64_t expected_seq = 0;
      for (const StoredEvent& event : memory.ListEvents(user, 0, false, 1000).value()) {
        EXPECT_EQ(event.user_seq, ++expected_seq);
        v1::Input input;
        // Of inputs that no timer was set by, the workbench makes bodies of its own.
        if (!input.ParseFromString(event.body) || !input.has_timer_fired()) continue;
        ++fired;
        EXPECT_GE(absl::ToUnixMicros(event.receive_time),
                  input.time().seconds() * 1'000'000 + input.time().nanos() / 1000)
            << "early";
      }
      for (const Message& message : memory.ListMessages(user, 0, 1000, absl::InfinitePast()).value()) {
        EXPECT_TRUE(ids.insert(message.event_id).second) << "twice: " << message.event_id;
      }
    }
    EXPECT_EQ(ids.size(), fired);
    EXPECT_GT(fired, 10u);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cadenza::lanes
