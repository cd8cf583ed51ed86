#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza workspace settings
  cadenza workspace settings --file settings.yaml

The file is YAML, a cadenza.v1.WorkspaceSettings, fields as in the proto:

  default_time_zone: Europe/London   # of users whose attribute time_zone names none
  quiet_hours:
    windows:
      - { start: "22:00", end: "08:00" }
      - { start: "12:00", end: "14:00", weekdays: [saturday, sunday] }
    action: ACTION_HOLD              # or ACTION_DROP
  frequency_caps:
    - { most: 3, window: 86400s, channel: push }
    - { most: 1, window: 604800s, tag: promotion }
  delivery_rate: { most: 1000, per: 60s }
  holdout: { basis_points: 500 }     # 5 %
  etag: "3"                          # if given, it must be the current one

It replaces all settings. A change is in force within a second.)";

std::string ShowQuietHours(const v1::QuietHours& quiet) {
  std::vector<std::string> windows;
  for (const v1::QuietWindow& window : quiet.windows()) {
    windows.push_back(StrCat(window.start(), " to ", window.end(), window.weekdays().empty() ? "" : " on ",
                             absl::StrJoin(window.weekdays(), ", ")));
  }
  return StrCat(absl::StrJoin(windows, "; "),
                quiet.action() == v1::QuietHours::ACTION_HOLD ? "; messages wait" : "; messages are dropped");
}

std::string ShowCap(const v1::FrequencyCap& cap) {
  std::string text = StrCat(cap.most(), " in ", FormatDuration(cap.window()));
  if (!cap.channel().empty()) text += StrCat(", channel ", Plain(cap.channel()));
  if (!cap.tag().empty()) text += StrCat(", tag ", Plain(cap.tag()));
  if (!cap.campaign_id().empty()) text += StrCat(", campaign ", Plain(cap.campaign_id()));
  return text;
}

std::string ShowRate(const v1::DeliveryRate& rate) {
  return StrCat(rate.most(), " in ", FormatDuration(rate.per()), rate.burst() ? ", at once after a pause" : "");
}

void Show(const Globals& globals, const v1::WorkspaceSettings& settings) {
  if (globals.json) {
    std::printf("%s\n", ToJson(settings).c_str());
    return;
  }
  const auto line = [](const char* name, const std::string& text) { std::printf("%-14s  %s\n", name, text.c_str()); };
  line("time zone", settings.default_time_zone().empty() ? "UTC" : Plain(settings.default_time_zone()));
  line("quiet hours", settings.has_quiet_hours() ? ShowQuietHours(settings.quiet_hours()) : "none");
  if (settings.frequency_caps().empty()) line("frequency cap", "none");
  for (const v1::FrequencyCap& cap : settings.frequency_caps()) line("frequency cap", ShowCap(cap));
  line("delivery rate", settings.has_delivery_rate() ? ShowRate(settings.delivery_rate()) : "none");
  line("holdout", settings.holdout().basis_points() == 0
                      ? "none"
                      : absl::StrFormat("%.2f %%", settings.holdout().basis_points() / 100.0));
  line("etag", settings.etag());
  if (settings.has_update_time()) line("updated", FormatTime(settings.update_time()));
}

absl::StatusOr<v1::WorkspaceSettings> ReadSettings(const std::string& path) {
  CADENZA_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  const absl::StatusOr<std::vector<std::string>> documents = YamlToJson(content);
  if (!documents.ok()) return WithPlace(path, documents.status());
  if (documents->size() != 1) return absl::InvalidArgumentError(StrCat(path, ": must hold one document"));
  v1::WorkspaceSettings settings;
  if (const absl::Status parsed = FromJson(documents->front(), &settings); !parsed.ok()) {
    return WithPlace(path, parsed);
  }
  return settings;
}

absl::StatusOr<int> Settings(const Globals& globals, const std::string& file, client::Client& client) {
  if (file.empty()) {
    v1::GetWorkspaceSettingsRequest request;
    request.set_workspace(globals.workspace);
    CADENZA_ASSIGN_OR_RETURN(const v1::GetWorkspaceSettingsResponse response, client.GetWorkspaceSettings(request));
    Show(globals, response.settings());
    return kOk;
  }
  v1::UpdateWorkspaceSettingsRequest request;
  request.set_workspace(globals.workspace);
  CADENZA_ASSIGN_OR_RETURN(*request.mutable_settings(), ReadSettings(file));
  const absl::StatusOr<v1::UpdateWorkspaceSettingsResponse> response = client.UpdateWorkspaceSettings(request);
  if (!response.ok()) return WithPlace(file, response.status());
  Show(globals, response->settings());
  for (const std::string& warning : response->warnings()) {
    std::fprintf(stderr, "warning: %s\n", Plain(warning).c_str());
  }
  return kOk;
}

}  // namespace

void AddWorkspace(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* workspace = app.add_subcommand("workspace", "What holds for all campaigns of the workspace");
  workspace->require_subcommand(1);
  CLI::App* settings = workspace->add_subcommand("settings", "Shows the settings, or replaces them by those of a file");
  settings->footer(kFooter);
  auto file = std::make_shared<std::string>();
  settings->add_option("--file", *file, "YAML; - is standard input");
  settings->callback([&globals, &action, file] {
    action = WithClient(globals, [&globals, file](client::Client& client) { return Settings(globals, *file, client); });
  });
}

}  // namespace cadenza::cli
