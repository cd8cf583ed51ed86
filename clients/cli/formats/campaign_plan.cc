#include "clients/cli/formats/campaign_plan.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "clients/cli/formats/field_text.h"
#include "clients/cli/formats/message_yaml.h"
#include "clients/cli/formats/printable.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr int kContextLines = 2;
constexpr size_t kLongValue = 60;  // bytes; two longer values stand under each other

class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  std::string Red(const std::string& text) const { return In("31", text); }
  std::string Green(const std::string& text) const { return In("32", text); }
  std::string Yellow(const std::string& text) const { return In("33", text); }
  std::string Bold(const std::string& text) const { return In("1", text); }
  std::string Signed(char sign, const std::string& text) const {
    const std::string line = StrCat(std::string(1, sign), " ", text);
    return sign == '+' ? Green(line) : sign == '-' ? Red(line) : line;
  }

 private:
  std::string In(const char* code, const std::string& text) const {
    return colour_ ? StrCat("\x1b[", code, "m", text, "\x1b[0m") : text;
  }
  const bool colour_;
};

std::string ValueText(const std::string& value, bool is_text) { return Printable(is_text ? YamlString(value) : value); }

bool HasLines(const std::optional<std::string>& text) {
  return text.has_value() && text->find('\n') != std::string::npos;
}

// The edits with the lines around them; "…" stands for what is left out.
std::vector<LineEdit> Hunks(const std::vector<LineEdit>& edits) {
  std::vector<LineEdit> shown;
  const int size = static_cast<int>(edits.size());
  bool gap = false;
  for (int i = 0; i < size; ++i) {
    bool near = false;
    for (int j = std::max(0, i - kContextLines); j <= std::min(size - 1, i + kContextLines); ++j) {
      near |= edits[static_cast<size_t>(j)].sign != ' ';
    }
    if (near) {
      shown.push_back(edits[static_cast<size_t>(i)]);
    } else if (!gap) {
      shown.push_back({' ', "…"});
    }
    gap = !near;
  }
  return shown;
}

void AppendLines(const FieldChange& change, const std::string& margin, const Paint& paint, std::string* out) {
  StrAppend(out, margin, Printable(change.path), ":\n");
  std::vector<LineEdit> edits;
  const bool both = change.before.has_value() && change.after.has_value();
  if (both) {
    edits = Hunks(DiffLines(*change.before, *change.after));
  } else {
    const char sign = change.before.has_value() ? '-' : '+';
    edits = DiffLines("", change.before.has_value() ? *change.before : *change.after);
    edits.erase(std::remove_if(edits.begin(), edits.end(), [](const LineEdit& e) { return e.sign == '-'; }),
                edits.end());
    for (LineEdit& edit : edits) edit.sign = sign;
  }
  // What follows a last newline is no line.
  if (edits.back().line.empty() && (!both || edits.back().sign == ' ')) edits.pop_back();
  for (const LineEdit& edit : edits) StrAppend(out, margin, "  ", paint.Signed(edit.sign, Printable(edit.line)), "\n");
}

void AppendChange(const FieldChange& change, const std::string& margin, const Paint& paint, std::string* out) {
  if (HasLines(change.before) || HasLines(change.after)) return AppendLines(change, margin, paint, out);
  const std::string path = Printable(change.path);
  const std::string before = change.before.has_value() ? ValueText(*change.before, change.is_text) : "";
  const std::string after = change.after.has_value() ? ValueText(*change.after, change.is_text) : "";
  if (!change.before.has_value()) {
    StrAppend(out, margin, paint.Signed('+', StrCat(path, ": ", after)), "\n");
  } else if (!change.after.has_value()) {
    StrAppend(out, margin, paint.Signed('-', StrCat(path, ": ", before)), "\n");
  } else if (before.size() <= kLongValue && after.size() <= kLongValue) {
    StrAppend(out, margin, "  ", path, ": ", paint.Red(before), " -> ", paint.Green(after), "\n");
  } else {
    StrAppend(out, margin, "  ", path, ":\n", margin, "    ", paint.Signed('-', before), "\n", margin, "    ",
              paint.Signed('+', after), "\n");
  }
}

std::string WarningText(const v1::TemplateWarning& warning) {
  const std::string place = warning.line() == 0 ? "" : StrCat(", line ", warning.line(), ", column ", warning.column());
  return Printable(StrCat(warning.field(), place, ": ", warning.message()));
}

void AppendHeading(const PlanEntry& entry, const Paint& paint, std::string* out) {
  const bool created = entry.action == v1::CampaignResult::ACTION_CREATED;
  const std::string sign = created ? paint.Green("+") : entry.MovesTo("archived") ? paint.Red("-") : paint.Yellow("~");
  StrAppend(out, sign, " ", paint.Bold(Printable(entry.name)), "  ", absl::StrJoin(entry.Done(), ", "),
            entry.place.empty() ? "  (in no file)" : StrCat("  (", Printable(entry.place), ")"), "\n");
}

