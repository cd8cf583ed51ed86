// A folder that holds a whole workspace: campaigns, and the segments, content blocks and settings that they need.
#include <gmock/gmock.h>

#include "tests/integration/folder.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::UserId;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kVip[] = R"(segment_id: vip
display_name: Our best
state: active
condition: user.event_count("order") >= 1
)";

constexpr char kFooter[] = R"(content_block_id: footer
content: |
  Bye,
  {{content_blocks.${shop}}}
)";

constexpr char kShop[] = "content_block_id: shop\ncontent: The Shop\n";

constexpr char kSettings[] = R"(default_time_zone: Europe/London
frequency_caps:
  - {most: 3, window: 24h, channel: push}
holdout: {basis_points: 0, salt: x}
)";

constexpr char kForVips[] = R"(campaign_id: for-vips
state: active
trigger: {event_name: order}
audience: user.in_segment("vip")
message: {channel: push, body: "Hello. {{content_blocks.${footer}}}"}
)";

class WorkspaceAsCodeTest : public FolderTest {
 protected:
  void WriteAll() {
    Write("a-campaign.yaml", kForVips);
    Write("segments/vip.yaml", kVip);
    Write("blocks.yaml", StrCat(kFooter, "---\n", kShop));
    Write("settings.yaml", kSettings);
  }
  v1::Segment Vip() {
    v1::GetSegmentRequest request;
    request.set_workspace(shop().name());
    request.set_segment_id("vip");
    const auto response = shop().client().GetSegment(request);
    return response.ok() ? response->segment() : v1::Segment();
  }
  v1::WorkspaceSettings Settings() {
    v1::GetWorkspaceSettingsRequest request;
    request.set_workspace(shop().name());
    const auto response = shop().client().GetWorkspaceSettings(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->settings() : v1::WorkspaceSettings();
  }
  std::vector<v1::ContentBlock> Blocks() {
    v1::ListContentBlocksRequest request;
    request.set_workspace(shop().name());
    const auto response = shop().client().ListContentBlocks(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    return {response->content_blocks().begin(), response->content_blocks().end()};
  }
  // By path inside the folder.
  std::map<std::string, std::string> Files() {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      files[std::filesystem::relative(entry.path(), folder_).string()] =
          std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }
};

TEST_F(WorkspaceAsCodeTest, AFolderIsAppliedAsAWholeAndThenThereIsNothingToDo) {
  WriteAll();
  const std::string plan = Output({"plan", folder_});
  EXPECT_THAT(plan, AllOf(HasSubstr("+ settings  created  ("), HasSubstr("    + default_time_zone: Europe/London\n"),
                          HasSubstr("    + frequency_caps[0].window: 24h\n")));
  EXPECT_THAT(plan, AllOf(HasSubstr("+ content block footer  created  ("),
                          HasSubstr("      + {{content_blocks.${shop}}}\n"), HasSubstr("blocks.yaml, document 2)\n")));
  EXPECT_THAT(plan, AllOf(HasSubstr("+ segment vip  created, active  ("), HasSubstr("+ for-vips  created, active  (")));
  EXPECT_THAT(plan, HasSubstr("5 to create, 0 to update"));
  EXPECT_THAT(Blocks(), IsEmpty());
  EXPECT_EQ(Settings().etag(), "0");

  const std::string done = Output({"apply", folder_, "--yes"});
  EXPECT_THAT(done, AllOf(HasSubstr("\nsettings: created\n"), HasSubstr("\ncontent block shop: created\n"),
                          HasSubstr("\nsegment vip: created, active\n"), HasSubstr("\nfor-vips: created, active\n")));
  EXPECT_EQ(Vip().state(), v1::Segment::STATE_ACTIVE);
  EXPECT_EQ(Settings().etag(), "1");
  EXPECT_EQ(Blocks().size(), 2u);
  EXPECT_THAT(Output({"apply", folder_, "--yes"}), HasSubstr("5 unchanged\nnothing to do\n"));
  EXPECT_EQ(Settings().etag(), "1");

  // And it works.
  ASSERT_TRUE(Eventually([&] { return Vip().evaluation().state() == v1::SegmentEvaluation::STATE_DONE; }));
  ASSERT_TRUE(Eventually([&] {
    shop().Apply(Event(UserId("ada"), "order"));
    return !shop().Bodies(UserId("ada")).empty();
  }));
  EXPECT_EQ(shop().Bodies(UserId("ada"))[0], "Hello. Bye,\nThe Shop\n");
}

TEST_F(WorkspaceAsCodeTest, EditsOfEveryKindAreShownFieldByField) {
  WriteAll();
  Output({"apply", folder_, "--yes"});
  Write("segments/vip.yaml", "segment_id: vip\ncondition: user.event_count(\"order\") >= 9\n");
  Write("blocks.yaml", "content_block_id: footer\ncontent: |\n  Bye,\n  Ada\n");
  Write("settings.yaml", "default_time_zone: Europe/Paris\nholdout: {basis_points: 100}\n");
  const std::string plan = Output({"plan", folder_});
  EXPECT_THAT(plan, HasSubstr("~ settings  updated  ("));
  EXPECT_THAT(plan, HasSubstr("      default_time_zone: Europe/London -> Europe/Paris\n"));
  EXPECT_THAT(plan, HasSubstr("    - frequency_caps[0].most: 3\n"));
  EXPECT_THAT(plan, HasSubstr("    content:\n        Bye,\n      - {{content_blocks.${shop}}}\n      + Ada\n"));
  EXPECT_THAT(plan, AllOf(HasSubstr("~ segment vip  updated  ("), HasSubstr("    - display_name: Our best\n"),
                          Not(HasSubstr("state:"))));
  EXPECT_THAT(plan, HasSubstr("not in the files, left alone: content block shop\n"));
  EXPECT_THAT(plan, HasSubstr("0 to create, 3 to update, 0 to pause, 0 to archive, 1 unchanged\n"));
  Output({"apply", folder_, "--yes"});
  EXPECT_EQ(Vip().state(), v1::Segment::STATE_ACTIVE);
  EXPECT_EQ(Vip().etag(), "2");
  EXPECT_THAT(Output({"plan", folder_}), HasSubstr("nothing to do"));
}

TEST_F(WorkspaceAsCodeTest, OneBadFileOfAnyKindChangesNothing) {
  WriteAll();
  const struct {
    const char* file;
    const char* content;
    const char* told;
  } cases[] = {
      {"segments/bad.yaml", "segment_id: bad\ncondition: user.attributes.\n", "segments/bad.yaml: bad: "},
      {"bad.yaml", "content_block_id: bad\ncontent: '{{content_blocks.${none}}}'\n", "bad.yaml: bad: "},
      {"settings.yaml", "default_time_zone: Mars/Base\n", "settings.yaml: "},
      {"bad.yaml", "condition: x\n", "campaign_id, segment_id or content_block_id is missing"},
      {"bad.yaml", "segmnt_id: x\n", "did you mean 'segment_id'?"},
      {"bad.yaml", "segment_id: x\ncooldown: 7d\n", "'cooldown' is no field of Segment"},
      {"z/settings.yaml", "{}\n", "z/settings.yaml: settings stands in two documents"},
      {"z.yaml", kVip, "z.yaml: segment vip stands in two documents"},
  };
  for (const auto& [file, content, told] : cases) {
    WriteAll();
    Write(file, content);
    const Finished refused = Run({"apply", folder_, "--yes"});
    EXPECT_EQ(refused.exit_code, 5) << file << refused.out;
    EXPECT_THAT(refused.err, HasSubstr(told));
    std::filesystem::remove(folder_ + "/" + file);
  }
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_THAT(Blocks(), IsEmpty());
  EXPECT_EQ(Vip().segment_id(), "");
  EXPECT_EQ(Settings().etag(), "0");
}

TEST_F(WorkspaceAsCodeTest, WhatSomebodyElseHasChangedIsNotOverwritten) {
  WriteAll();
  Output({"apply", folder_, "--yes"});
  Write("segments/vip.yaml", std::string(kVip) + "etag: \"1\"\n");
  v1::UpdateSegmentRequest update;
  update.set_workspace(shop().name());
  *update.mutable_segment() = Vip();
  update.mutable_segment()->set_display_name("Changed");
  ASSERT_TRUE(shop().client().UpdateSegment(update).ok());
  Write("a-campaign.yaml", std::string(kForVips) + "once: true\n");
  const Finished refused = Run({"apply", folder_, "--yes"});
  EXPECT_EQ(refused.exit_code, 6);
  EXPECT_THAT(refused.err, HasSubstr("segment vip was changed since (its etag is 2, not 1); nothing was changed"));
  EXPECT_FALSE(All()[0].once());
}

TEST_F(WorkspaceAsCodeTest, PruneArchivesSegmentsWhereFilesAreOfSome) {
  WriteAll();
  Output({"apply", folder_, "--yes"});
  std::filesystem::remove(folder_ + "/segments/vip.yaml");
  EXPECT_THAT(Output({"plan", folder_, "--prune"}), HasSubstr("left alone: segment vip\n"))
      << "no file is of a segment";
  Write("segments/other.yaml", "segment_id: other\ncondition: \"true\"\n");
  EXPECT_THAT(Output({"plan", folder_, "--prune"}), HasSubstr("- segment vip  archived  (in no file)"));
  Output({"apply", folder_, "--prune", "--yes"});
  EXPECT_EQ(Vip().state(), v1::Segment::STATE_ARCHIVED);
  EXPECT_THAT(Output({"plan", folder_, "--prune"}), HasSubstr("nothing to do"));
}

TEST_F(WorkspaceAsCodeTest, WhatIsExportedIsTheWorkspace) {
  WriteAll();
  Output({"apply", folder_, "--yes"});
  std::filesystem::remove_all(folder_);
  EXPECT_THAT(Output({"export", folder_}), HasSubstr("1 campaigns, 4 others, 5 files written\n"));
  const std::map<std::string, std::string> exported = Files();
  EXPECT_EQ(exported.at("segments/vip.yaml"), kVip);
  EXPECT_EQ(exported.at("content_blocks/footer.yaml"), kFooter);
  EXPECT_EQ(exported.size(), 5u);
  EXPECT_TRUE(exported.contains("workspace/settings.yaml"));
  EXPECT_TRUE(exported.contains("for-vips.yaml"));
  EXPECT_THAT(Output({"plan", folder_}), HasSubstr("5 unchanged\nnothing to do"));

  // A file stays where somebody has put it.
  std::filesystem::rename(folder_ + "/segments/vip.yaml", folder_ + "/best.yaml");
  Write("best.yaml", std::string(kVip) + "# why\n");
  EXPECT_THAT(Output({"export", folder_}), HasSubstr("best.yaml\n1 campaigns, 4 others, 1 files written\n"));
  EXPECT_EQ(Files().at("best.yaml"), kVip);
  EXPECT_EQ(Files().size(), 5u);
  Write("best.yaml", StrCat(kVip, "---\nsegment_id: more\ncondition: \"true\"\n"));
  const Finished shared = Run({"export", folder_});
  EXPECT_EQ(shared.exit_code, 6) << shared.out;
  EXPECT_THAT(shared.err, HasSubstr("best.yaml, document 1: segment vip shares its file"));
}

}  // namespace
}  // namespace cadenza::testing
