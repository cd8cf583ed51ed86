#include "clients/cli/report/plots/terminal.h"

#include <algorithm>
#include <cmath>

#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::plots {
namespace {

constexpr const char* kEighthsAcross[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr const char* kEighthsUp[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr char kAsciiUp[] = " .:-=+*#@";
constexpr int64_t kRows = 6;       // of the curve
constexpr size_t kCurveLeast = 4;  // columns
constexpr size_t kLabelMost = 24;
constexpr size_t kLabelLeast = 10;  // or notes are left out

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string Label(std::string_view label, const Terminal& terminal, size_t columns) {
  return PadRight(Printable(Fit(label, columns), terminal.utf8), columns);
}

// `part` of `columns`, at least a sliver if it is anything.
std::string BarText(double part, size_t columns, Bar::Kind kind, const Terminal& terminal) {
  const double length = std::clamp(part, 0.0, 1.0) * static_cast<double>(columns);
  if (!terminal.utf8 || kind == Bar::Kind::kLost) {
    const auto cells = static_cast<size_t>(std::max<double>(part > 0 ? 1 : 0, std::round(length)));
    const char* cell = kind == Bar::Kind::kReached ? "#" : terminal.utf8 ? "░" : "-";
    return Repeat(cell, cells);
  }
  const auto eighths = static_cast<size_t>(std::max<double>(part > 0 ? 1 : 0, std::round(length * 8)));
  return Repeat("█", eighths / 8) + kEighthsAcross[eighths % 8];
}

// Sums of neighbours, so that there are at most `columns`; each stands for `*per` of them.
std::vector<int64_t> Squeeze(const std::vector<int64_t>& counts, size_t columns, size_t* per) {
  *per = (counts.size() + columns - 1) / columns;
  std::vector<int64_t> sums((counts.size() + *per - 1) / *per, 0);
  for (size_t i = 0; i < counts.size(); ++i) sums[i / *per] += counts[i];
  return sums;
}

// One cell of a column: its part of `level` (0 to 8, more and less are cut).
std::string Cell(double level, bool utf8) {
  const auto eighth = static_cast<size_t>(std::clamp(std::round(level), 0.0, 8.0));
  return utf8 ? kEighthsUp[eighth] : std::string(1, kAsciiUp[eighth]);
}

std::string Trimmed(std::string line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line + "\n";
}

std::string Curve(const std::vector<int64_t>& sums, int64_t most, size_t margin, bool utf8) {
  std::string out;
  for (int64_t row = kRows - 1; row >= 0; --row) {
    const bool top = row == kRows - 1;
    std::string line = PadLeft(top ? Count(most) : row == 0 ? "0" : "", margin) + (utf8 ? " │" : " |");
    for (const int64_t sum : sums) {
      double level =
          8.0 * kRows * static_cast<double>(sum) / static_cast<double>(most) - 8.0 * static_cast<double>(row);
      if (row == 0 && sum > 0) level = std::max(level, 1.0);
      line += utf8 ? Cell(level, true) : level >= 4 || (row == 0 && sum > 0) ? "#" : " ";
    }
    out += Trimmed(std::move(line));
  }
  return out;
}

}  // namespace

std::string Text(const BarPlot& plot, const Terminal& terminal) {
  size_t label = 0, count = 0, note = 0;
  for (const BarGroup& group : plot.groups) {
    for (const Bar& bar : group.bars) {
      label = std::max(label, Columns(bar.label));
      count = std::max(count, Count(bar.count).size());
      note = std::max(note, Columns(bar.note));
    }
  }
  label = std::min(label, kLabelMost);
  if (2 + kLabelLeast + 2 + count + 2 + note > terminal.width) note = 0;
  label = std::min(label, terminal.width - (2 + 2 + count + 2 + note));
  const size_t left = 2 + label + 2 + count + 2 + note + 2;
  const size_t room = left + 8 < terminal.width ? terminal.width - left : 0;
  std::string out;
  for (const BarGroup& group : plot.groups) {
    int64_t whole = 1;
    for (const Bar& bar : group.bars) whole = std::max(whole, bar.begin + bar.count);
    if (!group.title.empty() && !group.bars.empty()) StrAppend(&out, Printable(group.title, terminal.utf8), "\n");
    for (const Bar& bar : group.bars) {
      const double scale = static_cast<double>(room) / static_cast<double>(whole);
      std::string text = BarText(static_cast<double>(bar.count) / static_cast<double>(whole), room, bar.kind, terminal);
      // A loss is drawn where it is lost.
      const size_t width = Columns(text);
      size_t begin = bar.begin <= 0 ? 0 : static_cast<size_t>(std::round(static_cast<double>(bar.begin) * scale));
      begin = begin + width > room ? room - std::min(room, width) : begin;
      out += Trimmed(StrCat("  ", Label(bar.label, terminal, label), "  ", PadLeft(Count(bar.count), count), "  ",
                            PadLeft(note == 0 ? "" : bar.note, note), "  ", std::string(begin, ' '),
                            room == 0 ? "" : text));
    }
  }
  return out;
}

std::string Text(const TimePlot& plot, const Terminal& terminal) {
  if (plot.starts.empty() || plot.series.empty()) return "";
  std::vector<int64_t> all(plot.starts.size(), 0);
  for (const Series& series : plot.series) {
    for (size_t i = 0; i < all.size(); ++i) all[i] += series.counts[i];
  }
  size_t name = 0;
  for (const Series& series : plot.series) name = std::max(name, Columns(series.name));
  size_t per = 1;
  name = std::min({name, kLabelMost, terminal.width / 4});
  int64_t total = 0;
  for (const int64_t count : all) total += count;
  const size_t margin = std::max(plot.series.size() > 1 ? name : 0, Count(total).size());
  const size_t used = margin + 4 + (plot.series.size() > 1 ? Count(total).size() + 2 : 0);
  const size_t room = terminal.width > used + kCurveLeast ? terminal.width - used : kCurveLeast;
  const std::vector<int64_t> sums = Squeeze(all, room, &per);
  const int64_t most = std::max<int64_t>(1, *std::max_element(sums.begin(), sums.end()));
  std::string out = Curve(sums, most, margin + 1, terminal.utf8);
  const std::string first = StartText(plot, 0), last = StartText(plot, plot.starts.size() - 1);
  const size_t gap = sums.size() > first.size() + last.size() + 1 ? sums.size() - first.size() - last.size() : 2;
  const bool both = plot.starts.size() > 1 && margin + 3 + first.size() + gap + last.size() <= terminal.width;
  StrAppend(&out, std::string(margin + 3, ' '), first, both ? std::string(gap, ' ') + last : "", "\n");
  if (per > 1) StrAppend(&out, std::string(margin + 3, ' '), "a column is ", per, " of them\n");
  if (plot.series.size() == 1) return out;
  int64_t highest = 1;
  std::vector<std::vector<int64_t>> squeezed;
  for (const Series& series : plot.series) {
    squeezed.push_back(Squeeze(series.counts, room, &per));
    highest = std::max(highest, *std::max_element(squeezed.back().begin(), squeezed.back().end()));
  }
  for (size_t s = 0; s < plot.series.size(); ++s) {
    std::string line = StrCat(" ", Label(plot.series[s].name, terminal, margin), terminal.utf8 ? " │" : " |");
    int64_t sum = 0;
    for (const int64_t count : plot.series[s].counts) sum += count;
    for (const int64_t count : squeezed[s]) {
      const double level = 8.0 * static_cast<double>(count) / static_cast<double>(highest);
      line += Cell(count > 0 ? std::max(level, 1.0) : 0, terminal.utf8);
    }
    StrAppend(&out, line, "  ", Count(sum), "\n");
  }
  return out;
}

std::string Text(const IntervalPlot& plot, const Terminal& terminal) {
  if (plot.rows.empty()) return "";
  double low = std::min(0.0, plot.reference.value_or(0)), high = plot.reference.value_or(0);
  size_t label = 0, number = 0, note = 0;
  for (const IntervalRow& row : plot.rows) {
    label = std::max(label, Columns(row.label));
    number = std::max(number, Columns(row.number));
    note = std::max(note, Columns(row.note));
    if (!row.estimate.has_value()) continue;
    low = std::min(low, row.low);
    high = std::max(high, row.high);
  }
  label = std::min(label, kLabelMost);
  if (2 + kLabelLeast + 2 + number + 2 + note > terminal.width) note = 0;
  label = std::min(label, terminal.width - (2 + 2 + number + 2 + note));
  const size_t left = 2 + label + 2 + number + 2 + note + 2;
  const size_t room = left + 10 < terminal.width ? terminal.width - left : 0;
  if (high <= low) high = low + 0.01;
  const auto cell = [&](double value) {
    return static_cast<size_t>(std::round((value - low) / (high - low) * static_cast<double>(room - 1)));
  };
  std::string out;
  for (const IntervalRow& row : plot.rows) {
    std::vector<std::string> cells(room, " ");
    if (room > 0) {
      if (plot.reference.has_value()) cells[cell(*plot.reference)] = terminal.utf8 ? "┊" : ":";
      if (row.estimate.has_value()) {
        for (size_t i = cell(row.low); i <= cell(row.high); ++i) cells[i] = terminal.utf8 ? "─" : "-";
        cells[cell(row.low)] = terminal.utf8 ? "├" : "[";
        cells[cell(row.high)] = terminal.utf8 ? "┤" : "]";
        cells[cell(*row.estimate)] = terminal.utf8 ? "●" : "o";
      }
    }
    std::string line =
        StrCat("  ", Label(row.label, terminal, label), "  ", PadLeft(Printable(row.number, terminal.utf8), number),
               "  ", PadRight(note == 0 ? "" : Printable(row.note, terminal.utf8), note), "  ");
    for (const std::string& text : cells) line += text;
    out += Trimmed(std::move(line));
  }
  return out;
}

}  // namespace cadenza::plots
