// The line that says how far a back-test is. Pure.
#ifndef CADENZA_CLIENTS_CLI_BACKTEST_PROGRESS_LINE_H_
#define CADENZA_CLIENTS_CLI_BACKTEST_PROGRESS_LINE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/backtest/backtest.h"

namespace cadenza::cli {

// ASCII, without a newline, of less than `columns` characters: what does not fit is left out, the time that is left
// first, then the inputs, the bar, and the name of the phase. `took`: since the phase began.
std::string ProgressLine(backtest::Phase phase, double done, int64_t inputs, absl::Duration took, int columns);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_BACKTEST_PROGRESS_LINE_H_
