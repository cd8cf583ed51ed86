#include "clients/load/allocations.h"

#include <memory>

#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(AllocationsTest, CountsThoseOfThisThread) {
  const std::optional<int64_t> before = AllocationsOfThisThread();
  if (!before.has_value()) GTEST_SKIP() << "a sanitizer has operator new";
  auto one = std::make_unique<int>(1);
  auto many = std::make_unique<int[]>(100);
  asm volatile("" : : "r"(one.get()), "r"(many.get()) : "memory");
  EXPECT_EQ(*AllocationsOfThisThread() - *before, 2);
}

}  // namespace
}  // namespace cadenza::load
