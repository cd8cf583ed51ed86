// A back-test's report for people, and as JSON. Pure.
#ifndef CADENZA_CLIENTS_CLI_BACKTEST_REPORT_TEXT_H_
#define CADENZA_CLIENTS_CLI_BACKTEST_REPORT_TEXT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/time.h"
#include "server/backtest/report.h"
#include "storage/model/message.h"

namespace cadenza::cli {

// Several lines, the last with its newline. Times are shown in `zone`.
std::string ReportText(const backtest::Report& report, absl::TimeZone zone);

// One object; docs/backtest.md says what its fields mean.
nlohmann::ordered_json ReportJson(const backtest::Report& report);

// One object, as in the samples of the report.
nlohmann::ordered_json MessageJson(const Message& message);

// "1,234,567".
std::string Grouped(int64_t number);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_BACKTEST_REPORT_TEXT_H_
