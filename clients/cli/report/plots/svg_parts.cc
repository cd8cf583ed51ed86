#include "clients/cli/report/plots/svg_parts.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::plots::svg {

std::string Number(double value) {
  std::string text = absl::StrFormat("%.2f", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string PercentOf(double value, double whole) { return Number(whole > 0 ? 100 * value / whole : 0) + "%"; }

std::string Frame(const Words& words, double height, std::string_view inside) {
  return StrCat("<svg class=\"plot\" role=\"img\" aria-labelledby=\"", words.id, "-title ", words.id,
                "-desc\" width=\"100%\" height=\"", Number(height), "\">\n<title id=\"", words.id, "-title\">",
                Markup(words.title), "</title>\n<desc id=\"", words.id, "-desc\">", Markup(words.description),
                "</desc>\n", inside, "</svg>\n");
}

std::string Text(double x, double y, std::string_view anchor, std::string_view css_class, std::string_view text) {
  return StrCat("<text x=\"", Number(x), "%\" y=\"", Number(y), "\" text-anchor=\"", anchor, "\" class=\"", css_class,
                "\">", Markup(text), "</text>\n");
}

std::string Label(std::string_view position, std::string_view label, size_t narrow, size_t wide) {
  const auto text = [&](std::string_view css_class, const std::string& shown) {
    return StrCat("<text ", position, " class=\"", css_class, "\">", Markup(shown),
                  shown == label ? "" : StrCat("<title>", Markup(label), "</title>"), "</text>\n");
  };
  if (Columns(label) <= narrow) return text("label", std::string(label));
  return text("label narrow", Fit(label, narrow)) + text("label wide", Fit(label, wide));
}

std::string LabelLine(double y, std::string_view label, std::string_view number, std::string_view note) {
  constexpr size_t kLabelLeast = 10;
  const auto room = [&](size_t line) {
    const size_t taken = Columns(number) + Columns(note) + 3;
    return taken < line ? line - taken : 0;
  };
  if (room(kNarrowLine) < std::min(Columns(label), kLabelLeast)) note = "";
  const std::string at = StrCat("y=\"", Number(y), "\"");
  const std::string name = Label(StrCat("x=\"0\" ", at), label, std::max(room(kNarrowLine), kLabelLeast),
                                 std::max(room(kWideLine), kLabelLeast));
  if (number.empty() && note.empty()) return name;
  return StrCat(name, "<text x=\"100%\" ", at, " text-anchor=\"end\" class=\"note\"><tspan class=\"number\">",
                Markup(number), "</tspan>", note.empty() ? "" : " ", Markup(note), "</text>\n");
}

std::string Across(double x1, double x2, double y, std::string_view css_class) {
  return StrCat("<line x1=\"", Number(x1), "%\" x2=\"", Number(x2), "%\" y1=\"", Number(y), "\" y2=\"", Number(y),
                "\" class=\"", css_class, "\"/>\n");
}

std::string UpDown(double x, double y1, double y2, std::string_view css_class) {
  return StrCat("<line x1=\"", Number(x), "%\" x2=\"", Number(x), "%\" y1=\"", Number(y1), "\" y2=\"", Number(y2),
                "\" class=\"", css_class, "\"/>\n");
}

}  // namespace cadenza::plots::svg
