#include <gmock/gmock.h>

#include "absl/strings/str_format.h"
#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::Purchase;
using client::UserId;

// Over two processes of one database.
class DuplicateTest : public ServedTest {
 protected:
  static void SetUpTestSuite() {
    ServedTest::SetUpTestSuite();
    other_ = StartServer(database());
  }
  static void TearDownTestSuite() {
    other_.reset();
    ServedTest::TearDownTestSuite();
  }
  Workspace elsewhere() { return shop().Through(other_->target()); }

 private:
  static std::unique_ptr<ServerProcess> other_;
};
std::unique_ptr<ServerProcess> DuplicateTest::other_;

v1::Input Order(int i) { return WithId(Event(UserId("ada"), "order", {{"i", Int(i)}}), StrCat("order-", i)); }

std::vector<v1::Input> Orders(int count) {
  std::vector<v1::Input> inputs;
  for (int i = 1; i <= count; ++i) inputs.push_back(Order(i));
  return inputs;
}

// Every one a duplicate with the place that it took at first.
void ExpectDuplicates(const std::vector<v1::InputResult>& results, int count, int64_t first_seq) {
  ASSERT_EQ(results.size(), count);
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(results[i].seq(), first_seq + i);
    EXPECT_EQ(results[i].duplicate().user_seq(), i + 1) << results[i].ShortDebugString();
  }
}

TEST_F(DuplicateTest, WhereverSentAgainAreAnsweredWithTheirFirstPlaceAndChangeNothing) {
  shop().Activate(CampaignOn("thanks", "order"));
  EventStream first(shop());
  ASSERT_TRUE(first.Open());
  ASSERT_TRUE(first.Send(1, Orders(20)));
  ASSERT_THAT(first.AwaitAcks(20).results, ::testing::IsEmpty());
  const v1::Profile before = shop().Profile(UserId("ada"));
  ASSERT_EQ(before.user_seq(), 20);
  const size_t messages = shop().Messages(UserId("ada")).size();
  ASSERT_EQ(messages, 20);

  ASSERT_TRUE(first.Send(21, Orders(20)));
  ExpectDuplicates(first.AwaitAcks(40).results, 20, 21);
  EventStream second(shop());
  ASSERT_TRUE(second.Open());
  ASSERT_TRUE(second.Send(7, Orders(20)));
  ExpectDuplicates(second.AwaitAcks(26).results, 20, 7);
  ExpectDuplicates(shop().SubmitAll(Orders(20)), 20, 0);
  ExpectDuplicates(elsewhere().SubmitAll(Orders(20)), 20, 0);
  EventStream third(elsewhere());
  ASSERT_TRUE(third.Open());
  ASSERT_TRUE(third.Send(1, Orders(20)));
  ExpectDuplicates(third.AwaitAcks(20).results, 20, 1);

  EXPECT_EQ(shop().Profile(UserId("ada")).SerializeAsString().size(), before.SerializeAsString().size());
  EXPECT_EQ(shop().Profile(UserId("ada")).user_seq(), 20);
  EXPECT_EQ(shop().Profile(UserId("ada")).events().at("order").count(), 20);
  EXPECT_EQ(shop().Events(UserId("ada")).size(), 20);
  EXPECT_EQ(shop().Messages(UserId("ada")).size(), messages);
}

TEST_F(DuplicateTest, WithinOneBatch) {
  const std::vector<v1::InputResult> results = shop().SubmitAll({Order(1), Order(2), Order(1), Order(1)});
  EXPECT_EQ(results[1].applied().user_seq(), 2);
  EXPECT_EQ(results[2].duplicate().user_seq(), 1);
  EXPECT_EQ(results[3].duplicate().user_seq(), 1);
  EXPECT_EQ(shop().Profile(UserId("ada")).user_seq(), 2);
}

TEST_F(DuplicateTest, OfEveryKindOfInput) {
  const std::vector<v1::Input> inputs = {
      WithId(Purchase(UserId("ada"), "pizza", Amount("7.5", "EUR"))),
      WithId(client::SessionStart(UserId("ada"))),
      WithId(client::SetAttributes(UserId("ada"), {{"city", client::String("Rome")}})),
      WithId(client::Identify(UserId("ada"), "device-1")),
      WithId(client::AddAlias(UserId("ada"), "email_hash", "9a")),
      WithId(client::Subscription(UserId("ada"), "push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED)),
      WithId(client::SessionEnd(UserId("ada"))),
  };
  const std::vector<v1::InputResult> first = shop().SubmitAll(inputs);
  for (const v1::InputResult& result : first) EXPECT_TRUE(result.has_applied()) << result.ShortDebugString();
  ExpectDuplicates(shop().SubmitAll(inputs), static_cast<int>(inputs.size()), 0);
  ExpectDuplicates(elsewhere().SubmitAll(inputs), static_cast<int>(inputs.size()), 0);
  EXPECT_EQ(shop().Profile(UserId("ada")).purchases().count(), 1);
  EXPECT_EQ(shop().Profile(UserId("ada")).sessions().count(), 2) << "the purchase's, and the one started";
}

TEST_F(DuplicateTest, TheSameIdWithAnotherBodyIsRefusedEverywhere) {
  ASSERT_EQ(shop().Apply(Order(1)), 1);
  v1::Input other = Order(1);
  (*other.mutable_custom_event()->mutable_properties())["i"].set_int64_value(99);
  for (const Workspace& where : {shop(), elsewhere()}) {
    const v1::InputResult result = where.Submit(other);
    EXPECT_EQ(result.rejection().reason(), "EVENT_ID_REUSED") << result.ShortDebugString();
    EXPECT_EQ(result.rejection().code(), 6);
    EXPECT_EQ(result.rejection().field(), "event_id");
  }
  const std::vector<v1::InputResult> batch =
      shop().SubmitAll({Order(2), WithId(client::SessionEnd(UserId("ada")), "order-2")});
  EXPECT_TRUE(batch[0].has_applied());
  EXPECT_EQ(batch[1].rejection().reason(), "EVENT_ID_REUSED");
  EXPECT_EQ(shop().Profile(UserId("ada")).user_seq(), 2);
}

TEST_F(DuplicateTest, IdsBelongToTheUserAndTheWorkspace) {
  const Workspace neighbour(server().target(), FreshName());
  EXPECT_EQ(shop().Apply(Order(1)), 1);
  EXPECT_EQ(neighbour.Apply(Order(1)), 1);
  EXPECT_EQ(shop().Apply(WithId(Event(UserId("bob"), "order"), "order-1")), 1);
}

// NewUuidV7 never goes back in time.
std::string UuidV7Of(absl::Time time) {
  const std::string millis = absl::StrFormat("%012x", absl::ToUnixMillis(time));
  return StrCat(millis.substr(0, 8), "-", millis.substr(8), "-7000-8000-000000000001");
}

TEST_F(DuplicateTest, AUuidV7OlderThanADayIsRefusedAndAYoungerOneIsNot) {
  const v1::Input old = Event(UserId("ada"), "order");
  const v1::InputResult refused =
      shop().Submit(WithId(old, UuidV7Of(absl::Now() - absl::Hours(24) - absl::Minutes(1))));
  EXPECT_EQ(refused.rejection().reason(), "EVENT_ID_TOO_OLD") << refused.ShortDebugString();
  EXPECT_EQ(refused.rejection().field(), "event_id");
  EXPECT_EQ(refused.rejection().code(), 11);
  EXPECT_EQ(shop().Apply(WithId(old, UuidV7Of(absl::Now() - absl::Hours(23)))), 1);
}

}  // namespace
}  // namespace cadenza::testing
