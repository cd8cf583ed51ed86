// The loop of `eval --jsonl` and `render --jsonl`: a line of standard input in, a line of standard output back at once.
#ifndef CADENZA_CLIENTS_CLI_ANSWER_LINES_H_
#define CADENZA_CLIENTS_CLI_ANSWER_LINES_H_

#include <functional>
#include <string>
#include <string_view>

namespace cadenza::cli {

// Until standard input ends; the exit code. A line of more than 16 MiB is answered by `error`. Neither function's
// answer has a line end.
int AnswerLines(const std::function<std::string(std::string_view line)>& answer,
                const std::function<std::string(std::string_view text)>& error);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_ANSWER_LINES_H_
