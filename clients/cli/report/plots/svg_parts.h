// What the drawings of svg.h are made of. For the files of this folder.
#ifndef CADENZA_CLIENTS_CLI_REPORT_PLOTS_SVG_PARTS_H_
#define CADENZA_CLIENTS_CLI_REPORT_PLOTS_SVG_PARTS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "clients/cli/report/plots/svg.h"

namespace cadenza::plots::svg {

// How many characters of 13 px fit beside one another on a screen of 320 px, and on one of 480 px and more, where a
// drawing is at least 400 px wide.
inline constexpr size_t kNarrowLine = 34;
inline constexpr size_t kWideLine = 48;

// At most two digits after the point.
std::string Number(double value);
std::string PercentOf(double value, double whole);

// <svg>, with title and description, `height` pixels high; `inside` is markup.
std::string Frame(const Words& words, double height, std::string_view inside);

// `x` is in percent; `anchor` is "start", "middle" or "end"; `text` is data.
std::string Text(double x, double y, std::string_view anchor, std::string_view css_class, std::string_view text);

// A <text> with the attributes `position`. Where `label` is too long it is cut to `narrow` characters on a narrow
// screen and to `wide` on others, with the whole of it as a tooltip.
std::string Label(std::string_view position, std::string_view label, size_t narrow, size_t wide);

// A label with what the rest of the line leaves it; at the right edge `number`, and `note`, which says more of it and
// is left out where there is no room. Either may be empty.
std::string LabelLine(double y, std::string_view label, std::string_view number, std::string_view note);

// From (x1, y) to (x2, y), x in percent; likewise up and down.
std::string Across(double x1, double x2, double y, std::string_view css_class);
std::string UpDown(double x, double y1, double y2, std::string_view css_class);

}  // namespace cadenza::plots::svg

#endif  // CADENZA_CLIENTS_CLI_REPORT_PLOTS_SVG_PARTS_H_
