// Segments through the whole server, over PostgreSQL and Redis.
#include <gmock/gmock.h>

#include <set>

#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using client::AnonymousId;
using client::Event;
using client::Identify;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Segment SegmentOf(std::string id, std::string condition) {
  v1::Segment segment;
  segment.set_segment_id(std::move(id));
  segment.set_condition(std::move(condition));
  return segment;
}

class SegmentTest : public ServedTest {
 protected:
  template <typename Request>
  Request For(std::string_view id) {
    Request request;
    request.set_workspace(shop().name());
    request.set_segment_id(std::string(id));
    return request;
  }
  v1::Segment Get(std::string_view id) {
    auto response = shop().client().GetSegment(For<v1::GetSegmentRequest>(id));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->segment() : v1::Segment();
  }
  void Activate(const v1::Segment& segment) {
    v1::CreateSegmentRequest create;
    create.set_workspace(shop().name());
    *create.mutable_segment() = segment;
    ASSERT_TRUE(shop().client().CreateSegment(create).ok());
    auto active = shop().client().ActivateSegment(For<v1::ActivateSegmentRequest>(segment.segment_id()));
    ASSERT_TRUE(active.ok()) << active.status();
    EXPECT_EQ(active->segment().state(), v1::Segment::STATE_ACTIVE);
  }
  bool AwaitEvaluated(std::string_view id) {
    return Eventually([&] { return Get(id).evaluation().state() == v1::SegmentEvaluation::STATE_DONE; });
  }
  int64_t Count(std::string_view id) {
    auto response = shop().client().CountSegment(For<v1::CountSegmentRequest>(id));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->count() : -1;
  }
  std::vector<std::string> Users(std::string_view id, int page_size = 100) {
    std::vector<std::string> users;
    auto request = For<v1::ListSegmentUsersRequest>(id);
    request.set_page_size(page_size);
    do {
      auto response = shop().client().ListSegmentUsers(request);
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) break;
      for (const v1::SegmentUser& user : response->users()) {
        users.push_back(user.user().user_id() + user.user().anonymous_id());
      }
      request.set_page_token(response->next_page_token());
    } while (!request.page_token().empty());
    return users;
  }
  v1::Campaign CampaignOnEntry(std::string_view segment_id) {
    v1::Campaign campaign = CampaignOn("welcome", "unused", "Welcome");
    campaign.mutable_trigger()->mutable_segment_entered()->set_segment_id(std::string(segment_id));
    return campaign;
  }
  void Order(const std::string& user, int times) {
    std::vector<v1::Input> inputs(static_cast<size_t>(times), Event(UserId(user), "order_placed"));
    for (const v1::InputResult& result : shop().SubmitAll(std::move(inputs))) ASSERT_TRUE(result.has_applied());
  }
};

constexpr char kThirdOrder[] = "user.event_count(\"order_placed\") >= 3";

TEST_F(SegmentTest, TheThirdOrderEntersAndTriggers) {
  Activate(SegmentOf("vip", kThirdOrder));
  shop().Activate(CampaignOnEntry("vip"));
  v1::Campaign asks = CampaignOn("asks", "order_placed", "You are in");
  asks.set_condition("user.in_segment(\"vip\")");
  shop().Activate(asks);
  Order("ada", 2);
  EXPECT_THAT(shop().Messages(UserId("ada")), IsEmpty());
  EXPECT_EQ(Count("vip"), 0);
  Order("ada", 1);
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("You are in", "Welcome"));
  EXPECT_EQ(Count("vip"), 1);
  EXPECT_THAT(Users("vip"), ElementsAre("ada"));
  const v1::Profile profile = shop().Profile(UserId("ada"));
  ASSERT_EQ(profile.segments_size(), 1);
  EXPECT_EQ(profile.segments(0).segment_id(), "vip");

  const Workspace other(server().target(), FreshName());
  for (int i = 0; i < 3; ++i) other.Apply(Event(UserId("ada"), "order_placed"));
  EXPECT_EQ(other.Profile(UserId("ada")).segments_size(), 0);
  auto request = For<v1::CountSegmentRequest>("vip");
  request.set_workspace(other.name());
  EXPECT_TRUE(absl::IsNotFound(other.client().CountSegment(request).status()));
  EXPECT_EQ(Count("vip"), 1);
}

TEST_F(SegmentTest, TimeAloneLetsGoAtItsMoment) {
  Activate(SegmentOf("busy", "user.event_count(\"order_placed\", duration(\"2s\")) >= 1"));
  v1::Campaign campaign = CampaignOnEntry("busy");
  campaign.mutable_trigger()->mutable_segment_left()->set_segment_id("busy");
  campaign.mutable_message()->set_body("Come back");
  shop().Activate(campaign);
  Order("ada", 1);
  EXPECT_EQ(Count("busy"), 1);
  ASSERT_TRUE(Eventually([&] { return Count("busy") == 0; }));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("Come back"));
  Order("ada", 1);
  EXPECT_EQ(Count("busy"), 1);
}

