// Whatever a workspace holds: what is exported plans no change, and makes the same workspace elsewhere.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "google/protobuf/descriptor.h"
#include "tests/integration/folder.h"
#include "tests/support/random_definitions.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kCampaigns = 56;
constexpr int kOthers = 12;

bool IsOutput(const FieldDescriptor& field) {
  static const std::set<std::string> outputs = {"create_time", "update_time", "etag", "activate_time", "evaluation"};
  return outputs.contains(field.name());
}

// Wrappers and values look the same whatever is in them.
bool IsLookedInto(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type()->file()->package() == "cadenza.v1" &&
         field.message_type()->name() != "Value";
}

void AddAll(const Descriptor& type, std::set<std::string>* names) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsOutput(field) || !names->insert(field.full_name()).second) continue;
    if (IsLookedInto(field)) AddAll(*field.message_type(), names);
  }
}

void RemoveSet(const Message& message, std::set<std::string>* names) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    names->erase(field->full_name());
    if (!IsLookedInto(*field)) continue;
    if (!field->is_repeated()) {
      RemoveSet(message.GetReflection()->GetMessage(message, field), names);
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      RemoveSet(message.GetReflection()->GetRepeatedMessage(message, field, i), names);
    }
  }
}

class AsCodePropertyTest : public FolderTest {
 protected:
  // By path inside the folder.
  static std::map<std::string, std::string> Files(const std::string& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      files[std::filesystem::relative(entry.path(), folder).string()] =
          std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }
  // In another workspace.
  std::string OutputThere(std::vector<std::string> args) {
    args.insert(args.begin(), "campaign");
    args.insert(args.end(),
                {"--server", server().target(), "--workspace", StrCat(shop().name(), "-2"), "--timeout", "60"});
    const Finished finished = Cadenza(std::move(args));
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    return finished.out;
  }
};

TEST_F(AsCodePropertyTest, WhatIsExportedIsTheSameWorkspace) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  RandomDefinitions random(seed);
  v1::ApplyCampaignsRequest request;
  request.set_workspace(shop().name());
  for (int n = 0; n < kCampaigns; ++n) {
    *request.add_campaigns()->mutable_campaign() = random.CampaignNumber(n);
  }
  for (int n = 0; n < kOthers; ++n) {
    *request.add_segments()->mutable_segment() = random.SegmentNumber(n);
    *request.add_content_blocks()->mutable_content_block() = random.BlockNumber(n);
  }
  *request.mutable_settings() = random.Settings();
  std::set<std::string> left;
  for (const Descriptor* type : {v1::Campaign::descriptor(), v1::Segment::descriptor(), v1::ContentBlock::descriptor(),
                                 v1::WorkspaceSettings::descriptor()}) {
    AddAll(*type, &left);
  }
  for (const v1::DesiredCampaign& one : request.campaigns()) RemoveSet(one.campaign(), &left);
  for (const v1::DesiredSegment& one : request.segments()) RemoveSet(one.segment(), &left);
  for (const v1::DesiredContentBlock& one : request.content_blocks()) RemoveSet(one.content_block(), &left);
  RemoveSet(request.settings(), &left);
  EXPECT_THAT(left, IsEmpty()) << "fields that no definition here has";

  const auto applied = shop().client().ApplyCampaigns(request);
  ASSERT_TRUE(applied.ok()) << applied.status();
  const std::string unchanged = StrCat(kCampaigns + 2 * kOthers + 1, " unchanged\nnothing to do\n");
  Output({"export", folder_});
  EXPECT_THAT(Output({"plan", folder_}), HasSubstr(unchanged));

  OutputThere({"apply", folder_, "--yes"});
  EXPECT_THAT(OutputThere({"plan", folder_}), HasSubstr(unchanged));
  const std::string again = folder_ + "-again";
  OutputThere({"export", again});
  EXPECT_EQ(Files(again), Files(folder_));
  std::filesystem::remove_all(again);
}

}  // namespace
}  // namespace cadenza::testing
