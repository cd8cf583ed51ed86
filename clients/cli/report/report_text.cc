#include "clients/cli/report/report_text.h"

#include <algorithm>
#include <sstream>

#include "clients/cli/report/messages.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::report {
namespace {

using plots::Terminal;

std::string Heading(std::string_view text, const Terminal& terminal) {
  std::string line;
  for (size_t i = 0; i < terminal.width; ++i) line += terminal.utf8 ? "─" : "-";
  return StrCat("\n", plots::Printable(text, terminal.utf8), "\n", line, "\n");
}

// Broken at blanks.
std::string Wrapped(std::string_view text, const Terminal& terminal) {
  std::istringstream words{plots::Printable(text, terminal.utf8)};
  std::string out, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && plots::Columns(line) + 1 + plots::Columns(word) > terminal.width) {
      StrAppend(&out, line, "\n");
      line.clear();
    }
    StrAppend(&line, line.empty() ? "" : " ", word);
  }
  return StrCat(out, line, line.empty() ? "" : "\n");
}

// Name over its numbers, where they do not fit side by side.
std::string Stacked(const Table& table, const Terminal& terminal) {
  size_t head = 0;
  for (size_t c = 1; c < table.heads.size(); ++c) head = std::max(head, plots::Columns(table.heads[c]));
  head = std::min(head, terminal.width / 2);
  std::string out;
  for (const std::vector<std::string>& row : table.rows) {
    StrAppend(&out, plots::Printable(plots::Fit(row[0], terminal.width), terminal.utf8), "\n");
    for (size_t c = 1; c < row.size(); ++c) {
      StrAppend(&out, "  ", plots::PadRight(plots::Printable(plots::Fit(table.heads[c], head), terminal.utf8), head),
                "  ", plots::Printable(row[c], terminal.utf8), "\n");
    }
  }
  return out;
}

std::string TableText(const Table& table, const Terminal& terminal) {
  constexpr size_t kNameLeast = 12;
  if (table.rows.empty()) return "";
  std::vector<size_t> widths;
  size_t others = 0;
  for (size_t c = 0; c < table.heads.size(); ++c) {
    size_t width = plots::Columns(table.heads[c]);
    for (const std::vector<std::string>& row : table.rows) width = std::max(width, plots::Columns(row[c]));
    widths.push_back(width);
    if (c > 0) others += width + 2;
  }
  if (others + std::min(widths[0], kNameLeast) > terminal.width) return Stacked(table, terminal);
  widths[0] = std::min(widths[0], terminal.width - others);
  std::string out;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line = plots::PadRight(plots::Printable(plots::Fit(row[0], widths[0]), terminal.utf8), widths[0]);
    for (size_t c = 1; c < row.size(); ++c) {
      StrAppend(&line, "  ", plots::PadLeft(plots::Printable(row[c], terminal.utf8), widths[c]));
    }
    StrAppend(&out, line, "\n");
  };
  add(table.heads);
  for (const std::vector<std::string>& row : table.rows) add(row);
  return out;
}

std::string GoalText(const Goal& goal, const Terminal& terminal) {
  std::string out = Heading(StrCat("Conversions: ", goal.conversion_id), terminal);
  out += Wrapped(goal.description, terminal);
  for (const std::string& finding : goal.findings) out += Wrapped(finding, terminal);
  StrAppend(&out, "\n", plots::Text(goal.rates, terminal), "\n", TableText(goal.table, terminal));
  if (!goal.revenue_table.rows.empty()) StrAppend(&out, "\nRevenue\n", TableText(goal.revenue_table, terminal));
  if (goal.lifts.rows.empty()) return out;
  StrAppend(&out, "\n", Wrapped("Lift against the control, percentage points", terminal),
            plots::Text(goal.lifts, terminal), "\n", TableText(goal.lift_table, terminal));
  return out;
}

}  // namespace

std::string ReportText(const Figures& figures, const Terminal& given) {
  const Terminal terminal{std::clamp<size_t>(given.width, 40, 160), given.utf8};
  const std::string id = figures.title == figures.campaign_id ? "" : StrCat(" (", figures.campaign_id, ")");
  std::string out = Wrapped(StrCat(figures.title, id, ": ", figures.state, ", on ", figures.trigger), terminal);
  out += Wrapped(StrCat(figures.period, "; read ", figures.made), terminal);
  if (!figures.nothing.empty()) return StrCat(out, "\n", Wrapped(figures.nothing, terminal));
  out += Heading("Funnel by gate", terminal) + plots::Text(figures.funnel, terminal);
  out += Wrapped(figures.funnel_note, terminal);
  out += Heading(MessagesTitle(figures.messages), terminal);
  out += figures.messages.starts.empty() ? "No message was sent.\n" : plots::Text(figures.messages, terminal);
  out += Heading("Messages by variant", terminal) + TableText(figures.variants, terminal);
  for (const Goal& goal : figures.goals) out += GoalText(goal, terminal);
  if (!figures.goals_note.empty()) out += StrCat("\n", Wrapped(figures.goals_note, terminal));
  return out;
}

}  // namespace cadenza::report
