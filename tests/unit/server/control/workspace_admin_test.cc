#include "server/control/workspace_admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

WorkspaceSettings Settings(int32_t basis_points = 500) {
  WorkspaceSettings settings;
  settings.workspace = "w";
  settings.default_time_zone = "Europe/London";
  settings.frequency_caps = {{3, absl::Hours(24), "push", "", ""}};
  settings.holdout = {basis_points, ""};
  return settings;
}

// Settings whose next PutSettings answers UNKNOWN, done or not, after `before`.
class DoubtfulStore : public FaultStore, public WorkspaceStore {
 public:
  explicit DoubtfulStore(Store* base) : FaultStore(base), base_(base->workspaces()) {}
  WorkspaceStore& workspaces() override { return *this; }
  absl::StatusOr<std::vector<WorkspaceSettingsRow>> ListSettings() override { return base_.ListSettings(); }
  absl::StatusOr<WorkspaceSettingsRow> GetSettings(std::string_view workspace) override {
    return base_.GetSettings(workspace);
  }
  absl::Status PutSettings(const WorkspaceSettingsRow& row) override {
    if (before) std::exchange(before, nullptr)();
    if (!unknown_done.has_value()) return base_.PutSettings(row);
    if (*std::exchange(unknown_done, std::nullopt)) base_.PutSettings(row).IgnoreError();
    return absl::UnknownError("connection lost");
  }
  absl::StatusOr<RateRow> ReadRate(std::string_view workspace, std::string_view campaign) override {
    return base_.ReadRate(workspace, campaign);
  }
  absl::StatusOr<bool> PutRate(std::string_view workspace, std::string_view campaign, const RateRow& row) override {
    return base_.PutRate(workspace, campaign, row);
  }
  std::function<void()> before;
  std::optional<bool> unknown_done;

 private:
  WorkspaceStore& base_;
};

class WorkspaceAdminTest : public ::testing::Test {
 protected:
  ManualClock clock_{kNow};
  MemoryStore memory_;
  DoubtfulStore store_{&memory_};
  int changes_ = 0;
  WorkspaceAdmin admin_{&store_, &clock_, [this] { ++changes_; }};
};

TEST_F(WorkspaceAdminTest, WhatWasNeverSetIsEmpty) {
  WorkspaceSettings none;
  none.workspace = "w";
  EXPECT_EQ(admin_.Get("w").value(), none);
}

TEST_F(WorkspaceAdminTest, SettingsAreReadBackAsTheyWereSet) {
  const WorkspaceSettings set = admin_.Update(Settings(), std::nullopt).value();
  EXPECT_EQ(set.revision, 1);
  EXPECT_EQ(set.update_time, kNow);
  EXPECT_EQ(admin_.Get("w").value(), set);
  EXPECT_EQ(set.frequency_caps, Settings().frequency_caps);
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(admin_.Get("another")->revision, 0);
}

TEST_F(WorkspaceAdminTest, TheRevisionMustBeCurrentIfOneIsGiven) {
  EXPECT_TRUE(absl::IsAborted(admin_.Update(Settings(), 1).status()));
  EXPECT_EQ(admin_.Update(Settings(1), 0)->revision, 1);
  EXPECT_TRUE(absl::IsAborted(admin_.Update(Settings(2), 0).status()));
  EXPECT_EQ(admin_.Update(Settings(2), 1)->revision, 2);
  EXPECT_EQ(admin_.Update(Settings(3), std::nullopt)->revision, 3);
}

TEST_F(WorkspaceAdminTest, WhatIsTheSameIsNotChanged) {
  ASSERT_TRUE(admin_.Update(Settings(), std::nullopt).ok());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(admin_.Update(Settings(), std::nullopt)->revision, 1);
  EXPECT_EQ(changes_, 1);
}

TEST_F(WorkspaceAdminTest, ACapThatIsLengthenedIsWarnedOf) {
  WorkspaceSettings settings = Settings();
  settings.frequency_caps.clear();
  FrequencyCap& cap = settings.frequency_caps.emplace_back();
  cap.most = 3;
  cap.window = absl::Hours(24);
  std::vector<std::string> warnings;
  ASSERT_TRUE(admin_.Update(settings, std::nullopt, &warnings).ok());
  EXPECT_EQ(warnings.size(), 1u) << "of messages before there was a cap nothing is known";
  settings.frequency_caps[0].most = 2;
  ASSERT_TRUE(admin_.Update(settings, std::nullopt, &warnings).ok());
  EXPECT_TRUE(warnings.empty());
  settings.frequency_caps[0].window = absl::Hours(48);
  ASSERT_TRUE(admin_.Update(settings, std::nullopt, &warnings).ok());
  EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(WorkspaceAdminTest, AWrongFieldIsNamedAndChangesNothing) {
  const absl::Status status = admin_.Update(Settings(10'001), std::nullopt).status();
  EXPECT_EQ(RejectionField(status), "holdout.basis_points");
  EXPECT_EQ(admin_.Get("w")->revision, 0);
  EXPECT_EQ(changes_, 0);
}

TEST_F(WorkspaceAdminTest, AnotherEditorInBetweenIsNotOverlooked) {
  store_.before = [this] { ASSERT_TRUE(memory_.workspaces().PutSettings({"w", 1, ""}).ok()); };
  EXPECT_TRUE(absl::IsAborted(admin_.Update(Settings(), 0).status()));
  EXPECT_EQ(admin_.Update(Settings(), std::nullopt)->revision, 2) << "without an etag, ours goes on top";
}

TEST_F(WorkspaceAdminTest, AnUnknownOutcomeIsResolved) {
  int64_t revision = 0;
  for (bool done : {true, false}) {
    store_.unknown_done = done;
    const auto set = admin_.Update(Settings(done ? 1 : 2), std::nullopt);
    ASSERT_TRUE(set.ok()) << set.status();
    EXPECT_EQ(set->revision, ++revision);
    EXPECT_EQ(admin_.Get("w").value(), *set);
  }
}

}  // namespace
}  // namespace cadenza
