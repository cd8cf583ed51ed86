// The pure engine may not grow unseen: what one event costs, and one evaluation of a condition, in counted work, stays
// at the figures of engine_figures.txt. Counting is the same on every machine, however busy; timing is not.
//
// The program measured is engine_work. Its instructions are counted by callgrind; the processor's features that glibc
// and OpenSSL would choose their code by are hidden from it, so that all x86-64 machines run the same instructions.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

constexpr char kInstructions[] = "instructions_per_event";
constexpr char kAllocations[] = "allocations_per_event";
constexpr char kConditionInstructions[] = "instructions_per_condition";

std::string FromEnvironment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

std::string FiguresPath() { return FromEnvironment("CADENZA_SOURCE", ".") + "/tests/guard/engine_figures.txt"; }

bool Recording() { return std::getenv("CADENZA_GUARD_RECORD") != nullptr; }

std::map<std::string, double> ReadFigures() {
  std::map<std::string, double> figures;
  std::ifstream in(FiguresPath());
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    double figure = 0;
    if (words >> name >> figure) figures[name] = figure;
  }
  return figures;
}

void Record(const std::string& name, double figure) {
  std::map<std::string, double> figures = ReadFigures();
  figures[name] = figure;
  std::ofstream out(FiguresPath());
  out << "# What one event and one condition cost; see engine_test.cc. To record on purpose, from the top of the "
         "repository:\n"
         "#   CADENZA_GUARD_RECORD=1 CADENZA_BIN=build/bin build/bin/test_guard --gtest_filter='EngineGuard*'\n";
  for (const auto& [known, value] : figures) {
    char line[80];
    std::snprintf(line, sizeof(line), "%s %.2f\n", known.c_str(), value);
    out << line;
  }
}

// What `command` prints, both streams.
std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  char buffer[4096];
  while (size_t size = fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, size);
  pclose(pipe);
  return output;
}

std::string EngineWork(const std::string& mode) {
  return "'" + FromEnvironment("CADENZA_BIN", "build/bin") + "/engine_work' " + mode;
}

// The number after `label`.
std::optional<double> NumberAfter(const std::string& output, const std::string& label) {
  const size_t at = output.find(label);
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(output.c_str() + at + label.size(), nullptr);
}

// `total` of `output`, for each of its `units`.
void Compare(const std::string& name, const std::string& output, const std::string& units, const std::string& total,
             double tolerance) {
  const std::optional<double> count = NumberAfter(output, units);
  const std::optional<double> sum = NumberAfter(output, total);
  ASSERT_TRUE(count.has_value() && sum.has_value()) << output;
  const double now = *sum / *count;
  if (Recording()) return Record(name, now);
  const std::map<std::string, double> figures = ReadFigures();
  ASSERT_TRUE(figures.contains(name)) << name << " is not in " << FiguresPath();
  const double recorded = figures.at(name);
  EXPECT_LE(std::abs(now - recorded), tolerance * recorded)
      << name << ": recorded " << recorded << ", now " << now << " (" << 100 * (now / recorded - 1) << " %, "
      << 100 * tolerance
      << " % are allowed). If that is meant, record it: CADENZA_GUARD_RECORD=1 CADENZA_BIN=build/bin "
      << "build/bin/test_guard --gtest_filter='EngineGuard*', and say in the commit what the change buys.";
}

class EngineGuard : public ::testing::Test {
 protected:
  void SetUp() override {
#ifndef CADENZA_COUNTED_BUILD
    GTEST_SKIP() << "work is counted in the release build; sanitizers and other flags add work of their own";
#endif
  }
};

// What `function` and all that it calls ran, in that mode of engine_work.
std::string Callgrind(const std::string& function, const std::string& mode) {
  return OutputOf(
      "env GLIBC_TUNABLES=glibc.cpu.hwcaps="
      "-AVX2,-AVX,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-SSSE3,-SSE4_1,-SSE4_2,-BMI1,"
      "-BMI2,-MOVBE,-RTM,-POPCNT,-LZCNT"
      " OPENSSL_ia32cap=0:0 valgrind --tool=callgrind --toggle-collect=" +
      function + " --callgrind-out-file=/dev/null " + EngineWork(mode));
}

TEST_F(EngineGuard, InstructionsOfAnEventAreWithinFivePercentOfTheRecordedOnes) {
  ASSERT_FALSE(OutputOf("command -v valgrind").empty()) << "valgrind counts the instructions; ./dev installs it";
  Compare(kInstructions, Callgrind("CadenzaGuardedWork", "run"), "events ", "Collected : ", 0.05);
}

TEST_F(EngineGuard, InstructionsOfAConditionAreWithinFivePercentOfTheRecordedOnes) {
  ASSERT_FALSE(OutputOf("command -v valgrind").empty()) << "valgrind counts the instructions; ./dev installs it";
  Compare(kConditionInstructions, Callgrind("CadenzaGuardedCondition", "condition"), "evaluations ",
          "Collected : ", 0.05);
}

TEST_F(EngineGuard, AllocationsOfAnEventAreTheRecordedOnes) {
  Compare(kAllocations, OutputOf(EngineWork("allocations")), "events ", "allocations ", 0.005);
}

}  // namespace
}  // namespace cadenza
