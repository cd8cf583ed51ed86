// Campaigns with a delay, through the whole server.
#include <gmock/gmock.h>

#include "storage/base/text.h"
#include "tests/integration/program.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::AnonymousId;
using client::Event;
using client::Int;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// On "cart_filled", what it says is which cart it was.
v1::Campaign CartCampaign(absl::Duration delay) {
  v1::Campaign campaign = CampaignOn("cart", "cart_filled", "cart {{ event.properties.n }}");
  campaign.mutable_delay()->set_seconds(absl::ToInt64Seconds(delay));
  campaign.mutable_delay()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(delay - absl::Seconds(absl::ToInt64Seconds(delay)))));
  campaign.add_exception_event_names("order_placed");
  return campaign;
}

v1::Input Cart(const v1::UserRef& user, int n) { return Event(user, "cart_filled", {{"n", Int(n)}}); }

// That each message came no earlier than `delay` after the event that led to it, and each event led to one at most.
void ExpectOnceAndNotEarly(const Workspace& shop, const v1::UserRef& user, absl::Duration delay) {
  std::map<std::string, absl::Time> triggered;
  int64_t seq = 0;
  for (const v1::UserEvent& event : shop.Events(user)) {
    EXPECT_EQ(event.user_seq(), ++seq);
    triggered[event.input().event_id()] = client::FromProto(event.receive_time());
  }
  std::set<std::string> seen;
  for (const v1::Message& message : shop.Messages(user)) {
    EXPECT_TRUE(seen.insert(message.event_id()).second) << "twice: " << message.event_id();
    EXPECT_GE(client::FromProto(message.create_time()), triggered[message.event_id()] + delay);
  }
}

class TimerTest : public ServedTest {
 protected:
  const v1::UserRef ada_ = UserId("ada");
};

TEST_F(TimerTest, ADelayedMessageComesOnceAndNotEarlyToAnOpenStream) {
  constexpr absl::Duration kDelay = absl::Milliseconds(700);
  shop().Activate(CartCampaign(kDelay));
  MessageStream stream(shop(), ada_);
  shop().Apply(Cart(ada_, 1));
  const v1::Profile waiting = shop().Profile(ada_);
  ASSERT_EQ(waiting.timers_size(), 1);
  EXPECT_THAT(waiting.timers(0).timer_id(), HasSubstr("delay/cart/"));
  EXPECT_THAT(shop().Bodies(ada_), IsEmpty());
  shop().Apply(client::SetAttributes(ada_, {{"n", Int(1)}}));
  const std::optional<v1::Message> message = stream.Next();
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->body(), "cart 1");
  ExpectOnceAndNotEarly(shop(), ada_, kDelay);

  const std::vector<v1::UserEvent> events = shop().Events(ada_);
  ASSERT_EQ(events.size(), 3u);
  const v1::TimerFired& fired = events[2].input().timer_fired();
  EXPECT_EQ(fired.timer_id(), waiting.timers(0).timer_id());
  EXPECT_EQ(fired.set_seq(), 1);
  EXPECT_EQ(fired.subject(), "cart");
  EXPECT_EQ(fired.trigger().event_id(), message->event_id());
  EXPECT_EQ(shop().Profile(ada_, 3).timers_size(), 0);
}

TEST_F(TimerTest, AnExceptionEventCancelsIt) {
  shop().Activate(CartCampaign(absl::Milliseconds(400)));
  shop().Apply(Cart(ada_, 1));
  shop().Apply(Event(ada_, "order_placed"));
  EXPECT_EQ(shop().Profile(ada_, 2).timers_size(), 0);
  // One that was set later shows that the time of the first has passed.
  shop().Apply(Cart(ada_, 2));
  ASSERT_TRUE(Eventually([&] { return !shop().Bodies(ada_).empty(); }));
  EXPECT_THAT(shop().Bodies(ada_), ElementsAre("cart 2"));
}

TEST_F(TimerTest, IdentifiedItReachesTheKnownUser) {
  shop().Activate(CartCampaign(absl::Milliseconds(800)));
  shop().Apply(Cart(AnonymousId("phone"), 1));
  shop().Apply(client::Identify(ada_, "phone"));
  EXPECT_EQ(shop().Profile(ada_).timers_size(), 1);
  ASSERT_TRUE(Eventually([&] { return !shop().Bodies(ada_).empty(); }));
  EXPECT_THAT(shop().Bodies(ada_), ElementsAre("cart 1"));
  EXPECT_EQ(shop().Profile(ada_).timers_size(), 0);
}

