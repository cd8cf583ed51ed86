// What holds for all campaigns of a workspace, as plain C++ (cadenza.v1.WorkspaceSettings, which says what each field
// means).
#ifndef CADENZA_STORAGE_MODEL_WORKSPACE_SETTINGS_H_
#define CADENZA_STORAGE_MODEL_WORKSPACE_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "storage/model/delivery_limits.h"
#include "storage/model/timing.h"

namespace cadenza {

// The part of all users who get no campaign message at all.
struct Holdout {
  int32_t basis_points = 0;  // hundredths of a percent, 0 to 10,000
  std::string salt;          // another one draws other users
  friend bool operator==(const Holdout&, const Holdout&) = default;
};

struct WorkspaceSettings {
  std::string workspace;
  std::string default_time_zone;  // "" = UTC
  QuietRule quiet_hours;          // of campaigns that have none of their own
  std::vector<FrequencyCap> frequency_caps;
  std::optional<DeliveryRate> delivery_rate;
  Holdout holdout;
  absl::Time update_time;
  int64_t revision = 0;  // 1, 2, … with every change; 0 = never set
  friend bool operator==(const WorkspaceSettings&, const WorkspaceSettings&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_WORKSPACE_SETTINGS_H_
