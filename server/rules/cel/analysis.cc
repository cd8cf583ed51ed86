#include "server/rules/cel/analysis.h"

#include <algorithm>
#include <utility>

#include "server/rules/cel/planner.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

class Reader {
 public:
  Reader(const Env& env, const Limits& limits) : env_(env), limits_(limits) {}

  void Visit(const Expr& e) {
    Reads::Path path;
    if (AppendPath(e, &path)) {
      reads_.paths.insert(std::move(path));
    } else if (e.kind == Kind::kCall && !e.overloads.empty()) {
      VisitCall(e);
    } else {
      for (const ExprPtr& arg : e.args) Visit(*arg);
    }
  }

  Reads Take() && { return std::move(reads_); }

 private:
  // The value of what names no variable and calls no function of the environment's.
  std::optional<Value> Constant(const Expr& e) const {
    const absl::StatusOr<Plan> plan = MakePlan("", e, env_, limits_);
    if (!plan.ok() || plan->root->constant() == nullptr) return std::nullopt;
    return *plan->root->constant();
  }

  // Whether `e` is a field, by selection or by an index that is constant text, of a field ... of a variable.
  bool AppendPath(const Expr& e, Reads::Path* path) const {
    switch (e.kind) {
      case Kind::kIdent:
        if (e.slot >= 0) return false;
        path->push_back(e.name);
        return true;
      case Kind::kSelect:
        if (!AppendPath(*e.args[0], path)) return false;
        path->push_back(e.name);
        return true;
      case Kind::kCall: {
        if (e.args.size() != 2 || (e.name != "_[_]" && e.name != "_[?_]")) return false;
        const std::optional<Value> index = Constant(*e.args[1]);
        if (!index || index->kind() != Value::Kind::kString || !AppendPath(*e.args[0], path)) return false;
        path->push_back(index->string_value());
        return true;
      }
      default:
        return false;
    }
  }

  void VisitCall(const Expr& e) {
    Reads::Call call;
    call.function = e.name;
    const Expr* receiver = e.member ? e.args[0].get() : nullptr;
    if (receiver != nullptr && receiver->kind == Kind::kIdent && receiver->slot < 0) {
      call.receiver = receiver->name;
    } else if (receiver != nullptr) {
      Visit(*receiver);
    }
    for (size_t i = receiver != nullptr ? 1 : 0; i < e.args.size(); ++i) {
      call.args.push_back(Constant(*e.args[i]));
      if (!call.args.back()) Visit(*e.args[i]);
    }
    reads_.calls.push_back(std::move(call));
  }

  const Env& env_;
  const Limits& limits_;
  Reads reads_;
};

}  // namespace

Reads FindReads(const Expr& tree, const Env& env, const Limits& limits) {
  Reader reader(env, limits);
  reader.Visit(tree);
  return std::move(reader).Take();
}

}  // namespace cadenza::cel
