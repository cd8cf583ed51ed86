// The `cadenza` program, run to its end.
#ifndef CADENZA_TESTS_INTEGRATION_PROGRAM_H_
#define CADENZA_TESTS_INTEGRATION_PROGRAM_H_

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "tests/support/server_process.h"

namespace cadenza::testing {

// `cadenza ARGS`, ended after five minutes (exit code 124).
inline Finished Cadenza(std::vector<std::string> args, const std::string& input = "") {
  args.insert(args.begin(), {"/usr/bin/timeout", "300", ProgramPath("cadenza")});
  return RunProgram(args, input);
}

// A new file of this test with `content`; its path.
inline std::string WriteFile(std::string_view name, std::string_view content) {
  const std::string path = StrCat(::testing::TempDir(), "cadenza-", getpid(), "-", name);
  std::ofstream(path) << content;
  return path;
}

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_PROGRAM_H_
