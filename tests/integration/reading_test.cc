#include <gmock/gmock.h>

#include "clients/cpp/status.h"
#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;

class ReadingTest : public ServedTest {
 protected:
  const v1::UserRef ada_ = UserId("ada");
};

TEST_F(ReadingTest, MinSeqIsSeenInEveryProcess) {
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  const std::unique_ptr<ServerProcess> plain = StartServer(database(), /*redis=*/false);
  const Workspace there = shop().Through(other->target());
  const Workspace without_redis = shop().Through(plain->target());
  for (int i = 1; i <= 100; ++i) {
    const Workspace& writer = i % 2 == 0 ? shop() : there;
    const Workspace& reader = i % 2 == 0 ? there : shop();
    const int64_t seq = writer.Apply(Event(ada_, "visit"));
    ASSERT_EQ(seq, i);
    ASSERT_GE(reader.Profile(ada_, seq).events().at("visit").count(), i);
    ASSERT_GE(without_redis.Profile(ada_, seq).user_seq(), i);
  }
}

TEST_F(ReadingTest, AMinSeqNotReachedIsFailedPrecondition) {
  shop().Apply(Event(ada_, "visit"));
  const absl::Status status = shop().TryProfile(ada_, 2).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(client::FieldViolations(status).at(0).field, "min_seq");
}

TEST_F(ReadingTest, UnknownUsersAreNotFoundAndBadOnesAreNamed) {
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(ada_).status()));
  const absl::Status status = shop().TryProfile({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(client::FieldViolations(status).at(0).field, "user");
}

TEST_F(ReadingTest, BatchGetProfilesKeepsTheOrderAndLeavesOutTheUnknown) {
  for (int i = 0; i < 5; ++i) shop().Apply(Event(UserId(StrCat("u", i)), "visit"));
  shop().Apply(client::AddAlias(UserId("u1"), "email", "one"));
  v1::BatchGetProfilesRequest request;
  request.set_workspace(shop().name());
  for (const char* name : {"u4", "nobody", "u0", "u2"}) *request.add_users() = UserId(name);
  *request.add_users() = client::Alias("email", "one");
  const auto response = shop().client().BatchGetProfiles(request);
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<std::string> ids;
  for (const v1::Profile& profile : response->profiles()) ids.push_back(profile.user().user_id());
  EXPECT_THAT(ids, ::testing::ElementsAre("u4", "u0", "u2", "u1"));

  for (int i = request.users_size(); i <= 100; ++i) *request.add_users() = UserId("u0");
  const absl::Status status = shop().client().BatchGetProfiles(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(client::FieldViolations(status).at(0).field, "users");
}

// The user_seqs (or message_seqs) of each page.
template <typename Request, typename Call, typename Seqs>
std::string Pages(Request request, Call call, Seqs seqs) {
  std::string pages;
  do {
    const auto response = call(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) break;
    pages += seqs(*response) + "|";
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return pages;
}

TEST_F(ReadingTest, ListUserEventsPagesBothWays) {
  for (int i = 0; i < 7; ++i) shop().Apply(Event(ada_, "visit", {{"i", Int(i)}}));
  v1::ListUserEventsRequest request;
  request.set_workspace(shop().name());
  *request.mutable_user() = ada_;
  request.set_page_size(3);
  const auto call = [this](const auto& r) { return shop().client().ListUserEvents(r); };
  const auto seqs = [](const v1::ListUserEventsResponse& response) {
    std::string text;
    for (const v1::UserEvent& event : response.events()) {
      EXPECT_TRUE(event.has_receive_time());
      EXPECT_EQ(event.input().custom_event().properties().at("i").int64_value(), event.user_seq() - 1);
      text += std::to_string(event.user_seq());
    }
    return text;
  };
  EXPECT_EQ(Pages(request, call, seqs), "123|456|7|");
  request.set_descending(true);
  EXPECT_EQ(Pages(request, call, seqs), "765|432|1|");
  request.set_page_size(1001);
  EXPECT_EQ(client::FieldViolations(call(request).status()).at(0).field, "page_size");
  request.set_page_size(1);
  request.set_page_token("what?");
  EXPECT_EQ(client::FieldViolations(call(request).status()).at(0).field, "page_token");
}

TEST_F(ReadingTest, ListMessagesPages) {
  shop().Activate(CampaignOn("thanks", "order"));
  for (int i = 0; i < 5; ++i) shop().Apply(Event(ada_, "order"));
  v1::ListMessagesRequest request;
  request.set_workspace(shop().name());
  *request.mutable_user() = ada_;
  request.set_page_size(2);
  const auto call = [this](const auto& r) { return shop().client().ListMessages(r); };
  const auto seqs = [](const v1::ListMessagesResponse& response) {
    std::string text;
    for (const v1::Message& message : response.messages()) text += std::to_string(message.message_seq());
    return text;
  };
  EXPECT_EQ(Pages(request, call, seqs), "12|34|5|");
}

TEST_F(ReadingTest, LargePagesAreCutToWhatAClientTakes) {
  std::vector<v1::Input> inputs;
  for (int i = 0; i < 60; ++i) {
    inputs.push_back(Event(ada_, "big", {{"text", client::String(std::string(60'000, 'x'))}}));
  }
  shop().SubmitAll(inputs);
  shop().Apply(Event(ada_, "small"));
  EXPECT_EQ(shop().Events(ada_).size(), 61);
}

}  // namespace
}  // namespace cadenza::testing
