// Reads a file of cases of ../shared/suites; the tests that need one skip where the folder is absent.
#ifndef CADENZA_TESTS_SUPPORT_SUITE_H_
#define CADENZA_TESTS_SUPPORT_SUITE_H_

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace cadenza::testing {

// Nothing if the folder is absent.
inline std::optional<nlohmann::json> ReadSuite(const std::string& name) {
  const char* source = std::getenv("CADENZA_SOURCE");
  std::ifstream file(std::string(source != nullptr ? source : ".") + "/../shared/suites/" + name);
  if (!file) return std::nullopt;
  return nlohmann::json::parse(file);
}

inline absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << ": " << error;
  return time;
}

inline std::string Text(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

inline absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_SUITE_H_
