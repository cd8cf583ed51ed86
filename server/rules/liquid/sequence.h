// What loops go over, and what they show of themselves. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_SEQUENCE_H_
#define CADENZA_SERVER_RULES_LIQUID_SEQUENCE_H_

#include <cstdint>
#include <string_view>

#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {

// A list, a range, the [key, value] pairs of a map, or a string that is not empty (as one element), read in place.
// Keeps what it goes over.
class Sequence {
 public:
  explicit Sequence(const Datum& datum);
  int64_t size() const { return size_; }
  // May lend from the sequence.
  Datum at(int64_t index) const;

 private:
  Range range_;
  Value value_;
  int64_t size_ = 0;
};

// forloop and tablerowloop.
class LoopScope : public Scope {
 public:
  // `name` must outlive it. `columns`: 0 for forloop.
  LoopScope(std::string_view name, int64_t length, int64_t columns, bool is_table, const Scope* parent)
      : name_(name), length_(length), columns_(columns), is_table_(is_table), parent_(parent) {}

  void MoveTo(int64_t index) { index_ = index; }
  int64_t column() const { return columns_ > 0 ? index_ % columns_ : index_; }
  int64_t row() const { return columns_ > 0 ? index_ / columns_ : 0; }
  bool at_last() const { return index_ + 1 == length_; }
  bool at_last_column() const { return column() + 1 == columns_; }

  Value Lookup(std::string_view name) const override;
  const Scope* Nested(std::string_view name) const override { return name == "parentloop" ? parent_ : nullptr; }
  bool Defines(std::string_view name) const override { return name == "parentloop"; }

 private:
  const std::string_view name_;
  const int64_t length_;
  const int64_t columns_;
  const bool is_table_;
  const Scope* const parent_;
  int64_t index_ = 0;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_SEQUENCE_H_
