// A program on a terminal of its own (a pseudo-terminal): what a person sees of colours, questions and progress bars.
#ifndef CADENZA_TESTS_SUPPORT_TERMINAL_H_
#define CADENZA_TESTS_SUPPORT_TERMINAL_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza::testing {

struct TerminalSize {
  unsigned short columns = 120;
  unsigned short rows = 40;
};

// Use from one thread, which must live as long as the program (it dies with that thread).
class Terminal {
 public:
  // Runs argv[0], whose standard input, output and error are the terminal.
  static absl::StatusOr<std::unique_ptr<Terminal>> Start(const std::vector<std::string>& argv, TerminalSize size = {});
  ~Terminal();  // kill -9, if it still runs
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Reads until `text` stands in what the program has printed since the last such text. DEADLINE_EXCEEDED or
  // OUT_OF_RANGE (it ended) with what there was instead.
  absl::Status Await(std::string_view text, absl::Duration limit);
  // As if typed: "\n" is the key Enter, "\x03" is Ctrl-C. The terminal echoes it, so it is seen too.
  absl::Status Type(std::string_view keys);
  // Reads to the end: the exit code (128 + signal, if one killed it), or DEADLINE_EXCEEDED.
  absl::StatusOr<int> End(absl::Duration limit);

  // Everything that was shown so far. Lines end with "\r\n".
  const std::string& seen() const { return seen_; }

 private:
  Terminal() = default;
  enum class Got : unsigned char { kSome, kEnd, kNothing };
  // kEnd: there will be no more. kNothing: the deadline has passed.
  Got Read(absl::Time deadline);

  int fd_ = -1;
  pid_t pid_ = -1;
  std::string seen_;
  size_t awaited_ = 0;  // where in it the next Await begins
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_TERMINAL_H_
