// The evaluable form of an expression: a tree of nodes, immutable and shared by all evaluations.
#ifndef CADENZA_SERVER_RULES_CEL_NODE_H_
#define CADENZA_SERVER_RULES_CEL_NODE_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "server/rules/cel/ast.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/regex.h"

namespace cadenza::cel {

// One evaluation: what changes while nodes are evaluated. Of one thread.
struct Frame {
  const Activation* activation;  // null while folding constants
  const void* native;            // the activation's
  CallContext context;
  absl::InlinedVector<std::optional<Value>, 8> variables;  // by VariableNode's index, once found
  absl::InlinedVector<Value, 4> locals;                    // by slot
};

class Node {
 public:
  virtual ~Node() = default;
  // Charges for itself. An error is a value (Value::kError); after the budget's end it is always CostExceeded.
  Value Evaluate(Frame& frame) const {
    if (!frame.context.cost.Charge(1)) return CostExceeded();
    return Do(frame);
  }
  // As Evaluate, without copying a value that stands ready: gives it in place, else evaluates into `own`. Valid while
  // `own` is, and until the frame evaluates something else.
  const Value& View(Frame& frame, Value* own) const {
    if (!frame.context.cost.Charge(1)) {
      *own = CostExceeded();
      return *own;
    }
    if (const Value* ready = Ready(frame)) return *ready;
    *own = Do(frame);
    return *own;
  }
  // The value, if it is always the same and no error.
  virtual const Value* constant() const { return nullptr; }

 private:
  virtual Value Do(Frame& frame) const = 0;
  // Null if it has to be evaluated.
  virtual const Value* Ready(Frame&) const { return nullptr; }
};

using NodePtr = std::unique_ptr<const Node>;

NodePtr MakeConstant(Value value);
NodePtr MakeProblem(std::string text);
// `index` is the variable's place in Frame::variables.
NodePtr MakeVariable(std::string name, size_t index);
NodePtr MakeLocal(size_t slot);
// test_only: whether the field is there.
NodePtr MakeSelect(NodePtr operand, std::string field, bool test_only);
// A field of what is no map: of the value inside an optional, as an optional; else an error.
Value SelectFromOther(const Value& operand, const Value& field, bool test_only);
// operand.?field
NodePtr MakeOptionalSelect(NodePtr operand, std::string field);
// left.or(right) and, unwrapped, left.orValue(right): evaluates `right` only if it is needed.
NodePtr MakeOptionalOr(NodePtr left, NodePtr right, bool unwrap);
// optMap(), and flat: optFlatMap(), over the value of `optional`.
NodePtr MakeOptionalMap(NodePtr optional, size_t slot, NodePtr transform, bool flat);
// && (decisive: false) and || (decisive: true), in order: ends at the first decisive operand, however many errors came
// before.
NodePtr MakeLogic(std::vector<NodePtr> operands, bool decisive);
NodePtr MakeConditional(NodePtr condition, NodePtr yes, NodePtr no);
// `optional` says which elements, or values, are optionals that may be missing; empty: none.
NodePtr MakeListLiteral(std::vector<NodePtr> elements, std::vector<bool> optional);
// Key, value, key, value ...
NodePtr MakeMapLiteral(std::vector<NodePtr> entries, std::vector<bool> optional);

// A field by its native reader. `generic` is the same by way of the variable, for activations without native data;
// `missing` is the error where there is none.
NodePtr MakeNativeField(NativeField reader, std::string field, bool test_only, Value missing, NodePtr generic);
// A call by its native function. `args`: the receiver, which is a variable, then at most kMaxNativeArguments - 1
// others.
inline constexpr size_t kMaxNativeArguments = 4;
NodePtr MakeNativeCall(const Env::Overload& overload, std::string name, std::vector<NodePtr> args);
// A comparison with a constant: _==_ _!=_ _<_ _<=_ _>_ _>=_. `implementation` is the function's, for what is no plain
// number or string.
NodePtr MakeConstantComparison(ClockRole role, Implementation implementation, NodePtr operand, Value constant);

// `standard` may be null, or `overloads` empty, not both.
NodePtr MakeCall(const StandardFunction* standard, std::vector<Env::Overload> overloads, std::string name,
                 std::vector<NodePtr> args);
NodePtr MakeConstantMatch(NodePtr text, std::unique_ptr<const re2::RE2> regex);

// Where a macro puts what it iterates over. One variable: the element, or the key of a map. Two: the index or key in
// `slot`, the element or value in the next.
struct LoopVariables {
  size_t slot = 0;
  bool two = false;
};

// all() (decisive: false) and exists() (decisive: true).
NodePtr MakeQuantifier(NodePtr range, LoopVariables variables, NodePtr predicate, bool decisive);
NodePtr MakeExistsOne(NodePtr range, LoopVariables variables, NodePtr predicate);
// `predicate` or `transform` may be null: every element, or the element itself.
NodePtr MakeTransform(NodePtr range, LoopVariables variables, NodePtr predicate, NodePtr transform);
// transformMap(): what `transform` gives is the value of the same key; transformMapEntry() (entries: true): a map,
// whose entries are all taken. REQUIRES: variables.two. `predicate` may be null.
NodePtr MakeTransformMap(NodePtr range, LoopVariables variables, NodePtr predicate, NodePtr transform, bool entries);
NodePtr MakeSortBy(NodePtr range, size_t slot, NodePtr key);
// cel.bind()
NodePtr MakeBind(NodePtr value, size_t slot, NodePtr used);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_NODE_H_
