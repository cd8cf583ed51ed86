// What engine_test.cc measures from outside: the pure engine on a small, fixed workload, and one condition.
//
//   engine_work run           runs it; under callgrind, --toggle-collect=CadenzaGuardedWork counts the work alone
//   engine_work allocations   prints the allocations of the same work
//   engine_work condition     evaluates the condition of rules_bench.h; under callgrind,
//                             --toggle-collect=CadenzaGuardedCondition counts the evaluations alone
//   engine_work time [CAMPAIGNS [USERS [WARM_UP]]]  prints its speed by part, for people
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "clients/load/allocations.h"
#include "clients/load/engine_bench.h"
#include "clients/load/rules_bench.h"

// By this name callgrind knows where to count.
extern "C" __attribute__((noinline)) void CadenzaGuardedWork(cadenza::load::Engine* engine,
                                                             const std::vector<std::string>* requests) {
  engine->Run(*requests);
}

extern "C" __attribute__((noinline)) void CadenzaGuardedCondition(const cadenza::cel::Program* condition,
                                                                  const cadenza::load::Customer* customer,
                                                                  int64_t evaluations) {
  for (int64_t i = 0; i < evaluations; ++i) {
    if (!cadenza::load::Holds(*condition, *customer)) std::abort();
  }
}

namespace cadenza::load {
namespace {

constexpr int64_t kUsers = 2'000;
constexpr int64_t kWarmUp = 20'000;
constexpr int64_t kEvents = 10'000;

int Work(bool count) {
  WorkloadOptions options;
  options.users = kUsers;
  Engine engine(options);
  engine.Run(engine.NextEvents(kWarmUp));
  const std::vector<std::string> requests = engine.NextEvents(kEvents);
  const int64_t before = AllocationsOfThisThread().value_or(0);
  CadenzaGuardedWork(&engine, &requests);
  const int64_t made = AllocationsOfThisThread().value_or(0) - before;
  std::printf("events %lld\n", static_cast<long long>(kEvents));
  if (count) std::printf("allocations %lld\n", static_cast<long long>(made));
  return 0;
}

int Condition() {
  constexpr int64_t kEvaluations = 1000;
  const Customer customer = MakeCustomer();
  const std::shared_ptr<const cel::Program> condition = CompileGoldOrder();
  if (!Holds(*condition, customer)) return 1;  // what is made once
  CadenzaGuardedCondition(condition.get(), &customer, kEvaluations);
  std::printf("evaluations %lld\n", static_cast<long long>(kEvaluations));
  return 0;
}

int Time(int campaigns, int64_t users, int64_t warm_up) {
  EngineOptions options;
  options.workload.users = users;
  options.workload.idle_campaigns = campaigns - options.workload.campaigns;
  options.warm_up = warm_up;
  std::fputs(ToText(MeasureEngine(options)).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace cadenza::load

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "run" || mode == "allocations") return cadenza::load::Work(mode == "allocations");
  if (mode == "condition") return cadenza::load::Condition();
  if (mode == "time") {
    return cadenza::load::Time(argc > 2 ? std::atoi(argv[2]) : 20, argc > 3 ? std::atol(argv[3]) : 100'000,
                               argc > 4 ? std::atol(argv[4]) : 1'000'000);
  }
  std::fprintf(stderr, "usage: engine_work run|allocations|condition|time\n");
  return 2;
}