TEST_F(TimerTest, APausedCampaignSendsNothing) {
  shop().Activate(CartCampaign(absl::Milliseconds(600)));
  shop().Apply(Cart(ada_, 1));
  ASSERT_TRUE(shop().client().PauseCampaign(shop().For<v1::PauseCampaignRequest>("cart")).ok());
  ASSERT_TRUE(Eventually([&] { return shop().Profile(ada_).timers_size() == 0; }));
  EXPECT_THAT(shop().Bodies(ada_), IsEmpty());
  EXPECT_EQ(shop().Events(ada_).size(), 2u);
}

TEST_F(TimerTest, NobodyCanSendOne) {
  v1::Input input;
  *input.mutable_user() = ada_;
  input.mutable_timer_fired()->set_timer_id("delay/cart/1");
  const v1::InputResult result = shop().Submit(input);
  ASSERT_TRUE(result.has_rejection()) << result.ShortDebugString();
  EXPECT_EQ(result.rejection().field(), "timer_fired");
  EXPECT_EQ(result.rejection().reason(), "INVALID_FIELD");
}

TEST_F(TimerTest, MoreAtOnceThanTheLanesTakeAllCome) {
  constexpr int kUsers = 600;
  shop().Activate(CartCampaign(absl::Seconds(1)));
  std::vector<v1::Input> inputs;
  for (int i = 0; i < kUsers; ++i) inputs.push_back(Cart(UserId(StrCat("u", i)), i));
  shop().SubmitAll(std::move(inputs));
  for (int i = 0; i < kUsers; i += 37) {
    const v1::UserRef user = UserId(StrCat("u", i));
    ASSERT_TRUE(Eventually([&] { return !shop().Bodies(user).empty(); })) << i;
    ExpectOnceAndNotEarly(shop(), user, absl::Seconds(1));
  }
}

TEST(TimerOfServersTest, TwoProcessesFireItOnceWhoeverSetIt) {
  const std::string database = NewDatabase();
  auto first = StartServer(database), second = StartServer(database);
  const Workspace shop(first->target(), "shop");
  const Workspace other = shop.Through(second->target());
  shop.Activate(CartCampaign(absl::Seconds(1)));
  // Once the other one has the campaign too.
  ASSERT_TRUE(Eventually([&] {
    other.Apply(Cart(UserId("scout"), 0));
    return other.Profile(UserId("scout")).timers_size() > 0;
  }));
  constexpr int kUsers = 40;
  for (int i = 0; i < kUsers; ++i) {
    (i % 2 == 0 ? shop : other).Apply(Cart(UserId(StrCat("u", i)), 1));
    (i % 3 == 0 ? shop : other).Apply(Cart(UserId(StrCat("u", i)), 2));
  }
  for (int i = 0; i < kUsers; ++i) {
    const v1::UserRef user = UserId(StrCat("u", i));
    ASSERT_TRUE(Eventually([&] { return shop.Bodies(user).size() == 2; })) << i;
    EXPECT_THAT(shop.Bodies(user), ::testing::UnorderedElementsAre("cart 1", "cart 2"));
    ExpectOnceAndNotEarly(shop, user, absl::Seconds(1));
  }
  // One of them goes: the other has all from then on.
  ASSERT_EQ(second->Terminate(kPatience).value(), 0);
  for (int i = 0; i < 8; ++i) shop.Apply(Cart(UserId(StrCat("v", i)), 1));
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(Eventually([&] { return !shop.Bodies(UserId(StrCat("v", i))).empty(); })) << i;
  }
}

TEST(TimerOfServersTest, ItSurvivesARestart) {
  auto server = StartServer(NewDatabase());
  const Workspace shop(server->target(), "shop");
  shop.Activate(CartCampaign(absl::Seconds(1)));
  shop.Apply(Cart(UserId("ada"), 1));
  ASSERT_EQ(server->Terminate(kPatience).value(), 0);
  ASSERT_TRUE(server->Restart().ok());
  ASSERT_TRUE(Eventually([&] { return !shop.Bodies(UserId("ada")).empty(); }));
  EXPECT_THAT(shop.Bodies(UserId("ada")), ElementsAre("cart 1"));
  ExpectOnceAndNotEarly(shop, UserId("ada"), absl::Seconds(1));
}