TEST_F(SegmentTest, ThoseWhoAreThereAreEvaluatedAndGetNoMessage) {
  std::vector<v1::Input> inputs;
  for (int i = 0; i < 1000; ++i) {
    for (int order = 0; order < (i % 4 == 0 ? 3 : 1); ++order) {
      inputs.push_back(Event(UserId(StrCat("user-", i)), "order_placed"));
    }
  }
  while (!inputs.empty()) {
    const size_t take = std::min<size_t>(inputs.size(), 500);
    std::vector<v1::Input> some(inputs.end() - static_cast<ptrdiff_t>(take), inputs.end());
    inputs.resize(inputs.size() - take);
    for (const v1::InputResult& result : shop().SubmitAll(std::move(some))) ASSERT_TRUE(result.has_applied());
  }
  shop().Activate(CampaignOnEntry("vip"));
  Activate(SegmentOf("vip", kThirdOrder));
  Order("user-1", 2);  // while it is evaluated, or before
  Order("newcomer", 3);
  ASSERT_TRUE(AwaitEvaluated("vip"));
  EXPECT_GE(Get("vip").evaluation().users_examined(), 1000);
  EXPECT_EQ(Get("vip").evaluation().users_total(), Get("vip").evaluation().users_examined());
  EXPECT_EQ(Count("vip"), 252);
  const std::vector<std::string> users = Users("vip", 100);
  EXPECT_EQ(std::set<std::string>(users.begin(), users.end()).size(), 252u);
  EXPECT_EQ(users.size(), 252u);
  EXPECT_TRUE(std::is_sorted(users.begin(), users.end()));
  EXPECT_THAT(shop().Messages(UserId("user-0")), IsEmpty()) << "he was there before";
  EXPECT_THAT(shop().Bodies(UserId("newcomer")), ElementsAre("Welcome"));
  Order("user-2", 2);
  EXPECT_THAT(shop().Bodies(UserId("user-2")), ElementsAre("Welcome")) << "it is done now";

  v1::UpdateSegmentRequest update;
  update.set_workspace(shop().name());
  *update.mutable_segment() = SegmentOf("vip", "user.event_count(\"order_placed\") >= 1");
  ASSERT_TRUE(shop().client().UpdateSegment(update).ok());
  EXPECT_EQ(Get("vip").evaluation().state(), v1::SegmentEvaluation::STATE_RUNNING);
  ASSERT_TRUE(AwaitEvaluated("vip"));
  EXPECT_EQ(Count("vip"), 1001);
  EXPECT_THAT(shop().Messages(UserId("user-3")), IsEmpty());

  ASSERT_TRUE(shop().client().ArchiveSegment(For<v1::ArchiveSegmentRequest>("vip")).ok());
  ASSERT_TRUE(AwaitEvaluated("vip"));
  EXPECT_EQ(Count("vip"), 0);
  EXPECT_EQ(shop().Profile(UserId("user-0")).segments_size(), 0);
}

TEST_F(SegmentTest, AMergeIsOneMember) {
  Activate(SegmentOf("vip", kThirdOrder));
  shop().Activate(CampaignOnEntry("vip"));
  for (int i = 0; i < 3; ++i) shop().Apply(Event(AnonymousId("phone"), "order_placed"));
  EXPECT_THAT(Users("vip"), ElementsAre("phone"));
  shop().Apply(Identify(UserId("ada"), "phone"));
  EXPECT_THAT(Users("vip"), ElementsAre("ada"));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("Welcome")) << "the one of the phone";
}

TEST_F(SegmentTest, ErrorsNameTheField) {
  v1::CreateSegmentRequest create;
  create.set_workspace(shop().name());
  *create.mutable_segment() = SegmentOf("vip", "event.name == \"order_placed\"");
  const absl::Status status = shop().client().CreateSegment(create).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("segment.condition"));
  EXPECT_TRUE(absl::IsNotFound(shop().client().ActivateSegment(For<v1::ActivateSegmentRequest>("none")).status()));
}

TEST_F(SegmentTest, TheCommandLineAppliesFilesAndShowsWhatIsThere) {
  const auto run = [&](std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--server", server().target(), "--workspace", shop().name()});
    return Cadenza(arguments, input);
  };
  const std::string file = "segment_id: vip\nstate: STATE_ACTIVE\ncondition: user.event_count(\"order_placed\") >= 3\n";
  EXPECT_EQ(run({"segment", "apply", "-"}, file).out, "vip: created, active\n");
  EXPECT_EQ(run({"segment", "apply", "-"}, file).out, "vip: unchanged\n");
  EXPECT_EQ(run({"segment", "apply", "-"}, "segment_id: vip\ncondition: \"true\"\n").out, "vip: updated\n");
  Order("ada", 1);
  EXPECT_EQ(run({"segment", "count", "vip"}).out, "1\n");
  EXPECT_THAT(run({"segment", "users", "vip"}).out, ::testing::StartsWith("ada  since 20"));
  EXPECT_THAT(run({"segment", "list"}).out, HasSubstr("vip"));
  EXPECT_THAT(run({"segment", "get", "vip", "--json"}).out, HasSubstr("\"condition\""));
  EXPECT_THAT(run({"segment", "archive", "vip"}).out, HasSubstr("archived"));
  EXPECT_EQ(run({"segment", "list"}).out, "");
  EXPECT_EQ(run({"segment", "get", "none"}).exit_code, 3);
}

}  // namespace
}  // namespace cadenza::testing
