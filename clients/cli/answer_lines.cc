#include "clients/cli/answer_lines.h"

#include <cstdio>

#include "clients/cli/command.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr size_t kMaxLineBytes = 16 << 20;

// The next line of standard input, without its end; of one that is too long only the beginning. False at the end.
bool ReadLine(std::string* line, bool* too_long) {
  line->clear();
  *too_long = false;
  int c = std::getc(stdin);
  if (c == EOF) return false;
  for (; c != EOF && c != '\n'; c = std::getc(stdin)) {
    if (line->size() < kMaxLineBytes) {
      line->push_back(static_cast<char>(c));
    } else {
      *too_long = true;
    }
  }
  return true;
}

}  // namespace

int AnswerLines(const std::function<std::string(std::string_view line)>& answer,
                const std::function<std::string(std::string_view text)>& error) {
  std::string line;
  bool too_long = false;
  while (ReadLine(&line, &too_long)) {
    const std::string answered =
        too_long ? error(StrCat("the line has more than ", kMaxLineBytes, " bytes")) : answer(line);
    std::printf("%s\n", answered.c_str());
    if (std::fflush(stdout) != 0) return kFailure;
  }
  return kOk;
}

}  // namespace cadenza::cli