TEST(TimerOfServersTest, InMemoryItWorksTheSame) {
  auto server = ServerProcess::Start({"--store", "memory", "--log-level", "warn"});
  ASSERT_TRUE(server.ok()) << server.status();
  const Workspace shop((*server)->target(), "shop");
  shop.Activate(CartCampaign(absl::Milliseconds(500)));
  shop.Apply(Cart(UserId("ada"), 1));
  shop.Apply(Cart(UserId("eve"), 1));
  shop.Apply(Event(UserId("eve"), "order_placed"));
  ASSERT_TRUE(Eventually([&] { return !shop.Bodies(UserId("ada")).empty(); }));
  ExpectOnceAndNotEarly(shop, UserId("ada"), absl::Milliseconds(500));
  EXPECT_THAT(shop.Bodies(UserId("eve")), IsEmpty());
}

// Parked by hand, since the server takes minutes to give up: an import's timer waits for a minute.
TEST_F(TimerTest, AParkedOneIsListedAndTriedAgain) {
  v1::Campaign campaign = CartCampaign(absl::Hours(1));
  campaign.set_campaign_id("parked_cart");
  campaign.clear_exception_event_names();
  shop().Activate(campaign);
  const v1::UserRef bob = UserId("bob");
  for (const v1::UserRef& user : {ada_, bob}) shop().Import(Cart(user, 1), absl::Now() - absl::Hours(2));
  const absl::StatusOr<std::string> parked = RunSql(database(), R"sql(
      WITH parked AS (UPDATE timers SET parked = true, attempts = 6, error = 'render: divided by 0'
                      WHERE timer_id LIKE 'delay/parked_cart/%' RETURNING 1)
      SELECT count(*) FROM parked)sql");
  ASSERT_EQ(parked.value_or(""), "2") << parked.status();
  v1::ListParkedTimersRequest request;
  request.set_workspace(shop().name());
  request.set_page_size(1);
  const absl::StatusOr<v1::ListParkedTimersResponse> first = shop().client().ListParkedTimers(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->timers_size(), 1);
  const v1::ParkedTimer timer = first->timers(0);
  EXPECT_EQ(timer.user().user_id(), "ada");
  EXPECT_EQ(timer.campaign_id(), "parked_cart");
  EXPECT_EQ(timer.purpose(), v1::TimerFired::PURPOSE_DELAY);
  EXPECT_EQ(timer.event_id(), shop().Events(ada_)[0].input().event_id());
  EXPECT_EQ(timer.attempts(), 6);
  EXPECT_EQ(timer.error(), "render: divided by 0");
  request.set_page_token(first->next_page_token());
  const absl::StatusOr<v1::ListParkedTimersResponse> second = shop().client().ListParkedTimers(request);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->timers_size(), 1);
  EXPECT_EQ(second->timers(0).user().user_id(), "bob");
  EXPECT_EQ(second->next_page_token(), "");

  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> argv = {ProgramPath("cadenza"), "--server",    server().target(),
                                     "--workspace",          shop().name(), "timer"};
    argv.insert(argv.end(), more.begin(), more.end());
    return RunProgram(argv);
  };
  EXPECT_THAT(run({"parked"}).out, HasSubstr("6 attempts: render: divided by 0"));
  const Finished one = run({"retry", "--user", "ada", timer.timer_id()});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_TRUE(Eventually([&] { return !shop().Messages(ada_).empty(); }));
  EXPECT_EQ(run({"retry", "--user", "ada", timer.timer_id()}).exit_code, 3) << "it is not parked any more";
  EXPECT_EQ(run({"retry", timer.timer_id()}).exit_code, 2);
  EXPECT_EQ(run({"retry", "--all"}).out, "1 timer is due now\n");
  EXPECT_TRUE(Eventually([&] { return !shop().Messages(bob).empty(); }));
  EXPECT_EQ(run({"parked"}).out, "");
  for (const v1::UserRef& user : {ada_, bob}) EXPECT_THAT(shop().Bodies(user), ElementsAre("cart 1"));
}

}  // namespace
}  // namespace cadenza::testing
