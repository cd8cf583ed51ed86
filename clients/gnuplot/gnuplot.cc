#include "clients/gnuplot/gnuplot.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "storage/base/text.h"

namespace cadenza::gnuplot {
namespace {

// Light ground, thin grey grid, colours that the colour-blind tell apart (Okabe and Ito, "Color Universal Design").
constexpr char kStyle[] =
    "set terminal svg size %d,%d dynamic enhanced background '#ffffff' font 'Helvetica,Arial,sans-serif,13'\n"
    "set output '%s.svg'\n"
    "set border 3 linecolor '#888888'\n"
    "set grid ytics linecolor '#e4e4e4' linetype 1\n"
    "set tics nomirror textcolor '#333333'\n"
    "set key textcolor '#333333' Left reverse samplen 1.5\n"
    "set title font ',15' textcolor '#111111'\n"
    "set style line 1 linecolor '#0072b2' linewidth 2 pointtype 7 pointsize 0.6\n"
    "set style line 2 linecolor '#d55e00' linewidth 2 pointtype 5 pointsize 0.6\n"
    "set style line 3 linecolor '#999999' linewidth 2 pointtype 9 pointsize 0.6\n"
    "set style line 4 linecolor '#009e73' linewidth 2 pointtype 13 pointsize 0.6\n";

bool Installed() {
  std::istringstream folders(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access(StrCat(folder, "/gnuplot").c_str(), X_OK) == 0) return true;
  }
  return false;
}

// What gnuplot said, or nothing if it was content.
absl::Status RunGnuplot(const std::string& folder, const std::string& script) {
  const std::string log = folder + "/" + script + ".log";
  // The folder is given by who runs the benchmark; names are ours: [a-z0-9-].
  const std::string command =
      StrCat("cd '", absl::StrReplaceAll(folder, {{"'", "'\\''"}}), "' && gnuplot ", script, " >", script, ".log 2>&1");
  const int code = std::system(command.c_str());
  std::ostringstream said;
  said << std::ifstream(log).rdbuf();
  std::filesystem::remove(log);
  if (code == 0) return absl::OkStatus();
  return absl::InternalError(StrCat("gnuplot cannot draw ", script, ": ", said.str()));
}

}  // namespace

std::string Style(const std::string& name, int width, int height) {
  return absl::StrFormat(kStyle, width, height, name);
}

std::string Quoted(const std::string& text) {
  const std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\\\"},
                                                         {"\"", "\\\""},
                                                         {"_", "\\\\_"},
                                                         {"^", "\\\\^"},
                                                         {"@", "\\\\@"},
                                                         {"{", "\\\\{"},
                                                         {"}", "\\\\}"},
                                                         {"&", "\\\\&"},
                                                         {"~", "\\\\~"},
                                                         {"\n", " "}});
  return StrCat("\"", escaped, "\"");
}

std::string Block(const std::string& lines) { return StrCat("$data << END\n", lines, "END\n"); }

absl::StatusOr<std::vector<std::string>> Draw(const std::vector<Plot>& plots, const std::string& folder) {
  for (const Plot& plot : plots) std::ofstream(StrCat(folder, "/", plot.name, ".gnuplot")) << plot.script;
  if (!Installed()) return absl::FailedPreconditionError("gnuplot is not installed: no plots were drawn");
  std::vector<std::string> files;
  for (const Plot& plot : plots) {
    const absl::Status status = RunGnuplot(folder, plot.name + ".gnuplot");
    if (!status.ok()) return status;
    files.push_back(StrCat(folder, "/", plot.name, ".svg"));
  }
  return files;
}

}  // namespace cadenza::gnuplot
