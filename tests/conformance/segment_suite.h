// What every Store must do with segments; see store_suite.h. An engine takes it over likewise.
#ifndef CADENZA_TESTS_CONFORMANCE_SEGMENT_SUITE_H_
#define CADENZA_TESTS_CONFORMANCE_SEGMENT_SUITE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/conformance/store_suite.h"

namespace cadenza::testing {

class SegmentSuite : public StoreSuite {
 protected:
  SegmentStore& segments() { return store_->segments(); }

  Segment Vip(std::string id = "vip", int64_t revision = 1) const {
    Segment segment;
    segment.workspace = workspace_;
    segment.segment_id = std::move(id);
    segment.display_name = "Very important";
    segment.state = Segment::State::kActive;
    segment.condition = "user.event_count(\"order_placed\") >= 3";
    segment.create_time = kStoreTime;
    segment.update_time = kStoreTime + absl::Seconds(1);
    segment.revision = revision;
    return segment;
  }
  void Put(const Segment& segment, bool evaluate = false) {
    const absl::Status status = segments().PutSegment(segment, evaluate);
    ASSERT_TRUE(status.ok()) << status;
  }
  Segment Get(std::string_view id = "vip") { return segments().GetSegment(workspace_, id).value_or(Segment()); }
  MemberWrite Enters(size_t owner, std::string id = "vip", absl::Time since = kStoreTime) const {
    return {.owner = owner, .segment_id = std::move(id), .entered = true, .since = since};
  }
  MemberWrite Leaves(size_t owner, std::string id = "vip") const {
    return {.owner = owner, .segment_id = std::move(id), .entered = false};
  }
  // Commits that the users, whose rows are at `version`, enter or leave.
  std::vector<bool> Commit(const std::vector<UserKey>& users, int64_t version, std::vector<MemberWrite> members) {
    CommitBatch batch = Batch();
    for (const UserKey& user : users) batch.profiles.push_back(Write(user, version));
    batch.members = std::move(members);
    return CommitOk(batch);
  }
  int64_t Revision() { return store_->ReadRevisions()->rule_set; }
  int64_t Count(std::string_view id = "vip") { return segments().CountMembers(workspace_, id).value_or(-1); }
  std::vector<std::string> Members(std::string_view after = "", int limit = 100, std::string_view id = "vip") {
    std::vector<std::string> keys;
    auto members = segments().ListMembers(workspace_, id, after, limit);
    EXPECT_TRUE(members.ok()) << members.status();
    for (const SegmentMember& member : *members) keys.push_back(member.user_key);
    return keys;
  }
  // Of this test's workspace, whatever others of the same database have left; nothing if there is none.
  std::optional<HeldEvaluation> Claim(std::string_view process, absl::Duration lease = absl::Minutes(1)) {
    for (int other = 0; other < 1000; ++other) {
      auto held = segments().ClaimEvaluation(process, lease, absl::ZeroDuration());
      EXPECT_TRUE(held.ok()) << held.status();
      if (!held.ok() || !held->has_value() || (*held)->workspace == workspace_) return held.value_or(std::nullopt);
      EXPECT_TRUE(segments().FinishEvaluation(**held, process).ok());
    }
    return std::nullopt;
  }
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_CONFORMANCE_SEGMENT_SUITE_H_
