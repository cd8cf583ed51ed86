// The seed of a property test: random, or CADENZA_TEST_SEED from the environment to run a failure again.
#ifndef CADENZA_TESTS_SUPPORT_SEED_H_
#define CADENZA_TESTS_SUPPORT_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace cadenza::testing {

inline uint64_t TestSeed() {
  if (const char* given = std::getenv("CADENZA_TEST_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

// For SCOPED_TRACE: what a failing test prints.
inline std::string SeedLine(uint64_t seed) { return "run again with CADENZA_TEST_SEED=" + std::to_string(seed); }

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_SEED_H_
