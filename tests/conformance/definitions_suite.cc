// Settings, content blocks, segments and campaigns put together.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "absl/status/status.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using ::testing::HasSubstr;

class Put {
 public:
  explicit Put(const std::string& workspace) : workspace_(workspace) {}

  Put& Settings(int64_t revision) {
    put_.settings = {workspace_, revision, StrCat("settings ", revision)};
    return *this;
  }
  Put& Block(const std::string& id, int64_t revision = 1) {
    put_.content_blocks.push_back({.workspace = workspace_,
                                   .content_block_id = id,
                                   .display_name = StrCat("block ", revision),
                                   .content = "Hello",
                                   .create_time = kStoreTime,
                                   .update_time = kStoreTime + absl::Seconds(revision),
                                   .revision = revision});
    return *this;
  }
  Put& Segment(const std::string& id, int64_t revision = 1, bool evaluate = true) {
    put_.segments.push_back({{.workspace = workspace_,
                              .segment_id = id,
                              .display_name = StrCat("segment ", revision),
                              .state = cadenza::Segment::State::kActive,
                              .condition = "true",
                              .create_time = kStoreTime,
                              .update_time = kStoreTime + absl::Seconds(revision),
                              .revision = revision,
                              .evaluation = {}},
                             evaluate});
    return *this;
  }
  Put& Campaign(const std::string& id, int64_t revision = 1) {
    CampaignRow& row = put_.campaigns.emplace_back();
    row.workspace = workspace_;
    row.campaign_id = id;
    row.revision = revision;
    row.state = cadenza::Campaign::State::kActive;
    row.create_time = kStoreTime;
    row.update_time = kStoreTime + absl::Seconds(revision);
    row.definition = StrCat("campaign ", revision);
    return *this;
  }
  operator const DefinitionsPut&() const { return put_; }

 private:
  const std::string workspace_;
  DefinitionsPut put_;
};

// The revisions of what is stored: "settings 1, block a 1, segment vip 2, campaign knots 1".
std::string Stored(Store& store, const std::string& workspace) {
  std::string all;
  const auto settings = store.workspaces().GetSettings(workspace);
  if (settings.ok()) all += StrCat("settings ", settings->revision, ";");
  const std::vector<ContentBlock> blocks = store.content().ListContentBlocks(workspace, "", 0).value();
  for (const ContentBlock& block : blocks) {
    all += StrCat("block ", block.content_block_id, " ", block.revision, ";");
  }
  const std::vector<Segment> segments = store.segments().ListSegments(workspace, "", 0, true).value();
  for (const Segment& segment : segments) {
    all += StrCat("segment ", segment.segment_id, " ", segment.revision, ";");
  }
  const std::vector<CampaignRow> rows = store.campaigns().ListCampaigns(workspace, "", 0, true).value();
  for (const CampaignRow& row : rows) {
    all += StrCat("campaign ", row.campaign_id, " ", row.revision, ";");
  }
  return all;
}

TEST_P(StoreSuite, DefinitionsOfEveryKindArePutTogether) {
  EXPECT_EQ(store_->PutDefinitions({}), absl::OkStatus());
  const int64_t before = store_->ReadRevisions()->rule_set;
  ASSERT_EQ(store_->PutDefinitions(Put(workspace_).Settings(1).Block("b").Block("a").Segment("vip").Campaign("knots")),
            absl::OkStatus());
  EXPECT_GT(store_->ReadRevisions()->rule_set, before);
  EXPECT_EQ(Stored(*store_, workspace_), "settings 1;block a 1;block b 1;segment vip 1;campaign knots 1;");
  const Segment vip = store_->segments().GetSegment(workspace_, "vip").value();
  EXPECT_EQ(vip.evaluation.state, SegmentEvaluation::State::kRunning);
  EXPECT_EQ(vip.evaluation.start_time, vip.update_time);

  // Some of them, of some kinds.
  const DefinitionsPut next =
      Put(workspace_).Block("a", 2).Segment("vip", 2, false).Segment("new").Campaign("knots", 2);
  ASSERT_EQ(store_->PutDefinitions(next), absl::OkStatus());
  EXPECT_EQ(Stored(*store_, workspace_),
            "settings 1;block a 2;block b 1;segment new 1;segment vip 2;campaign knots 2;");
  EXPECT_EQ(store_->content().GetContentBlock(workspace_, "a").value(), next.content_blocks[0]);
  EXPECT_EQ(store_->campaigns().GetCampaign(workspace_, "knots").value(), next.campaigns[0]);
  EXPECT_EQ(store_->campaigns().ListVersions(workspace_, "knots", 0, 10)->size(), 2u);
  EXPECT_EQ(store_->segments().GetSegment(workspace_, "vip")->evaluation, vip.evaluation);
}

