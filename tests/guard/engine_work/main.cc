// What engine_test.cc measures from outside: the pure engine on a small, fixed workload.
//
//   engine_work run           runs it; under callgrind, --toggle-collect=CadenzaGuardedWork counts the work alone
//   engine_work allocations   prints the allocations of the same work
//   engine_work time [CAMPAIGNS [USERS [WARM_UP]]]  prints its speed by part, for people
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "clients/load/engine_bench.h"

namespace {

int64_t allocations = 0;  // the program has one thread

void* Counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return Counted(size); }
void* operator new[](std::size_t size) { return Counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

// By this name callgrind knows where to count.
extern "C" __attribute__((noinline)) void CadenzaGuardedWork(cadenza::load::Engine* engine,
                                                             const std::vector<std::string>* requests) {
  engine->Run(*requests);
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
  const int64_t before = allocations;
  CadenzaGuardedWork(&engine, &requests);
  const int64_t made = allocations - before;
  std::printf("events %lld\n", static_cast<long long>(kEvents));
  if (count) std::printf("allocations %lld\n", static_cast<long long>(made));
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
  if (mode == "time") {
    return cadenza::load::Time(argc > 2 ? std::atoi(argv[2]) : 20, argc > 3 ? std::atol(argv[3]) : 100'000,
                               argc > 4 ? std::atol(argv[4]) : 1'000'000);
  }
  std::fprintf(stderr, "usage: engine_work run|allocations|time\n");
  return 2;
}
