// The filters: pure functions from a value and arguments to a value. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_FILTERS_H_
#define CADENZA_SERVER_RULES_LIQUID_FILTERS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/rules/liquid/liquid.h"
#include "storage/model/value.h"

namespace cadenza::liquid {

// The values of a filter's arguments, each its own or lent. Not copyable; lives while the filter runs.
class Arguments {
 public:
  explicit Arguments(size_t size) : slots_(size) {}
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  void Lend(size_t index, const Value* value) { slots_[index].lent = value; }
  void Own(size_t index, Value value) { slots_[index].own = std::move(value); }
  size_t size() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  const Value& operator[](size_t index) const {
    const Slot& slot = slots_[index];
    return slot.lent != nullptr ? *slot.lent : slot.own;
  }

 private:
  struct Slot {
    const Value* lent = nullptr;
    Value own;
  };
  absl::InlinedVector<Slot, 2> slots_;
};

struct FilterCall {
  const Value& input;
  const Arguments& arguments;  // Filter::least_arguments to most_arguments of them
  const Value& option;         // the named argument; null if not given
  const RenderOptions& options;
  std::optional<absl::TimeZone>* zone;  // that `time_zone` chose earlier in the same chain
  size_t most_bytes;                    // of a string result

  // The argument as text; `otherwise` if it was not given.
  std::string Text(size_t index, std::string_view otherwise = "") const;
  // Whether there is such an argument and it is not nil.
  bool Has(size_t index) const { return index < arguments.size() && !arguments[index].is_null(); }
};

// INVALID_ARGUMENT: these arguments make no sense (the text does not name the place; the caller does).
using FilterFunction = absl::StatusOr<Value> (*)(const FilterCall& call);

struct Filter {
  std::string_view name;
  size_t least_arguments = 0;
  size_t most_arguments = 0;
  FilterFunction function = nullptr;
  std::string_view option = {};         // the one argument that may be given by name
  Escaping safe_for = Escaping::kNone;  // what its result needs no escaping for
  bool passes_through = false;          // its result is its input, as safe as it
  bool safe_for_all = false;            // not for anything
};

// Nullptr if there is none. Lives for ever.
const Filter* FindFilter(std::string_view name);

// RESOURCE_EXHAUSTED for a string result over call.most_bytes.
absl::Status TooLong(const FilterCall& call);

// The filters by subject, each list in its own file.
absl::Span<const Filter> StringFilters();
absl::Span<const Filter> EncodingFilters();
absl::Span<const Filter> MathFilters();
absl::Span<const Filter> ArrayFilters();
absl::Span<const Filter> SelectionFilters();
absl::Span<const Filter> DateFilters();
absl::Span<const Filter> DigestFilters();
absl::Span<const Filter> JsonFilters();

// For the filters on lists: the elements of a list with nested lists flattened; nothing for nil; else the value itself.
ValueList Elements(const Value& value);
// element[property] for where, map, sum, …: nil if the element has no such thing. INVALID_ARGUMENT for a whole number
// indexed by text.
absl::StatusOr<Value> Property(const Value& element, const Value& property);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_FILTERS_H_
