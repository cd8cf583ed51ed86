// What every Store must do with launches; see store_suite.h. An engine takes it over likewise.
#ifndef CADENZA_TESTS_CONFORMANCE_LAUNCH_SUITE_H_
#define CADENZA_TESTS_CONFORMANCE_LAUNCH_SUITE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/store_suite.h"

namespace cadenza::testing {

class LaunchSuite : public StoreSuite {
 protected:
  LaunchStore& launches() { return store_->launches(); }

  Launch At(absl::Duration after, std::string_view campaign_id = "sale") const {
    Launch launch;
    launch.workspace = workspace_;
    launch.campaign_id = std::string(campaign_id);
    launch.due_time = kStoreTime + after;
    launch.begin_time = launch.due_time + absl::Seconds(1);
    return launch;
  }
  bool Begin(const Launch& launch) {
    const absl::StatusOr<bool> begun = launches().BeginLaunch(launch);
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.ok() && *begun;
  }
  std::vector<Launch> List(int limit = 100, std::string_view campaign_id = "sale") {
    auto listed = launches().ListLaunches(workspace_, campaign_id, absl::InfiniteFuture(), limit);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return listed.ok() ? *std::move(listed) : std::vector<Launch>();
  }
  // Of this test's workspace, whatever others of the same database have left; nothing if there is none.
  std::optional<Launch> Claim(std::string_view process, absl::Duration lease = absl::Minutes(1)) {
    for (int other = 0; other < 1000; ++other) {
      auto held = launches().ClaimLaunch(process, lease);
      EXPECT_TRUE(held.ok()) << held.status();
      if (!held.ok() || !held->has_value() || (*held)->workspace == workspace_) return held.value_or(std::nullopt);
      (*held)->done = true;
      EXPECT_TRUE(launches().SaveLaunch(**held, process, lease).ok());
    }
    return std::nullopt;
  }
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_CONFORMANCE_LAUNCH_SUITE_H_
