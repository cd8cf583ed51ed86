#include "server/ingest/admission.h"

#include <gtest/gtest.h>

#include <vector>

namespace cadenza::ingest {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  Metrics metrics_;
  std::shared_ptr<Admission> admission_ = Admission::Create({.inputs_max = 10, .bytes_max = 1000}, &metrics_);
  static void Never(std::shared_ptr<Ticket>) { FAIL() << "called though there was room"; }
};

TEST_F(AdmissionTest, GivesWhatFitsAtOnce) {
  auto a = admission_->Acquire(5, 500, Never);
  auto b = admission_->Acquire(5, 500, Never);
  EXPECT_NE(a, nullptr);
  EXPECT_NE(b, nullptr);
  EXPECT_EQ(metrics_.queue_inputs.Value(), 10);
  EXPECT_EQ(metrics_.queue_bytes.Value(), 1000);
}

TEST_F(AdmissionTest, TryingNeverWaitsAndNeverOvertakes) {
  auto a = admission_->TryAcquire(9, 500);
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(admission_->TryAcquire(2, 1), nullptr);
  EXPECT_FALSE(admission_->has_waiters());
  std::shared_ptr<Ticket> late;
  EXPECT_EQ(admission_->Acquire(2, 1, [&](std::shared_ptr<Ticket> t) { late = std::move(t); }), nullptr);
  EXPECT_EQ(admission_->TryAcquire(1, 1), nullptr);
  a.reset();
  EXPECT_NE(late, nullptr);
  EXPECT_NE(admission_->TryAcquire(1, 1), nullptr);
}

TEST_F(AdmissionTest, EitherBoundMakesOneWait) {
  auto a = admission_->Acquire(1, 900, Never);
  std::shared_ptr<Ticket> late;
  EXPECT_EQ(admission_->Acquire(1, 200, [&](std::shared_ptr<Ticket> t) { late = std::move(t); }), nullptr);
  EXPECT_EQ(late, nullptr);
  a.reset();
  EXPECT_NE(late, nullptr);
  late.reset();
  EXPECT_EQ(metrics_.queue_inputs.Value(), 0);
}

TEST_F(AdmissionTest, WaitersGoFirstComeFirstServed) {
  auto all = admission_->Acquire(10, 10, Never);
  std::vector<int> order;
  std::vector<std::shared_ptr<Ticket>> held;
  for (int i = 0; i < 3; ++i) {
    admission_->Acquire(i == 0 ? 8 : 2, 1, [&, i](std::shared_ptr<Ticket> t) {
      order.push_back(i);
      held.push_back(std::move(t));
    });
  }
  all.reset();
  EXPECT_EQ(order, (std::vector<int>{0, 1}));  // the third does not fit beside the first two
  held.erase(held.begin());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST_F(AdmissionTest, NobodyOvertakesAWaiterEvenIfHeWouldFit) {
  auto nine = admission_->Acquire(9, 1, Never);
  std::shared_ptr<Ticket> big;
  admission_->Acquire(5, 1, [&](std::shared_ptr<Ticket> t) { big = std::move(t); });
  std::shared_ptr<Ticket> small;
  EXPECT_EQ(admission_->Acquire(1, 1, [&](std::shared_ptr<Ticket> t) { small = std::move(t); }), nullptr);
  EXPECT_EQ(small, nullptr);
  nine.reset();
  EXPECT_NE(big, nullptr);
  EXPECT_NE(small, nullptr);
}

TEST_F(AdmissionTest, ABatchLargerThanEverythingGoesAlone) {
  auto huge = admission_->Acquire(100, 100'000, Never);
  EXPECT_NE(huge, nullptr);
  std::shared_ptr<Ticket> late;
  EXPECT_EQ(admission_->Acquire(1, 1, [&](std::shared_ptr<Ticket> t) { late = std::move(t); }), nullptr);
  huge.reset();
  EXPECT_NE(late, nullptr);
}

TEST_F(AdmissionTest, AWaiterThatIsGoneGivesItsTicketBack) {
  auto all = admission_->Acquire(10, 10, Never);
  admission_->Acquire(10, 10, [](std::shared_ptr<Ticket>) {});
  std::shared_ptr<Ticket> next;
  admission_->Acquire(10, 10, [&](std::shared_ptr<Ticket> t) { next = std::move(t); });
  all.reset();
  EXPECT_NE(next, nullptr);
}

}  // namespace
}  // namespace cadenza::ingest
