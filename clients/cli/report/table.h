// Rows of a report, however they are laid out.
#ifndef CADENZA_CLIENTS_CLI_REPORT_TABLE_H_
#define CADENZA_CLIENTS_CLI_REPORT_TABLE_H_

#include <string>
#include <vector>

namespace cadenza::report {

// The first column names the row, the others are numbers as text. A cell is data: whoever lays it out escapes it.
struct Table {
  std::string caption;
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;  // each as long as `heads`
};

// In place of a number that cannot be.
inline constexpr char kNone[] = "-";

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_TABLE_H_
