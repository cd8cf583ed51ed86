#include <gmock/gmock.h>

#include "clients/cpp/status.h"
#include "storage/base/text.h"
#include "tests/integration/harness.h"

namespace cadenza::testing {
namespace {

using client::Double;
using client::Event;
using client::Int;
using client::UserId;
using ::testing::ElementsAre;

class CampaignTest : public ServedTest {
 protected:
  absl::StatusOr<v1::Campaign> Create(const v1::Campaign& campaign) {
    v1::CreateCampaignRequest request;
    request.set_workspace(shop().name());
    *request.mutable_campaign() = campaign;
    auto response = shop().client().CreateCampaign(request);
    if (!response.ok()) return response.status();
    return response->campaign();
  }
  v1::Campaign Get(const std::string& id) {
    return shop().client().GetCampaign(shop().For<v1::GetCampaignRequest>(id))->campaign();
  }
  absl::Status Pause(const std::string& id, const std::string& etag = "") {
    return shop().client().PauseCampaign(shop().For<v1::PauseCampaignRequest>(id, etag)).status();
  }
  absl::Status Activate(const std::string& id, const std::string& etag = "") {
    return shop().client().ActivateCampaign(shop().For<v1::ActivateCampaignRequest>(id, etag)).status();
  }
  absl::Status Archive(const std::string& id, const std::string& etag = "") {
    return shop().client().ArchiveCampaign(shop().For<v1::ArchiveCampaignRequest>(id, etag)).status();
  }
  absl::StatusOr<v1::PreviewCampaignResponse> Preview(const v1::Campaign& campaign, const v1::Input& input) {
    v1::PreviewCampaignRequest request;
    request.set_workspace(shop().name());
    *request.mutable_campaign() = campaign;
    *request.mutable_input() = input;
    return shop().client().PreviewCampaign(request);
  }
  // Whether an order of a new user brings a message.
  bool Speaks() {
    const v1::UserRef user = UserId(StrCat("customer-", ++customers_));
    shop().Apply(Event(user, "order"));
    return !shop().Messages(user).empty();
  }

 private:
  int customers_ = 0;
};

TEST_F(CampaignTest, GoesThroughItsStates) {
  const v1::Campaign draft = *Create(CampaignOn("thanks", "order"));
  EXPECT_EQ(draft.state(), v1::Campaign::STATE_DRAFT);
  EXPECT_FALSE(draft.etag().empty());
  EXPECT_TRUE(draft.has_create_time());
  EXPECT_FALSE(Speaks());
  ASSERT_TRUE(Activate("thanks").ok());
  EXPECT_EQ(Get("thanks").state(), v1::Campaign::STATE_ACTIVE);
  EXPECT_TRUE(Speaks()) << "in force in the process that answered";
  ASSERT_TRUE(Pause("thanks").ok());
  EXPECT_FALSE(Speaks());
  ASSERT_TRUE(Activate("thanks").ok());
  EXPECT_TRUE(Speaks());
  ASSERT_TRUE(Archive("thanks").ok());
  EXPECT_FALSE(Speaks());
  EXPECT_EQ(Get("thanks").state(), v1::Campaign::STATE_ARCHIVED);
  EXPECT_TRUE(absl::IsFailedPrecondition(Activate("thanks")));
  EXPECT_TRUE(absl::IsFailedPrecondition(shop().client().UpdateCampaign(shop().Update(Get("thanks"))).status()));
}

TEST_F(CampaignTest, StatesThatDoNotFollowAndIdsThatAreNotThere) {
  ASSERT_TRUE(Create(CampaignOn("thanks", "order")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create(CampaignOn("thanks", "order")).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Pause("thanks")));
  EXPECT_TRUE(absl::IsNotFound(Activate("nobody")));
  EXPECT_TRUE(absl::IsNotFound(shop().client().GetCampaign(shop().For<v1::GetCampaignRequest>("nobody")).status()));
  EXPECT_TRUE(absl::IsNotFound(shop().client().UpdateCampaign(shop().Update(CampaignOn("nobody", "order"))).status()));
}

TEST_F(CampaignTest, AnotherEtagIsAborted) {
  const v1::Campaign first = *Create(CampaignOn("thanks", "order", "one"));
  v1::Campaign second = first;
  second.mutable_message()->set_body("two");
  ASSERT_TRUE(shop().client().UpdateCampaign(shop().Update(second)).ok());
  EXPECT_NE(Get("thanks").etag(), first.etag());
  EXPECT_TRUE(absl::IsAborted(shop().client().UpdateCampaign(shop().Update(second)).status()));
  EXPECT_TRUE(absl::IsAborted(Activate("thanks", first.etag())));
  EXPECT_TRUE(absl::IsAborted(Archive("thanks", first.etag())));
  EXPECT_EQ(Get("thanks").message().body(), "two");
  EXPECT_TRUE(Activate("thanks", Get("thanks").etag()).ok());
}

TEST_F(CampaignTest, AnUpdateOfAnActiveCampaignIsInForce) {
  v1::Campaign campaign = shop().Activate(CampaignOn("thanks", "order", "one"));
  shop().Apply(Event(UserId("ada"), "order"));
  campaign.mutable_message()->set_body("two");
  ASSERT_TRUE(shop().client().UpdateCampaign(shop().Update(campaign)).ok());
  shop().Apply(Event(UserId("ada"), "order"));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("one", "two"));
  EXPECT_EQ(Get("thanks").state(), v1::Campaign::STATE_ACTIVE);
}

TEST_F(CampaignTest, AreListedPageByPageInOrderOfId) {
  for (const char* id : {"d", "a", "c", "e", "b"}) ASSERT_TRUE(Create(CampaignOn(id, "order")).ok());
  ASSERT_TRUE(Archive("c").ok());
  const auto list = [this](bool archived) {
    std::string pages;
    v1::ListCampaignsRequest request;
    request.set_workspace(shop().name());
    request.set_page_size(2);
    request.set_show_archived(archived);
    do {
      auto response = shop().client().ListCampaigns(request);
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) break;
      for (const v1::Campaign& campaign : response->campaigns()) pages += campaign.campaign_id();
      request.set_page_token(response->next_page_token());
      pages += "|";
    } while (!request.page_token().empty());
    return pages;
  };
  EXPECT_EQ(list(false), "ab|de|");
  EXPECT_EQ(list(true), "ab|cd|e|");
}

