// The budget of one evaluation, counted in the units of Limits::cost.
#ifndef CADENZA_SERVER_RULES_CEL_COST_H_
#define CADENZA_SERVER_RULES_CEL_COST_H_

#include <cstddef>
#include <cstdint>

namespace cadenza::cel {

// Used by one evaluation on one thread. Once exhausted it stays so, whatever && and || make of the errors.
class CostMeter {
 public:
  explicit CostMeter(int64_t limit) : left_(limit) {}

  // Whether there was enough. REQUIRES: units <= 2^62.
  bool Charge(int64_t units) {
    left_ = units > left_ ? -1 : left_ - units;
    return left_ >= 0;
  }
  bool ChargeBytes(size_t bytes) { return Charge(static_cast<int64_t>(bytes / 16)); }
  bool exhausted() const { return left_ < 0; }
  int64_t left() const { return left_; }

 private:
  int64_t left_;
};

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_COST_H_
