// The state of one rendering: variables, counters, and what is left of the limits. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_CONTEXT_H_
#define CADENZA_SERVER_RULES_LIQUID_CONTEXT_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {

// Why a block stops before its end.
enum class Interrupt : uint8_t { kNone, kBreak, kContinue, kAbort };

// The variables of one template, and of those that it includes; {% render %} gives its partial a frame of its own.
// Names are views into the sources of templates, which the context keeps.
struct Frame {
  const Scope* scope = nullptr;  // null: no data
  // Loop variables and parameters, the innermost last.
  absl::InlinedVector<std::pair<std::string_view, Datum>, 4> locals;
  absl::flat_hash_map<std::string_view, Datum> assigned;
  absl::flat_hash_map<std::string_view, int64_t> counters;
  absl::flat_hash_map<std::string, size_t> cycles;
  absl::flat_hash_map<std::string_view, int64_t> loops;
  absl::flat_hash_set<std::string_view> safe;  // assigned ones whose text needs no escaping
  std::string last_changed;
  const Scope* innermost_loop = nullptr;  // the object of the {% for %} that is running
  bool may_include = true;
};

// Not thread-safe: lives on the stack of one Render.
class Context {
 public:
  Context(std::string_view source, const Scope& scope, const Limits& limits, const RenderOptions& options)
      : options(options),
        limits(limits),
        source_(source),
        steps_left_(limits.steps),
        iterations_left_(limits.iterations),
        bytes_left_(limits.output_bytes) {
    frame.scope = &scope;
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const RenderOptions& options;
  const Limits& limits;
  Frame frame;
  Interrupt interrupt = Interrupt::kNone;
  Outcome outcome;
  // Whether a loop may go on where another ended ("offset: continue").
  bool keeps_loop_positions = true;
  bool prints_errors() const { return options.errors == ErrorMode::kInline; }

  // RESOURCE_EXHAUSTED when the limits' steps, iterations or bytes are used up.
  absl::Status Step(int64_t count = 1) {
    if (count > steps_left_) return OutOfSteps();
    steps_left_ -= count;
    return absl::OkStatus();
  }
  absl::Status Iterate() {
    if (iterations_left_ <= 0) return OutOfIterations();
    --iterations_left_;
    return Step();
  }
  absl::Status Charge(size_t bytes) {
    if (bytes > bytes_left_) return OutOfBytes();
    bytes_left_ -= bytes;
    return absl::OkStatus();
  }
  // Appends, charging.
  absl::Status Write(std::string_view text, std::string* out) {
    if (text.size() > bytes_left_) return OutOfBytes();
    bytes_left_ -= text.size();
    out->append(text);
    return absl::OkStatus();
  }

  // `status` with the place of `at` in the template before its text, unless it has one already; as it is where errors
  // are printed.
  absl::Status Locate(absl::Status status, std::string_view at);

  // Loop variables and parameters (innermost first), assigned variables, counters, the caller's scope.
  Datum Find(std::string_view name) const;
  // The same where it is a value that can be lent; null otherwise.
  const Value* FindValue(std::string_view name) const;
  // Whether Find would find something, be it nil.
  bool Defines(std::string_view name) const;
  // The value behind a datum: a range becomes a list (charged), an object its Whole(), empty and blank "".
  absl::StatusOr<Value> ToValue(Datum datum);

  // `safe`: its text needs no escaping.
  void Assign(std::string_view name, Datum datum, bool safe);
  void PushLocal(std::string_view name, Datum datum) { frame.locals.emplace_back(name, std::move(datum)); }
  void SetLocal(Datum datum) { frame.locals.back().second = std::move(datum); }  // of the innermost
  void PopLocals(size_t count) { frame.locals.resize(frame.locals.size() - count); }
  // What increment and decrement count on: starts at the caller's value of that name, if it is a whole number, else 0.
  int64_t& Counter(std::string_view name);

  // Keeps an object until the rendering ends, since a template may assign it to a variable that outlives its loop.
  template <typename T>
  T* Keep(std::unique_ptr<T> scope) {
    T* kept = scope.get();
    kept_.push_back(std::move(scope));
    return kept;
  }

  // A copy that lives until the rendering ends.
  std::string_view KeepName(std::string_view name) { return *names_.emplace(names_.end(), name); }

  // Renders a template within this one, on frame as it stands. `kind` and `name` are for errors: "content block" "x".
  absl::Status RenderWithin(std::shared_ptr<const Template> inner, std::string_view kind, std::string_view name,
                            std::string* out);

 private:
  absl::Status OutOfSteps();
  absl::Status OutOfIterations();
  absl::Status OutOfBytes();

  std::string_view source_;
  int64_t steps_left_;
  int64_t iterations_left_;
  size_t bytes_left_;
  bool located_ = false;
  std::vector<std::unique_ptr<const Scope>> kept_;
  std::list<std::string> names_;
  std::vector<std::shared_ptr<const Template>> templates_;  // kept for their names
  // Those that are being rendered within the first: kind and name.
  std::vector<std::pair<std::string_view, std::string>> running_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_CONTEXT_H_