TEST_P(StoreSuite, OneDefinitionThatCannotBePutKeepsAllOthers) {
  ASSERT_EQ(store_->PutDefinitions(Put(workspace_).Settings(1).Block("a").Segment("vip").Campaign("knots")),
            absl::OkStatus());
  const std::string stored = Stored(*store_, workspace_);
  const int64_t before = store_->ReadRevisions()->rule_set;
  const auto fine = [&] { return Put(workspace_).Settings(2).Block("a", 2).Segment("vip", 2).Campaign("knots", 2); };
  using Code = absl::StatusCode;
  const struct {
    DefinitionsPut put;
    Code code;
    std::string told;
  } cases[] = {
      {fine().Settings(1), Code::kAborted, "settings"},
      {fine().Settings(3), Code::kAborted, "settings"},
      {fine().Block("b", 2), Code::kNotFound, "\"b\""},
      {Put(workspace_).Settings(2).Block("b").Block("a"), Code::kAlreadyExists, "\"a\""},
      {Put(workspace_).Settings(2).Block("b").Block("a", 3), Code::kAborted, "\"a\""},
      {fine().Block("b").Block("b"), Code::kInvalidArgument, "\"b\""},
      {fine().Segment("new", 2), Code::kNotFound, "\"new\""},
      {Put(workspace_).Block("a", 2).Segment("new").Segment("vip"), Code::kAlreadyExists, "\"vip\""},
      {Put(workspace_).Block("a", 2).Segment("new").Segment("vip", 3), Code::kAborted, "\"vip\""},
      {fine().Segment("new").Segment("new"), Code::kInvalidArgument, "\"new\""},
      {fine().Campaign("other", 2), Code::kNotFound, "\"other\""},
      {Put(workspace_).Block("a", 2).Segment("vip", 2).Campaign("knots"), Code::kAlreadyExists, "\"knots\""},
      {Put(workspace_).Block("a", 2).Segment("vip", 2).Campaign("knots", 3), Code::kAborted, "\"knots\""},
      {fine().Campaign("new", 0), Code::kInvalidArgument, "revision"},
      {fine().Segment("new", 0), Code::kInvalidArgument, "revision"},
      {fine().Block("b", 0), Code::kInvalidArgument, "revision"},
      {fine().Settings(0), Code::kInvalidArgument, "revision"},
  };
  for (const auto& [put, code, told] : cases) {
    const absl::Status status = store_->PutDefinitions(put);
    EXPECT_EQ(status.code(), code) << status << " for " << told;
    EXPECT_THAT(std::string(status.message()), HasSubstr(told));
    EXPECT_EQ(Stored(*store_, workspace_), stored) << status;
  }
  EXPECT_EQ(store_->ReadRevisions()->rule_set, before);
  EXPECT_EQ(store_->campaigns().ListVersions(workspace_, "knots", 0, 10)->size(), 1u);
  EXPECT_EQ(store_->PutDefinitions(fine()), absl::OkStatus());
}

TEST_P(StoreSuite, AWorkspaceHasNoRoomForMoreContentBlocksPutTogether) {
  Put all(workspace_);
  for (int i = 0; i < static_cast<int>(limits::kContentBlocks); ++i) all.Block(StrCat("b", i));
  ASSERT_EQ(store_->PutDefinitions(all), absl::OkStatus());
  EXPECT_TRUE(absl::IsResourceExhausted(store_->PutDefinitions(Put(workspace_).Segment("vip").Block("more"))));
  EXPECT_TRUE(absl::IsNotFound(store_->segments().GetSegment(workspace_, "vip").status()));
}

// Single changes take the same rows in another order.
TEST_P(StoreSuite, OfDefinitionsPutAtOnceEachIsPutByOne) {
  ASSERT_EQ(store_->PutDefinitions(Put(workspace_).Settings(1).Block("a").Segment("vip").Campaign("knots")),
            absl::OkStatus());
  std::atomic<int> together = 0;
  std::atomic<int> alone = 0;
  const auto race = [&](auto put, std::atomic<int>* won) {
    for (int64_t revision = 2; revision <= 20; ++revision) {
      const absl::Status status = put(revision);
      if (status.ok()) ++*won;
      EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
      // Whoever lost waits until the revision is there.
      while (store_->segments().GetSegment(workspace_, "vip")->revision < revision) {
        const absl::Status again = put(revision);
        if (again.ok()) ++*won;
      }
    }
  };
  std::thread segments([&] {
    race(
        [&](int64_t revision) {
          const DefinitionsPut put = Put(workspace_).Segment("vip", revision);
          return store_->segments().PutSegment(put.segments[0].segment, true);
        },
        &alone);
  });
  race(
      [&](int64_t revision) {
        Put put(workspace_);
        put.Block("a", store_->content().GetContentBlock(workspace_, "a")->revision + 1);
        put.Segment("vip", revision);
        put.Campaign("knots", store_->campaigns().GetCampaign(workspace_, "knots")->revision + 1);
        return store_->PutDefinitions(put);
      },
      &together);
  segments.join();
  EXPECT_EQ(together + alone, 19);
  EXPECT_EQ(Stored(*store_, workspace_),
            StrCat("settings 1;block a ", together + 1, ";segment vip 20;campaign knots ", together + 1, ";"));
}

}  // namespace
}  // namespace cadenza::testing
