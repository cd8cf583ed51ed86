#include "clients/cli/backtest/report_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "clients/cli/backtest/bars.h"
#include "storage/base/text.h"
#include "storage/model/decision.h"

namespace cadenza::cli {
namespace {

using backtest::Counts;
using backtest::Difference;
using backtest::Report;
using nlohmann::ordered_json;

constexpr int kBarWidth = 40;
constexpr int kBarsMax = 31;
constexpr size_t kTextShown = 200;  // bytes of one message
constexpr std::array<const char*, 4> kKinds = {"only_draft", "only_other", "different", "same"};

// Text of others on a terminal: no control characters, and not too much of it.
std::string Plain(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.size() >= kTextShown && (byte & 0xC0) != 0x80) return plain + "…";
    plain += byte == '\n' ? " " : byte < 0x20 || byte == 0x7f ? absl::StrFormat("\\x%02x", byte) : std::string(1, c);
  }
  return plain;
}

std::string TimeText(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", time, zone);
}

std::string MessageText(const Message& message, absl::TimeZone zone) {
  return StrCat(TimeText(message.create_time, zone), "  ", Plain(std::string(message.user.name())),
                message.variant_id.empty() ? "" : StrCat("  ", message.variant_id), "  ", message.channel, "  ",
                message.title.empty() ? "" : StrCat(Plain(message.title), ": "), Plain(message.body));
}

void Line(std::string_view what, int64_t count, std::string* out, std::string_view more = "") {
  StrAppend(out, Std(absl::StrFormat("  %-26s %14s", Sv(what), Grouped(count))), more, "\n");
}

void AppendStops(const Counts& counts, bool at_entry, std::string* out) {
  for (const auto& [gate, count] : counts.stopped) {
    if ((gate <= Gate::kDelay) == at_entry) Line(StrCat("  stopped by ", GateName(gate)), count, out);
  }
}

void AppendCounts(const Counts& counts, std::string* out) {
  Line("triggered", counts.triggered, out);
  AppendStops(counts, /*at_entry=*/true, out);
  Line("entered", counts.entered, out);
  if (counts.control > 0) Line("  control", counts.control, out);
  if (counts.waited > 0) Line("  waited", counts.waited, out);
  if (counts.cancelled > 0) Line("  cancelled by exceptions", counts.cancelled, out);
  AppendStops(counts, /*at_entry=*/false, out);
  Line("sent", counts.sent, out, StrCat(" to ", Grouped(counts.users), " users"));
  if (counts.waiting > 0) Line("waiting at the end", counts.waiting, out);
  if (counts.messages.empty()) return;
  StrAppend(out, "\nmessages a day\n", BarsText(BarsOf(counts, kBarsMax), kBarWidth));
}

void AppendDifference(const Report& report, absl::TimeZone zone, std::string* out) {
  const Difference& difference = report.difference;
  StrAppend(out, "\nagainst ", report.against, "\n");
  Line("only the draft sends", difference.total[Difference::kOnlyDraft], out);
  Line(StrCat("only ", report.against, " sends"), difference.total[Difference::kOnlyOther], out);
  Line("both, not the same", difference.total[Difference::kBothDifferent], out);
  Line("both, the same", difference.total[Difference::kBothSame], out);
  StrAppend(out, Std(absl::StrFormat("\n%-10s %10s %10s %10s %10s\n", "day", "only draft", "only other", "different",
                                     "same")));
  for (const auto& [day, counts] : difference.days) {
    StrAppend(out, Std(absl::StrFormat("%-10s %10s %10s %10s %10s\n", absl::FormatCivilTime(day), Grouped(counts[0]),
                                       Grouped(counts[1]), Grouped(counts[2]), Grouped(counts[3]))));
  }
  constexpr size_t kShown = 3;
  constexpr std::array<const char*, 3> kTitles = {"only the draft", "only the other", "not the same"};
  for (size_t kind = 0; kind < difference.samples.size(); ++kind) {
    const auto& samples = difference.samples[kind];
    if (samples.empty()) continue;
    StrAppend(out, "\n", kTitles[kind], ", for example\n");
    for (size_t i = 0; i < std::min(samples.size(), kShown); ++i) {
      if (samples[i].other.has_value()) StrAppend(out, "- ", MessageText(*samples[i].other, zone), "\n");
      if (samples[i].draft.has_value()) StrAppend(out, "+ ", MessageText(*samples[i].draft, zone), "\n");
    }
  }
}

std::vector<std::string> NotesOf(const Report& report, absl::TimeZone zone) {
  std::vector<std::string> notes = report.notes;
  if (report.inputs == 0) {
    notes.push_back("the workspace has no stored inputs of before the end of the period");
  } else if (report.first > report.from) {
    notes.push_back(StrCat("the oldest stored input is of ", TimeText(report.first, zone),
                           ", after the period begins: what came before is not kept any more, or did not happen"));
  }
  if (report.incomplete > 0) {
    notes.push_back(StrCat(Grouped(report.incomplete),
                           " users have inputs that are not stored any more: their profiles begin", " with what is"));
  }
  if (report.refused > 0)
    notes.push_back(StrCat(Grouped(report.refused), " inputs could not be applied, and were left out"));
  for (const auto& [text, count] : report.draft.errors) {
    notes.push_back(StrCat(Grouped(count), " times a rule error: ", Plain(text)));
  }
  return notes;
}

