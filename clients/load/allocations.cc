#include "clients/load/allocations.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

namespace cadenza::load {

std::optional<int64_t> AllocationsOfThisThread() { return std::nullopt; }

}  // namespace cadenza::load

#else

#include <cstdlib>
#include <new>

namespace {

thread_local int64_t allocations = 0;

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

namespace cadenza::load {

std::optional<int64_t> AllocationsOfThisThread() { return allocations; }

}  // namespace cadenza::load

#endif
