#include "clients/cli/report/report_html.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "clients/cli/report/messages.h"
#include "clients/cli/report/plots/svg.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::report {
namespace {

using plots::Count;
using plots::Markup;

std::string Paragraph(std::string_view css_class, std::string_view text) {
  return text.empty() ? "" : StrCat("<p class=\"", css_class, "\">", Markup(text), "</p>\n");
}

// The roles keep it a table for who listens when a phone stacks its cells.
std::string TableHtml(const Table& table, bool captioned = true) {
  if (table.rows.empty()) return "";
  std::string out = StrCat("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", Markup(table.caption),
                           "\">\n<table role=\"table\">\n<caption", captioned ? "" : " class=\"unseen\"", ">",
                           Markup(table.caption), "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
  for (const std::string& head : table.heads) {
    StrAppend(&out, "<th scope=\"col\" role=\"columnheader\">", Markup(head), "</th>");
  }
  out += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const std::vector<std::string>& row : table.rows) {
    StrAppend(&out, "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">", Markup(row[0]), "</th>");
    for (size_t c = 1; c < row.size(); ++c) {
      StrAppend(&out, "<td role=\"cell\" data-head=\"", Markup(table.heads[c]), "\">", Markup(row[c]), "</td>");
    }
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n</div>\n";
}

std::string Folded(const Table& table) {
  if (table.rows.empty()) return "";
  return StrCat("<details><summary>The same in numbers</summary>\n", TableHtml(table, /*captioned=*/false),
                "</details>\n");
}

std::string Figure(const std::string& svg, std::string_view caption) {
  if (svg.empty()) return "";
  return StrCat("<figure>\n", svg, caption.empty() ? "" : StrCat("<figcaption>", Markup(caption), "</figcaption>\n"),
                "</figure>\n");
}

std::string Header(const Figures& figures) {
  std::string out = StrCat("<header>\n<p class=\"over\">Campaign report, workspace ", Markup(figures.workspace),
                           "</p>\n<h1><bdi>", Markup(figures.title), "</bdi></h1>\n<ul class=\"facts\">\n<li class=\"",
                           figures.state == "active" ? "live" : "still", "\">", Markup(figures.state), "</li>\n<li>on ",
                           Markup(figures.trigger), "</li>\n");
  if (figures.title != figures.campaign_id) StrAppend(&out, "<li>", Markup(figures.campaign_id), "</li>\n");
  return StrCat(out, "</ul>\n", Paragraph("period", figures.period), "</header>\n");
}

std::string Tiles(const Figures& figures) {
  constexpr size_t kLong = 10;  // characters: ten millions
  const bool wide = std::any_of(figures.tiles.begin(), figures.tiles.end(),
                                [](const Tile& tile) { return tile.value.size() >= kLong; });
  std::string out = StrCat("<dl class=\"tiles", wide ? " long" : "", "\">\n");
  for (const Tile& tile : figures.tiles) {
    StrAppend(&out, "<div><dt>", Markup(tile.label), "</dt><dd class=\"value\">", Markup(tile.value), "</dd>");
    if (!tile.note.empty()) StrAppend(&out, "<dd class=\"note\">", Markup(tile.note), "</dd>");
    out += "</div>\n";
  }
  return out + "</dl>\n";
}

// Of each group of bars a drawing, side by side where there is room.
std::string FunnelSection(const Figures& figures) {
  std::string out = "<section class=\"card wide\">\n<h2>Funnel by gate</h2>\n<div class=\"pair\">\n";
  for (size_t i = 0; i < figures.funnel.groups.size(); ++i) {
    plots::BarGroup group = figures.funnel.groups[i];
    const std::string title = std::exchange(group.title, "");
    std::vector<std::string> steps;
    for (const plots::Bar& bar : group.bars) steps.push_back(StrCat(bar.label, " ", Count(bar.count)));
    const std::string svg = plots::Svg(plots::BarPlot{{group}}, {StrCat("funnel", i + 1), StrCat("Funnel: ", title),
                                                                 StrCat("Bars: ", absl::StrJoin(steps, "; "), ".")});
    StrAppend(&out, "<div>\n<h3>", Markup(title), "</h3>\n", Figure(svg, ""), "</div>\n");
  }
  return StrCat(out, "</div>\n", Paragraph("hint", "Outlined in grey: what was stopped, drawn where it is lost."),
                Paragraph("hint", figures.funnel_note), Folded(figures.funnel_table), "</section>\n");
}

std::string MessagesSection(const Figures& figures) {
  const std::string title = MessagesTitle(figures.messages);
  std::vector<std::string> sums;
  for (const plots::Series& series : figures.messages.series) {
    int64_t sum = 0;
    for (const int64_t count : series.counts) sum += count;
    sums.push_back(StrCat(series.name, " ", Count(sum)));
  }
  const plots::TimePlot drawn = plots::WithFewSeries(figures.messages);
  std::string svg;
  if (!drawn.starts.empty()) {
    svg = plots::Svg(drawn, {"messages", title,
                             StrCat("Curves from ", plots::StartText(figures.messages, 0), " to ",
                                    plots::StartText(figures.messages, figures.messages.starts.size() - 1),
                                    "; together: ", absl::StrJoin(sums, ", "), ".")});
  }
  return StrCat("<section class=\"card\">\n<h2>", title, "</h2>\n",
                svg.empty() ? Paragraph("hint", "No message was sent in this period.") : Figure(svg, ""),
                Folded(MessagesTable(drawn)), "</section>\n");
}

std::string Told(const plots::IntervalPlot& plot) {
  std::vector<std::string> rows;
  for (const plots::IntervalRow& row : plot.rows) rows.push_back(StrCat(row.label, " ", row.number, ", ", row.note));
  return StrCat(absl::StrJoin(rows, "; "), ".");
}

std::string GoalSection(const Goal& goal, size_t number) {
  const std::string id = StrCat("goal", number);
  std::string out = StrCat("<section class=\"card wide\">\n<h2>Conversions: <bdi>", Markup(goal.conversion_id),
                           "</bdi></h2>\n", Paragraph("hint", goal.description));
  for (const std::string& finding : goal.findings) out += Paragraph("finding", finding);
  const std::string rates =
      plots::Svg(goal.rates, {id + "-rates", StrCat("Conversion rates by variant: ", goal.conversion_id),
                              StrCat("Rate and 95% interval of each: ", Told(goal.rates))});
  const std::string lifts =
      plots::Svg(goal.lifts, {id + "-lifts", StrCat("Lift against the control: ", goal.conversion_id),
                              StrCat("Difference in percentage points and 95% interval: ", Told(goal.lifts))});
  StrAppend(&out, "<div class=\"pair\">\n<div>\n<h3>Users who converted</h3>\n",
            Figure(rates, "Rate with its 95% interval."), "</div>\n");
  if (!lifts.empty()) {
    StrAppend(&out, "<div>\n<h3>Lift against the control</h3>\n",
              Figure(lifts, "Percentage points, with the 95% interval of the difference."), "</div>\n");
  }
  return StrCat(out, "</div>\n", TableHtml(goal.table, /*captioned=*/false), TableHtml(goal.revenue_table),
                TableHtml(goal.lift_table), "</section>\n");
}

std::string Body(const Figures& figures) {
  if (!figures.nothing.empty()) {
    return StrCat("<section class=\"card\">\n<h2>No data yet</h2>\n", Paragraph("", figures.nothing), "</section>\n");
  }
  std::string out = StrCat(Tiles(figures), FunnelSection(figures), MessagesSection(figures),
                           "<section class=\"card\">\n<h2>Messages by variant</h2>\n",
                           TableHtml(figures.variants, /*captioned=*/false), "</section>\n");
  for (size_t i = 0; i < figures.goals.size(); ++i) out += GoalSection(figures.goals[i], i + 1);
  if (!figures.goals_note.empty()) {
    StrAppend(&out, "<section class=\"card\">\n<h2>What to mind</h2>\n", Paragraph("", figures.goals_note),
              "</section>\n");
  }
  return out;
}

}  // namespace

std::string ReportHtml(const Figures& figures) {
  std::string out = StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>",
      Markup(figures.title), ": campaign report</title>\n<style>\n", plots::Style(), PageStyle(),
      "</style>\n</head>\n<body>\n<main>\n");
  StrAppend(&out, Header(figures), Body(figures), "</main>\n<footer>\n<h2>How this is counted</h2>\n");
  for (const std::string& method : figures.methods) out += Paragraph("", method);
  return StrCat(out, Paragraph("made", StrCat("Made by Cadenza from numbers read at ", figures.made, ".")),
                "</footer>\n</body>\n</html>\n");
}

}  // namespace cadenza::report
