// The state of one rendering: variables, counters, and what is left of the limits. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_CONTEXT_H_
#define CADENZA_SERVER_RULES_LIQUID_CONTEXT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {

// Why a block stops before its end.
enum class Interrupt : uint8_t { kNone, kBreak, kContinue, kAbort };

// Not thread-safe: lives on the stack of one Render.
class Context {
 public:
  Context(std::string_view source, const Scope& scope, const Limits& limits, absl::Time now)
      : source_(source),
        scope_(scope),
        limits_(limits),
        now_(now),
        steps_left_(limits.steps),
        bytes_left_(limits.output_bytes) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  absl::Time now() const { return now_; }
  const Limits& limits() const { return limits_; }

  // RESOURCE_EXHAUSTED when the limits' steps, or bytes, are used up.
  absl::Status Step(int64_t count = 1);
  absl::Status Charge(size_t bytes);
  // Appends, charging.
  absl::Status Write(std::string_view text, std::string* out);

  // `status` with the place of `at` in the template before its text, unless it has one already.
  absl::Status Locate(absl::Status status, std::string_view at);

  // Loop variables (innermost first), assigned variables, counters, the caller's scope.
  Datum Find(std::string_view name) const;
  // The value behind a datum: a range becomes a list (charged), an object its Whole(), empty and blank "".
  absl::StatusOr<Value> ToValue(Datum datum);

  void Assign(std::string_view name, Datum datum) { assigned_.insert_or_assign(name, std::move(datum)); }
  void PushLocal(std::string_view name, Datum datum);
  void SetLocal(Value value);  // of the innermost
  void PopLocal() { locals_.pop_back(); }

  // By name; all start at 0. Those of increment and decrement are variables too.
  int64_t& Counter(std::string_view name) { return counters_[name]; }
  // By group: where cycle goes on.
  size_t& CyclePosition(const std::string& group) { return cycles_[group]; }
  // By loop: where "offset: continue" goes on.
  int64_t& LoopPosition(const std::string& loop) { return loops_[loop]; }
  std::string& last_changed() { return last_changed_; }

  // The object of the innermost {% for %} that is running; null outside of any.
  const Scope* innermost_loop = nullptr;
  // Keeps an object until the rendering ends, since a template may assign it to a variable that outlives its loop.
  template <typename T>
  T* Keep(std::unique_ptr<T> scope) {
    T* kept = scope.get();
    kept_.push_back(std::move(scope));
    return kept;
  }

  Interrupt interrupt = Interrupt::kNone;
  std::string abort_reason;

 private:
  const std::string_view source_;
  const Scope& scope_;
  const Limits& limits_;
  const absl::Time now_;
  int64_t steps_left_;
  size_t bytes_left_;
  bool located_ = false;
  std::vector<std::pair<std::string_view, Datum>> locals_;
  // Names are views into the template's source.
  absl::flat_hash_map<std::string_view, Datum> assigned_;
  absl::flat_hash_map<std::string_view, int64_t> counters_;
  absl::flat_hash_map<std::string, size_t> cycles_;
  absl::flat_hash_map<std::string, int64_t> loops_;
  std::string last_changed_;
  std::vector<std::unique_ptr<const Scope>> kept_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_CONTEXT_H_
