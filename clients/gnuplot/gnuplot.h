// Draws SVG files with gnuplot (5.4 or newer): what plots share. What is drawn is for whoever has the figures.
#ifndef CADENZA_CLIENTS_GNUPLOT_GNUPLOT_H_
#define CADENZA_CLIENTS_GNUPLOT_GNUPLOT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cadenza::gnuplot {

// A plot before it is drawn: a script for gnuplot, data included.
struct Plot {
  std::string name;    // of the files, without ending: [a-z0-9-]
  std::string script;  // draws `name`.svg into the working directory
};

// How a script begins: the file, its size in pixels, and the look of all plots (line styles 1 to 4).
std::string Style(const std::string& name, int width, int height);
// A text in double quotes, shown as it is: gnuplot's enhanced text has characters of its own.
std::string Quoted(const std::string& text);
// Lines of data as $data.
std::string Block(const std::string& lines);

// Writes NAME.gnuplot of each into `folder` (which exists) and runs gnuplot there; the paths of the SVG files.
// FAILED_PRECONDITION if gnuplot is not installed (the scripts are there all the same), INTERNAL with its words if it
// fails.
absl::StatusOr<std::vector<std::string>> Draw(const std::vector<Plot>& plots, const std::string& folder);

}  // namespace cadenza::gnuplot

#endif  // CADENZA_CLIENTS_GNUPLOT_GNUPLOT_H_