void AppendSummary(const Plan& plan, const std::vector<PlanEntry>& entries, const Paint& paint, std::string* out) {
  const auto count = [&entries](auto test) { return std::count_if(entries.begin(), entries.end(), test); };
  const auto created = count([](const auto& e) { return e.action == v1::CampaignResult::ACTION_CREATED; });
  const auto unchanged = count([](const auto& e) { return e.action == v1::CampaignResult::ACTION_UNCHANGED; });
  const auto paused = count([](const auto& e) { return e.MovesTo("paused"); });
  const auto archived = count([](const auto& e) { return e.MovesTo("archived"); });
  const auto updated = static_cast<int64_t>(entries.size()) - created - unchanged - paused - archived;
  if (!plan.not_in_files.empty()) {
    StrAppend(out, "not in the files, left alone: ", Printable(absl::StrJoin(plan.not_in_files, ", ")), "\n");
  }
  StrAppend(out,
            paint.Bold(StrCat(created, " to create, ", updated, " to update, ", paused, " to pause, ", archived,
                              " to archive, ", unchanged, " unchanged")),
            "\n");
}

template <typename Results>
bool AllUnchanged(const Results& results) {
  return std::all_of(results.begin(), results.end(),
                     [](const auto& result) { return result.action() == v1::CampaignResult::ACTION_UNCHANGED; });
}

// Where programs find those of a kind, and their ids in them.
struct Words {
  const char* list;
  const char* id;
};
Words WordsOf(PlanEntry::Kind kind) {
  switch (kind) {
    case PlanEntry::Kind::kCampaign:
      return {"campaigns", "campaign_id"};
    case PlanEntry::Kind::kSegment:
      return {"segments", "segment_id"};
    case PlanEntry::Kind::kContentBlock:
      return {"content_blocks", "content_block_id"};
    case PlanEntry::Kind::kSettings:
      break;
  }
  return {"settings", nullptr};
}

}  // namespace

bool ChangesNothing(const v1::ApplyCampaignsResponse& response) {
  return AllUnchanged(response.results()) && AllUnchanged(response.segments()) &&
         AllUnchanged(response.content_blocks()) &&
         (!response.has_settings() || response.settings().action() == v1::CampaignResult::ACTION_UNCHANGED);
}

std::vector<PlanEntry> EntriesOf(const Plan& plan) {
  std::vector<PlanEntry> entries;
  const auto add = [&entries](const auto& results, const std::vector<std::string>& places) {
    for (int i = 0; i < results.size(); ++i) entries.push_back(EntryOf(results[i], places[static_cast<size_t>(i)]));
  };
  if (plan.response.has_settings()) entries.push_back(EntryOf(plan.response.settings(), plan.settings_place));
  add(plan.response.content_blocks(), plan.content_block_places);
  add(plan.response.segments(), plan.segment_places);
  add(plan.response.results(), plan.places);
  return entries;
}

std::string FormatChanges(const std::vector<FieldChange>& changes, int indent, bool colour) {
  const Paint paint(colour);
  std::string out;
  for (const FieldChange& change : changes) {
    AppendChange(change, std::string(static_cast<size_t>(indent), ' '), paint, &out);
  }
  return out;
}

std::string FormatPlan(const Plan& plan, bool colour) {
  const Paint paint(colour);
  const std::vector<PlanEntry> entries = EntriesOf(plan);
  std::string out;
  for (const PlanEntry& entry : entries) {
    if (entry.action == v1::CampaignResult::ACTION_UNCHANGED) continue;
    AppendHeading(entry, paint, &out);
    out += FormatChanges(entry.changes, 4, colour);
    for (const v1::TemplateWarning& warning : entry.warnings) {
      StrAppend(&out, "    ", paint.Yellow(StrCat("warning: ", WarningText(warning))), "\n");
    }
    out += '\n';
  }
  AppendSummary(plan, entries, paint, &out);
  if (ChangesNothing(plan.response)) out += "nothing to do\n";
  return out;
}

nlohmann::ordered_json EntryToJson(const PlanEntry& entry) {
  const auto text = [](const std::optional<std::string>& value) {
    return value.has_value() ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (const char* id = WordsOf(entry.kind).id; id != nullptr) json[id] = entry.id;
  json["file"] = entry.place;
  json["done"] = entry.Done();
  if (!entry.state.empty()) json["state"] = entry.state;
  json["changes"] = nlohmann::ordered_json::array();
  for (const FieldChange& change : entry.changes) {
    json["changes"].push_back({{"path", change.path}, {"before", text(change.before)}, {"after", text(change.after)}});
  }
  json["warnings"] = nlohmann::ordered_json::array();
  for (const v1::TemplateWarning& warning : entry.warnings) json["warnings"].push_back(WarningText(warning));
  return json;
}

nlohmann::ordered_json PlanToJson(const Plan& plan) {
  nlohmann::ordered_json json;
  for (const char* list : {"campaigns", "segments", "content_blocks", "settings"}) {
    json[list] = nlohmann::ordered_json::array();
  }
  for (const PlanEntry& entry : EntriesOf(plan)) json[WordsOf(entry.kind).list].push_back(EntryToJson(entry));
  json["not_in_files"] = plan.not_in_files;
  json["users_examined"] = plan.response.users_examined();
  json["all_users_examined"] = plan.response.all_users_examined();
  return json;
}

}  // namespace cadenza::cli