ordered_json JsonOf(const Counts& counts) {
  ordered_json stopped = ordered_json::object();
  for (const auto& [gate, count] : counts.stopped) stopped[std::string(GateName(gate))] = count;
  ordered_json messages = ordered_json::array();
  for (const auto& [day, variants] : counts.messages) {
    for (const auto& [variant_id, count] : variants) {
      messages.push_back({{"day", absl::FormatCivilTime(day)}, {"variant_id", variant_id}, {"messages", count}});
    }
  }
  ordered_json samples = ordered_json::array();
  for (const Message& message : counts.samples) samples.push_back(MessageJson(message));
  return {{"triggered", counts.triggered}, {"stopped", stopped},        {"entered", counts.entered},
          {"control", counts.control},     {"waited", counts.waited},   {"cancelled", counts.cancelled},
          {"sent", counts.sent},           {"waiting", counts.waiting}, {"users", counts.users},
          {"messages", messages},          {"samples", samples},        {"errors", counts.errors}};
}

ordered_json JsonOf(const Difference::ByKind& counts) {
  ordered_json json;
  for (size_t kind = 0; kind < counts.size(); ++kind) json[kKinds[kind]] = counts[kind];
  return json;
}

ordered_json JsonOf(const Difference& difference) {
  ordered_json json = JsonOf(difference.total);
  json["days"] = ordered_json::array();
  for (const auto& [day, counts] : difference.days) {
    ordered_json line = {{"day", absl::FormatCivilTime(day)}};
    line.update(JsonOf(counts));
    json["days"].push_back(std::move(line));
  }
  for (size_t kind = 0; kind < difference.samples.size(); ++kind) {
    ordered_json& samples = json["samples"][kKinds[kind]] = ordered_json::array();
    for (const Difference::Pair& pair : difference.samples[kind]) {
      ordered_json sample = ordered_json::object();
      if (pair.draft.has_value()) sample["draft"] = MessageJson(*pair.draft);
      if (pair.other.has_value()) sample["other"] = MessageJson(*pair.other);
      samples.push_back(std::move(sample));
    }
  }
  return json;
}

}  // namespace

ordered_json MessageJson(const Message& message) {
  return {{"user", message.user.key},
          {"message_id", message.message_id},
          {"event_id", message.event_id},
          {"variant_id", message.variant_id},
          {"channel", message.channel},
          {"title", message.title},
          {"body", message.body},
          {"create_time", absl::FormatTime(absl::RFC3339_full, message.create_time, absl::UTCTimeZone())}};
}

std::string Grouped(int64_t number) {
  const std::string digits = absl::StrFormat("%d", number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string ReportText(const Report& report, absl::TimeZone zone) {
  const double seconds = absl::ToDoubleSeconds(report.read_time + report.replay_time);
  std::string text =
      StrCat(report.campaign_id, ", ", TimeText(report.from, zone), " to ", TimeText(report.to, zone), "\n",
             Grouped(report.in_period), " inputs of the period, ", Grouped(report.inputs), " read, of ",
             Grouped(report.users), " users, in ", Std(absl::StrFormat("%.1f", seconds)),
             " s: ", Grouped(seconds > 0 ? static_cast<int64_t>(static_cast<double>(report.inputs) / seconds) : 0),
             " a second\n\n");
  AppendCounts(report.draft, &text);
  if (!report.draft.samples.empty()) {
    StrAppend(&text, "\nfor example\n");
    for (const Message& message : report.draft.samples) StrAppend(&text, "  ", MessageText(message, zone), "\n");
  }
  if (!report.against.empty()) AppendDifference(report, zone, &text);
  const std::vector<std::string> notes = NotesOf(report, zone);
  if (!notes.empty()) StrAppend(&text, "\n");
  for (const std::string& note : notes) StrAppend(&text, "note: ", note, "\n");
  return text;
}

ordered_json ReportJson(const Report& report) {
  const auto time = [](absl::Time of) { return absl::FormatTime(absl::RFC3339_full, of, absl::UTCTimeZone()); };
  ordered_json json = {{"campaign_id", report.campaign_id},
                       {"from", time(report.from)},
                       {"to", time(report.to)},
                       {"inputs", report.inputs},
                       {"first_input", report.inputs > 0 ? ordered_json(time(report.first)) : ordered_json()},
                       {"in_period", report.in_period},
                       {"users", report.users},
                       {"incomplete_users", report.incomplete},
                       {"refused", report.refused},
                       {"read_seconds", absl::ToDoubleSeconds(report.read_time)},
                       {"replay_seconds", absl::ToDoubleSeconds(report.replay_time)},
                       {"notes", NotesOf(report, absl::UTCTimeZone())},
                       {"draft", JsonOf(report.draft)}};
  if (!report.against.empty()) {
    json["against"] = {{"campaign_id", report.against}};
    json["against"].update(JsonOf(report.other));
    json["difference"] = JsonOf(report.difference);
  }
  return json;
}

}  // namespace cadenza::cli
