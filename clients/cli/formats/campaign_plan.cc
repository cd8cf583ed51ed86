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

std::string StateText(v1::Campaign::State state) {
  const auto* value = v1::Campaign::State_descriptor()->FindValueByNumber(state);
  return value == nullptr ? StrCat(static_cast<int>(state)) : EnumText(*value);
}

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

// Whether a state change is what happens to it; the new state tells which.
bool Moves(const v1::CampaignResult& result, v1::Campaign::State to) {
  return result.action() == v1::CampaignResult::ACTION_UPDATED && result.campaign().state() == to &&
         result.previous().state() != to;
}

void AppendHeading(const v1::CampaignResult& result, const std::string& place, const Paint& paint, std::string* out) {
  const bool created = result.action() == v1::CampaignResult::ACTION_CREATED;
  const bool archived = Moves(result, v1::Campaign::STATE_ARCHIVED);
  const std::string sign = created ? paint.Green("+") : archived ? paint.Red("-") : paint.Yellow("~");
  StrAppend(out, sign, " ", paint.Bold(Printable(result.campaign().campaign_id())), "  ",
            absl::StrJoin(DoneTo(result), ", "),
            place.empty() ? "  (in no file)" : StrCat("  (", Printable(place), ")"), "\n");
}

void AppendSummary(const Plan& plan, const Paint& paint, std::string* out) {
  const auto count = [&plan](auto test) {
    return std::count_if(plan.response.results().begin(), plan.response.results().end(), test);
  };
  const auto created = count([](const auto& r) { return r.action() == v1::CampaignResult::ACTION_CREATED; });
  const auto unchanged = count([](const auto& r) { return r.action() == v1::CampaignResult::ACTION_UNCHANGED; });
  const auto paused = count([](const auto& r) { return Moves(r, v1::Campaign::STATE_PAUSED); });
  const auto archived = count([](const auto& r) { return Moves(r, v1::Campaign::STATE_ARCHIVED); });
  const auto updated = plan.response.results_size() - created - unchanged - paused - archived;
  if (!plan.not_in_files.empty()) {
    StrAppend(out, "not in the files, left alone: ", Printable(absl::StrJoin(plan.not_in_files, ", ")), "\n");
  }
  StrAppend(out,
            paint.Bold(StrCat(created, " to create, ", updated, " to update, ", paused, " to pause, ", archived,
                              " to archive, ", unchanged, " unchanged")),
            "\n");
}

}  // namespace

bool ChangesNothing(const v1::ApplyCampaignsResponse& response) {
  return std::all_of(response.results().begin(), response.results().end(),
                     [](const auto& result) { return result.action() == v1::CampaignResult::ACTION_UNCHANGED; });
}

std::vector<std::string> DoneTo(const v1::CampaignResult& result) {
  if (result.action() == v1::CampaignResult::ACTION_UNCHANGED) return {"unchanged"};
  std::vector<std::string> done;
  if (result.action() == v1::CampaignResult::ACTION_CREATED) {
    done.push_back("created");
    if (result.campaign().state() != v1::Campaign::STATE_DRAFT) done.push_back(StateText(result.campaign().state()));
    return done;
  }
  const std::vector<FieldChange> changes = ChangesOf(result);
  const auto is_state = [](const FieldChange& change) { return change.path == "state"; };
  if (!std::all_of(changes.begin(), changes.end(), is_state)) done.push_back("updated");
  if (std::any_of(changes.begin(), changes.end(), is_state)) done.push_back(StateText(result.campaign().state()));
  return done;
}

std::vector<FieldChange> ChangesOf(const v1::CampaignResult& result) {
  v1::Campaign before = result.previous();
  v1::Campaign after = result.campaign();
  if (!result.has_previous()) after.clear_campaign_id();
  return DiffMessages(before, after, kCampaignOutputs);
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
  std::string out;
  for (int i = 0; i < plan.response.results_size(); ++i) {
    const v1::CampaignResult& result = plan.response.results(i);
    if (result.action() == v1::CampaignResult::ACTION_UNCHANGED) continue;
    AppendHeading(result, plan.places[static_cast<size_t>(i)], paint, &out);
    out += FormatChanges(ChangesOf(result), 4, colour);
    for (const v1::TemplateWarning& warning : result.warnings()) {
      StrAppend(&out, "    ", paint.Yellow(StrCat("warning: ", WarningText(warning))), "\n");
    }
    out += '\n';
  }
  AppendSummary(plan, paint, &out);
  if (ChangesNothing(plan.response)) out += "nothing to do\n";
  return out;
}

nlohmann::ordered_json PlanToJson(const Plan& plan) {
  nlohmann::ordered_json json = {{"campaigns", nlohmann::ordered_json::array()}, {"not_in_files", plan.not_in_files}};
  const auto text = [](const std::optional<std::string>& value) {
    return value.has_value() ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  for (int i = 0; i < plan.response.results_size(); ++i) {
    const v1::CampaignResult& result = plan.response.results(i);
    nlohmann::ordered_json one = {{"campaign_id", result.campaign().campaign_id()},
                                  {"file", plan.places[static_cast<size_t>(i)]},
                                  {"done", DoneTo(result)},
                                  {"state", StateText(result.campaign().state())},
                                  {"changes", nlohmann::ordered_json::array()},
                                  {"warnings", nlohmann::ordered_json::array()}};
    for (const FieldChange& change : ChangesOf(result)) {
      one["changes"].push_back({{"path", change.path}, {"before", text(change.before)}, {"after", text(change.after)}});
    }
    for (const v1::TemplateWarning& warning : result.warnings()) one["warnings"].push_back(WarningText(warning));
    json["campaigns"].push_back(std::move(one));
  }
  json["users_examined"] = plan.response.users_examined();
  json["all_users_examined"] = plan.response.all_users_examined();
  return json;
}

}  // namespace cadenza::cli
