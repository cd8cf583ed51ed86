#include "server/rules/workspace.h"

#include <optional>
#include <utility>

#include "server/rules/checks.h"
#include "server/rules/facts.h"
#include "server/rules/fields.h"
#include "server/rules/gates/delivery_rate.h"
#include "server/rules/gates/frequency_cap.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"
#include "storage/model/limits.h"

namespace cadenza::rules {
namespace {

constexpr int kAllBasisPoints = 10'000;
constexpr size_t kSaltBytes = 63;

absl::Status CheckHoldout(const Holdout& holdout) {
  if (holdout.basis_points < 0 || holdout.basis_points > kAllBasisPoints) {
    return Invalid("holdout.basis_points",
                   StrCat("is ", holdout.basis_points, "; it must be from 0 to ", kAllBasisPoints));
  }
  return CheckText("holdout.salt", holdout.salt, kSaltBytes);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledWorkspace>> CompileWorkspace(const WorkspaceSettings& settings) {
  auto compiled = std::make_shared<CompiledWorkspace>();
  compiled->settings = settings;
  compiled->default_zone = absl::UTCTimeZone();
  if (!settings.default_time_zone.empty()) {
    CADENZA_RETURN_IF_ERROR(CheckName("default_time_zone", settings.default_time_zone, limits::kNameBytes));
    const std::optional<absl::TimeZone> zone = FindTimeZone(settings.default_time_zone);
    if (!zone.has_value()) {
      return Invalid("default_time_zone", StrCat("there is no time zone '", settings.default_time_zone, "'"));
    }
    compiled->default_zone = *zone;
  }
  auto quiet = schedule::QuietHours::Make(settings.quiet_hours.windows);
  if (!quiet.ok()) return OfField("quiet_hours", quiet.status());
  compiled->quiet = *std::move(quiet);
  CADENZA_RETURN_IF_ERROR(CheckFrequencyCaps(settings.frequency_caps));
  if (settings.delivery_rate.has_value()) {
    CADENZA_RETURN_IF_ERROR(CheckDeliveryRate("delivery_rate", *settings.delivery_rate));
  }
  CADENZA_RETURN_IF_ERROR(CheckHoldout(settings.holdout));
  return std::shared_ptr<const CompiledWorkspace>(std::move(compiled));
}

std::vector<std::string> SettingsWarnings(const WorkspaceSettings& before, const WorkspaceSettings& after,
                                          absl::Time now) {
  return ForgottenBefore(before.frequency_caps, after.frequency_caps, now);
}

absl::TimeZone ZoneOf(const Profile& profile, const CompiledWorkspace& workspace) {
  const Value* name = profile.attributes.Find(kTimeZoneAttribute);
  if (name == nullptr || name->kind() != Value::Kind::kString) return workspace.default_zone;
  return FindTimeZone(name->string_value()).value_or(workspace.default_zone);
}

}  // namespace cadenza::rules
