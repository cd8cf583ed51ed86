// A report's figures as rows of text, the first of them the heads of the columns; how they are laid out is report.cc's
// affair. Pure functions.
#ifndef CADENZA_CLIENTS_LOAD_REPORT_ROWS_H_
#define CADENZA_CLIENTS_LOAD_REPORT_ROWS_H_

#include <string>
#include <utility>
#include <vector>

#include "clients/load/report.h"

namespace cadenza::load {

// All of one length.
using Rows = std::vector<std::vector<std::string>>;

// Name and value, no heads.
std::vector<std::pair<std::string, std::string>> MachineRows(const Report& report);
// Rates as "median (min-max)", latencies and costs as medians; "-" where a measurement has none; a column
// in which none has any is left out.
Rows MeasurementRows(const std::vector<Measurement>& measurements);
Rows CeilingRows(const std::vector<Measurement>& measurements);
Rows FigureRows(const std::vector<Measurement>& measurements);
Rows CurveRows(const Curve& curve);
Rows GoalRows(const std::vector<Goal>& goals);
// "title: note", each once.
std::vector<std::string> Notes(const Report& report);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_REPORT_ROWS_H_