struct Invalid {
  const char* name;
  std::function<void(v1::Campaign&)> spoil;
  const char* field;
  const char* says = "";
};

TEST_F(CampaignTest, WhatIsWrongIsNamedByFieldAndPlace) {
  const Invalid invalid[] = {
      {"id", [](v1::Campaign& c) { c.set_campaign_id("Thanks!"); }, "campaign.campaign_id"},
      {"no_trigger", [](v1::Campaign& c) { c.clear_trigger(); }, "campaign.trigger"},
      {"no_body", [](v1::Campaign& c) { c.mutable_message()->clear_body(); }, "campaign.message.body"},
      {"no_channel", [](v1::Campaign& c) { c.mutable_message()->clear_channel(); }, "campaign.message.channel"},
      {"ttl", [](v1::Campaign& c) { c.mutable_message()->mutable_time_to_live()->set_seconds(31 * 86400); },
       "campaign.message.time_to_live"},
      {"cel_syntax", [](v1::Campaign& c) { c.set_condition("user.event_count(\"a\") ==\n  1 &&"); },
       "campaign.condition", "line 2, column 7"},
      {"cel_name", [](v1::Campaign& c) { c.set_condition("true && nobody == 1"); }, "campaign.condition",
       "line 1, column 9"},
      {"cel_type", [](v1::Campaign& c) { c.set_condition("1 + 1"); }, "campaign.condition", "bool"},
      {"cel_long", [](v1::Campaign& c) { c.set_condition(std::string(4097, ' ')); }, "campaign.condition"},
      {"liquid_body", [](v1::Campaign& c) { c.mutable_message()->set_body("Hi\n{% if user.id %}there"); },
       "campaign.message.body", "line 2"},
      {"liquid_title", [](v1::Campaign& c) { c.mutable_message()->set_title("{% nonsense %}"); },
       "campaign.message.title", "line 1"},
  };
  for (const Invalid& one : invalid) {
    SCOPED_TRACE(one.name);
    v1::Campaign campaign = CampaignOn("thanks", "order");
    one.spoil(campaign);
    for (const absl::Status& status :
         {Create(campaign).status(), Preview(campaign, Event(UserId("ada"), "order")).status()}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
      const std::vector<client::FieldViolation> fields = client::FieldViolations(status);
      ASSERT_EQ(fields.size(), 1) << status;
      EXPECT_EQ(fields[0].field, one.field);
      EXPECT_THAT(fields[0].description, ::testing::HasSubstr(one.says));
    }
  }
  v1::ListCampaignsRequest list;
  list.set_workspace(shop().name());
  EXPECT_EQ(shop().client().ListCampaigns(list)->campaigns_size(), 0);
}

