// Numbers and names as people read them, on a terminal and in a page. Pure.
#ifndef CADENZA_CLIENTS_CLI_REPORT_PLOTS_TEXT_H_
#define CADENZA_CLIENTS_CLI_REPORT_PLOTS_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cadenza::plots {

// Thousands apart: "12,345", "-1,000".
std::string Count(int64_t count);

// Of a part of one, to three digits, at most two after the point: "52.1%", "3.21%", "100%", "-0.40%".
std::string Percent(double part);
// The same with its sign: "+2.10%"; 0 has none.
std::string SignedPercent(double part);
// A difference of two rates in percentage points, with its sign: "+2.10".
std::string SignedPoints(double difference);

// How many columns of a terminal UTF-8 takes: East Asian wide characters and emoji two, combining marks none.
size_t Columns(std::string_view text);

// At most `columns` wide (at least 1), with an ellipsis in the middle, where names differ least.
std::string Fit(std::string_view text, size_t columns);

// `text` with blanks behind or before it, `columns` wide; longer text stays as it is.
std::string PadRight(std::string_view text, size_t columns);
std::string PadLeft(std::string_view text, size_t columns);

// Data in HTML, SVG or XML, in text and in quoted attributes. A character that XML does not allow becomes U+FFFD.
std::string Markup(std::string_view text);

// Data on a terminal: a control character becomes "?"; without `utf8` so does what is not ASCII (an ellipsis becomes
// "~").
std::string Printable(std::string_view text, bool utf8);

}  // namespace cadenza::plots

#endif  // CADENZA_CLIENTS_CLI_REPORT_PLOTS_TEXT_H_
