#include "storage/redis/circuit_breaker.h"

#include <gtest/gtest.h>

namespace cadenza::redis {
namespace {

using std::chrono::milliseconds;
using State = CircuitBreaker::State;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void Fail() {
    ASSERT_TRUE(breaker_.Allow(now_));
    breaker_.Failed(now_);
  }
  CircuitBreaker breaker_{{2, milliseconds(100), milliseconds(300)}};
  CircuitBreaker::TimePoint now_{};
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  Fail();
  ASSERT_TRUE(breaker_.Allow(now_));
  breaker_.Succeeded();
  Fail();
  EXPECT_EQ(breaker_.state(), State::kClosed);
  Fail();
  EXPECT_EQ(breaker_.state(), State::kOpen);
  EXPECT_FALSE(breaker_.Allow(now_ + milliseconds(99)));
}

TEST_F(CircuitBreakerTest, OneProbeAtATimeAndItsSuccessCloses) {
  Fail();
  Fail();
  now_ += milliseconds(100);
  EXPECT_TRUE(breaker_.Allow(now_));
  EXPECT_EQ(breaker_.state(), State::kHalfOpen);
  EXPECT_FALSE(breaker_.Allow(now_));
  breaker_.Succeeded();
  EXPECT_EQ(breaker_.state(), State::kClosed);
  EXPECT_TRUE(breaker_.Allow(now_));
}

TEST_F(CircuitBreakerTest, AFailedProbeDoublesTheBackoffUpToTheMaximum) {
  Fail();
  Fail();
  for (milliseconds backoff : {milliseconds(100), milliseconds(200), milliseconds(300), milliseconds(300)}) {
    EXPECT_FALSE(breaker_.Allow(now_ + backoff - milliseconds(1)));
    now_ += backoff;
    Fail();
    EXPECT_EQ(breaker_.state(), State::kOpen);
  }
  now_ += milliseconds(300);
  ASSERT_TRUE(breaker_.Allow(now_));
  breaker_.Succeeded();
  Fail();
  Fail();
  EXPECT_TRUE(breaker_.Allow(now_ + milliseconds(100))) << "the backoff begins anew";
}

TEST_F(CircuitBreakerTest, ACallFromBeforeTheOpeningChangesNothing) {
  ASSERT_TRUE(breaker_.Allow(now_));  // a slow one
  ASSERT_TRUE(breaker_.Allow(now_));  // another
  Fail();
  Fail();
  breaker_.Succeeded();
  EXPECT_EQ(breaker_.state(), State::kOpen);
  breaker_.Failed(now_ + milliseconds(90));
  EXPECT_TRUE(breaker_.Allow(now_ + milliseconds(100)));
}

}  // namespace
}  // namespace cadenza::redis
