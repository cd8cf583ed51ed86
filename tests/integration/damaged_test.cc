// One stored definition is damaged: everything else goes on.
#include <gmock/gmock.h>

#include <filesystem>

#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class DamagedTest : public ::testing::Test {
 protected:
  DamagedTest() {
    for (const char* id : {"first", "second", "third"}) shop_.Activate(CampaignOn(id, "order", id));
    EXPECT_TRUE(RunSql(database_, "UPDATE campaigns SET definition = '\\xff' WHERE campaign_id = 'second'").ok());
    // Whatever changes next makes every process read all of them again.
    shop_.Activate(CampaignOn("fourth", "order", "fourth"));
  }
  Finished Run(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server_->target(), "--workspace", shop_.name(), "--timeout", "30"});
    return Cadenza(std::move(args), "");
  }

  const std::string database_ = NewDatabase();
  std::unique_ptr<ServerProcess> server_ = StartServer(database_);
  Workspace shop_{server_->target(), "shop"};
};

TEST_F(DamagedTest, TheOthersAreInForceAlsoInANewProcess) {
  const auto other_server = StartServer(database_);
  const Workspace other = shop_.Through(other_server->target());
  int n = 0;
  for (const Workspace* shop : {&shop_, &other}) {
    const v1::UserRef user = UserId(StrCat("user-", ++n));
    shop->Apply(Event(user, "order"));
    EXPECT_THAT(shop->Bodies(user), UnorderedElementsAre("first", "third", "fourth"));
  }
  EXPECT_TRUE(Eventually([&] {
    return HttpGet(other_server->metrics_target(), "/metrics").find("\ncadenza_rules_left_out 1") != std::string::npos;
  }));
}

TEST_F(DamagedTest, TheOthersAreListedAndItIsNamed) {
  v1::ListCampaignsRequest request;
  request.set_workspace("shop");
  const auto listed = shop_.client().ListCampaigns(request);
  ASSERT_TRUE(listed.ok()) << listed.status();
  std::vector<std::string> ids;
  for (const v1::Campaign& campaign : listed->campaigns()) ids.push_back(campaign.campaign_id());
  EXPECT_THAT(ids, ElementsAre("first", "fourth", "third"));
  ASSERT_EQ(listed->damaged_size(), 1);
  EXPECT_EQ(listed->damaged(0).campaign_id(), "second");
  EXPECT_THAT(listed->damaged(0).error(), HasSubstr("second"));

  const auto one = shop_.client().GetCampaign(shop_.For<v1::GetCampaignRequest>("second"));
  EXPECT_THAT(std::string(one.status().message()), HasSubstr("second"));
  EXPECT_TRUE(shop_.client().GetCampaign(shop_.For<v1::GetCampaignRequest>("third")).ok());
}

TEST_F(DamagedTest, TheCommandsShowTheOthers) {
  const Finished list = Run({"campaign", "list"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out, ::testing::AllOf(HasSubstr("first"), HasSubstr("third"), Not(HasSubstr("second"))));
  EXPECT_THAT(list.err, HasSubstr("campaign second is left out"));

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / FreshName();
  const Finished written = Run({"campaign", "export", folder.string()});
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.err, HasSubstr("campaign second is left out"));
  const Finished plan = Run({"campaign", "plan", folder.string()});
  EXPECT_EQ(plan.exit_code, 0) << plan.err << plan.out;
  EXPECT_THAT(plan.err, HasSubstr("campaign second is left out"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cadenza::testing