TEST_F(CampaignTest, PreviewShowsTheGatesUpToTheOneThatStopped) {
  const v1::UserRef ada = UserId("ada");
  v1::Campaign knots = CampaignOn("knots", "order", "Knots, {{ user.attributes.first_name }}?");
  knots.set_condition("event.properties.total > 15.0");
  knots.mutable_cooldown()->set_seconds(3600);
  shop().Apply(client::SetAttributes(ada, {{"first_name", client::String("Ada")}}));

  const auto gates = [&](const v1::Input& input) {
    const auto response = Preview(knots, input);
    EXPECT_TRUE(response.ok()) << response.status();
    std::string text;
    for (const v1::GateVerdict& gate : response->gates()) {
      StrAppend(&text, gate.gate(), gate.passed() ? "+" : "-");
      EXPECT_FALSE(gate.detail().empty());
    }
    return StrCat(text, " ", response->message().body());
  };
  const v1::Input order = Event(ada, "order", {{"total", Double(20)}});
  EXPECT_EQ(gates(Event(ada, "visit")), "trigger- ");
  EXPECT_EQ(gates(Event(ada, "order", {{"total", Double(10)}})), "trigger+condition- ");
  EXPECT_EQ(gates(Event(ada, "order")), "trigger+condition- ") << "an error of the condition";
  EXPECT_EQ(gates(order), "trigger+condition+subscription+re_eligibility+render+ Knots, Ada?");
  EXPECT_EQ(shop().Profile(ada).user_seq(), 1) << "changes nothing";
  shop().Activate(knots);
  shop().Apply(order);
  EXPECT_EQ(gates(order), "trigger+condition+subscription+re_eligibility- ");
  shop().Apply(client::Subscription(ada, "push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED));
  EXPECT_EQ(gates(order), "trigger+condition+subscription- ");
  knots.mutable_message()->set_body("{% abort_message \"not today\" %}");
  EXPECT_EQ(gates(Event(UserId("bob"), "order", {{"total", Double(20)}})),
            "trigger+condition+subscription+re_eligibility+render- ");
}

TEST_F(CampaignTest, PreviewOfAStoredCampaignAndOfNobody) {
  ASSERT_TRUE(Create(CampaignOn("thanks", "order", "Thanks, {{ user.id }}")).ok());
  v1::PreviewCampaignRequest request;
  request.set_workspace(shop().name());
  request.set_campaign_id("thanks");
  *request.mutable_input() = Event(UserId("ada"), "order");
  auto response = shop().client().PreviewCampaign(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->message().body(), "Thanks, ada");
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("ada")).status()));
  request.set_campaign_id("nobody");
  EXPECT_TRUE(absl::IsNotFound(shop().client().PreviewCampaign(request).status()));
}

TEST_F(CampaignTest, ARuleThatFailsStopsItselfAlone) {
  v1::Campaign bad = CampaignOn("a_bad", "order");
  bad.set_condition("1 / event.properties.zero == 1");
  shop().Activate(bad);
  shop().Activate(CampaignOn("b_good", "order", "fine"));
  shop().Apply(Event(UserId("ada"), "order", {{"zero", Int(0)}}));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("fine"));
}

TEST_F(CampaignTest, PurchasesTriggerForAnyOrForOneProduct) {
  v1::Campaign any = CampaignOn("any", "unused", "any");
  any.mutable_trigger()->mutable_purchase_made();
  v1::Campaign one = CampaignOn("one", "unused", "{{ event.product_id }}");
  one.mutable_trigger()->mutable_purchase_made()->set_product_id("pizza");
  shop().Activate(any);
  shop().Activate(one);
  shop().Apply(client::Purchase(UserId("ada"), "cola", Amount("2", "EUR")));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("any"));
  shop().Apply(client::Purchase(UserId("ada"), "pizza", Amount("9", "EUR")));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("any", "any", "pizza"));
}

TEST_F(CampaignTest, NoWorkspaceSeesAnothers) {
  shop().Activate(CampaignOn("thanks", "order"));
  const Workspace neighbour(server().target(), FreshName());
  neighbour.Apply(Event(UserId("ada"), "order"));
  EXPECT_TRUE(neighbour.Messages(UserId("ada")).empty());
  v1::ListCampaignsRequest list;
  list.set_workspace(neighbour.name());
  EXPECT_EQ(neighbour.client().ListCampaigns(list)->campaigns_size(), 0);
}

TEST_F(CampaignTest, AChangeIsInForceInAnotherProcessWithinASecond) {
  // What the contract says, and room for a busy machine.
  const absl::Duration kLimit = absl::Seconds(1) + absl::Seconds(4);
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  const Workspace there = shop().Through(other->target());
  there.Apply(Event(UserId("early"), "order"));
  shop().Activate(CampaignOn("thanks", "order"));
  const absl::Time answered = absl::Now();
  int customers = 0;
  ASSERT_TRUE(Eventually([&] {
    const v1::UserRef user = UserId(StrCat("c", ++customers));
    there.Apply(Event(user, "order"));
    return !there.Messages(user).empty();
  }));
  const absl::Duration took = absl::Now() - answered;
  EXPECT_LT(took, kLimit);
  std::printf("in force in the other process %s after the answer\n", absl::FormatDuration(took).c_str());
  ASSERT_TRUE(Pause("thanks").ok());
  EXPECT_TRUE(Eventually([&] {
    const v1::UserRef user = UserId(StrCat("d", ++customers));
    there.Apply(Event(user, "order"));
    return there.Messages(user).empty();
  }));
}

}  // namespace
}  // namespace cadenza::testing
