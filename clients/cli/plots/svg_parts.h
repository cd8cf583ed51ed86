// What the drawings of svg.h are made of. For the files of this folder.
#ifndef CADENZA_CLIENTS_CLI_PLOTS_SVG_PARTS_H_
#define CADENZA_CLIENTS_CLI_PLOTS_SVG_PARTS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "clients/cli/plots/svg.h"

namespace cadenza::plots::svg {

// How many characters fit beside one another on the narrowest page (a screen of 320 px, type of 13 px).
inline constexpr size_t kLineCharacters = 34;

// At most two digits after the point.
std::string Number(double value);
std::string PercentOf(double value, double whole);

// <svg>, with title and description, `height` pixels high; `inside` is markup.
std::string Frame(const Words& words, double height, std::string_view inside);

// `x` is in percent; `anchor` is "start", "middle" or "end"; `text` is data.
std::string Text(double x, double y, std::string_view anchor, std::string_view css_class, std::string_view text);

// `label` cut to the room that the rest leaves, with the whole of it as a tooltip; at the right edge `number`, and
// `note`, which says more of it and is left out where there is no room; either may be empty.
std::string LabelLine(double y, std::string_view label, std::string_view number, std::string_view note);

// From (x1, y) to (x2, y), x in percent; likewise up and down.
std::string Across(double x1, double x2, double y, std::string_view css_class);
std::string UpDown(double x, double y1, double y2, std::string_view css_class);

}  // namespace cadenza::plots::svg

#endif  // CADENZA_CLIENTS_CLI_PLOTS_SVG_PARTS_H_
