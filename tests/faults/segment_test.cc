// An evaluation of a segment over many users, with two servers, one of which is killed again and again.
#include <set>

#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"

namespace cadenza::testing {
namespace {

constexpr int kUsers = 6000;

TEST(SegmentFaultTest, AnEvaluationIsExactWhateverIsKilled) {
  const std::string database = NewDatabase();
  std::vector<std::unique_ptr<ServerProcess>> servers;
  for (int i = 0; i < 2; ++i) {
    servers.push_back(StartServer(database));
    ASSERT_NE(servers.back(), nullptr);
  }
  client::Client first(Channel(servers[0]->target()), kPatience);
  std::set<std::string> expected;
  for (int sent = 0; sent < kUsers;) {
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    for (int i = 0; i < 500; ++i, ++sent) {
      const std::string user = StrCat("c", sent);
      *request.add_inputs() = Order(user, 1);
      if (sent % 3 != 0) continue;
      *request.add_inputs() = Order(user, 2);
      expected.insert(user);
    }
    ASSERT_TRUE(first.SubmitEvents(request).ok());
  }
  v1::CreateSegmentRequest create;
  create.set_workspace(kShop);
  create.mutable_segment()->set_segment_id("twice");
  create.mutable_segment()->set_condition("user.event_count(\"order_placed\") >= 2");
  ASSERT_TRUE(first.CreateSegment(create).ok());
  v1::ActivateSegmentRequest activate;
  activate.set_workspace(kShop);
  activate.set_segment_id("twice");
  ASSERT_TRUE(first.ActivateSegment(activate).ok());

  v1::GetSegmentRequest get;
  get.set_workspace(kShop);
  get.set_segment_id("twice");
  const auto progress = [&] {
    client::Client asks(Channel(servers[1]->target()), kPatience);
    const auto segment = asks.GetSegment(get);
    return segment.ok() ? segment->segment().evaluation() : v1::SegmentEvaluation();
  };
  // Whichever holds it dies in the middle.
  ASSERT_TRUE(Eventually([&] { return progress().users_examined() > 0; }));
  servers[0]->Kill();
  servers[1]->Kill();
  for (auto& server : servers) ASSERT_TRUE(server->Restart().ok());
  const int64_t after_kill = progress().users_examined();
  EXPECT_LT(after_kill, kUsers) << "killed before its end";
  // Users go on meanwhile, on both.
  for (int i = 1; i < kUsers; i += 600) {
    client::Client sender(Channel(servers[i % 2]->target()), kPatience);
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    *request.add_inputs() = Order(StrCat("c", i), 3);
    ASSERT_TRUE(sender.SubmitEvents(request).ok());
    expected.insert(StrCat("c", i));
  }
  ASSERT_TRUE(Eventually([&] { return progress().state() == v1::SegmentEvaluation::STATE_DONE; }));
  EXPECT_EQ(progress().users_examined(), kUsers) << "none twice, none left out";

  client::Client asks(Channel(servers[0]->target()), kPatience);
  v1::CountSegmentRequest count;
  count.set_workspace(kShop);
  count.set_segment_id("twice");
  EXPECT_EQ(asks.CountSegment(count)->count(), static_cast<int64_t>(expected.size()));
  std::set<std::string> listed;
  v1::ListSegmentUsersRequest list;
  list.set_workspace(kShop);
  list.set_segment_id("twice");
  list.set_page_size(700);
  do {
    const auto page = asks.ListSegmentUsers(list);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::SegmentUser& user : page->users()) EXPECT_TRUE(listed.insert(user.user().user_id()).second);
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(listed, expected);
}

}  // namespace
}  // namespace cadenza::testing
