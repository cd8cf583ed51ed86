// How many allocations a thread has made, for what must make none.
#ifndef CADENZA_CLIENTS_LOAD_ALLOCATIONS_H_
#define CADENZA_CLIENTS_LOAD_ALLOCATIONS_H_

#include <cstdint>
#include <optional>

namespace cadenza::load {

// By operator new, since the thread began. A program that calls this has its operator new replaced by one that counts;
// nothing under a sanitizer, which replaces it too.
std::optional<int64_t> AllocationsOfThisThread();

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_ALLOCATIONS_H_
