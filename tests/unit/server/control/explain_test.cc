#include "server/control/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cadenza/v1/input.pb.h"
#include "server/rules/decision_log.h"
#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class ExplainTest : public ::testing::Test {
 protected:
  // The user's next input, on which these campaigns decided, at these revisions; none: nothing was decided.
  void Apply(const std::vector<std::pair<std::string, int64_t>>& campaigns, const UserKey& user) {
    rules::DecisionLog log;
    log.Clear(kNow + absl::Seconds(seq_));
    for (const auto& [id, revision] : campaigns) {
      log.Begin(id, revision, "");
      log.Say(Gate::kCondition, false);
      log.End(DecisionOutcome::kStopped, "");
    }
    v1::Input input;
    input.set_event_id(StrCat("e", seq_ + 1));
    input.mutable_user()->set_user_id("ada");
    input.mutable_custom_event()->set_name("order");
    CommitBatch batch;
    batch.profiles = {{user, seq_, {seq_ + 1, "", ""}}};
    EventWrite event;
    event.named = user;
    event.event_id = input.event_id();
    event.user_seq = ++seq_;
    event.body = input.SerializeAsString();
    event.decisions = std::string(log.written());
    batch.events = {event};
    const auto committed = store_.Commit(batch);
    ASSERT_TRUE(committed.ok() && !committed->conflicted[0]);
  }
  Explanation Page(std::string_view campaign, int page_size = 10, int64_t before = 0) {
    const auto page = explainer_.Explain(ada_, campaign, page_size, before);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value_or(Explanation());
  }
  std::vector<std::string> Shown(const Explanation& page) {
    std::vector<std::string> shown;
    for (const Decision& decision : page.decisions) {
      shown.push_back(StrCat(decision.campaign_id, " ", decision.user_seq, " ", decision.event_id));
    }
    return shown;
  }

  MemoryStore store_;
  Explainer explainer_{&store_};
  const UserKey ada_ = UserKey::User("w", "ada");
  int64_t seq_ = 0;
};

TEST_F(ExplainTest, NobodyHasNoDecisions) {
  EXPECT_TRUE(absl::IsNotFound(explainer_.Explain(ada_, "", 10, 0).status()));
}

TEST_F(ExplainTest, TheNewestComesFirstOfOneCampaignOrOfAll) {
  Apply({{"a", 1}}, ada_);
  Apply({}, ada_);
  Apply({{"b", 1}, {"a", 1}}, ada_);
  EXPECT_THAT(Shown(Page("")), ElementsAre("b 3 e3", "a 3 e3", "a 1 e1"));
  EXPECT_THAT(Shown(Page("a")), ElementsAre("a 3 e3", "a 1 e1"));
  EXPECT_THAT(Shown(Page("nobody")), IsEmpty());
  EXPECT_EQ(Page("").next, 0);
  EXPECT_EQ(Page("").decisions[0].time, kNow + absl::Seconds(2));
}

TEST_F(ExplainTest, PagesLeaveNothingOutAndEnd) {
  for (int i = 0; i < 7; ++i) Apply({{"a", 1}, {"b", 1}}, ada_);
  std::vector<std::string> all;
  int pages = 0;
  int64_t before = 0;
  do {
    const Explanation page = Page("", /*page_size=*/3, before);
    EXPECT_LE(page.decisions.size(), 4u) << "that of one input more";
    for (std::string& shown : Shown(page)) all.push_back(std::move(shown));
    before = page.next;
    ASSERT_LT(++pages, 10);
  } while (before != 0);
  EXPECT_EQ(all, Shown(Page("", 100)));
  EXPECT_EQ(all.size(), 14u);
}

TEST_F(ExplainTest, APageLooksAtBoundedlyManyInputs) {
  Apply({{"a", 1}}, ada_);
  for (int i = 0; i < Explainer::kPageInputs; ++i) Apply({{"b", 1}}, ada_);
  const Explanation first = Page("a");
  EXPECT_THAT(first.decisions, IsEmpty());
  EXPECT_EQ(first.next, 2);
  EXPECT_THAT(Shown(Page("a", 10, first.next)), ElementsAre("a 1 e1"));
}

TEST_F(ExplainTest, TextsAreThoseOfTheDefinitionThatDecided) {
  Campaign campaign;
  campaign.workspace = "w";
  campaign.campaign_id = "a";
  for (const char* condition : {"event.properties.total > 1.0", "event.properties.total > 2.0"}) {
    ++campaign.revision;
    campaign.condition = condition;
    ASSERT_TRUE(store_.campaigns().PutCampaign(EncodeCampaign(campaign)).ok());
  }
  Apply({{"a", 1}}, ada_);
  Apply({{"a", 2}}, ada_);
  Apply({{"a", 3}}, ada_);  // never stored
  const Explanation page = Page("a");
  ASSERT_EQ(page.decisions.size(), 3u);
  EXPECT_EQ(page.decisions[0].gates[0].detail, "it is false");
  EXPECT_EQ(page.decisions[1].gates[0].detail, "event.properties.total > 2.0 is false");
  EXPECT_EQ(page.decisions[2].gates[0].detail, "event.properties.total > 1.0 is false");
}

TEST_F(ExplainTest, ANameLeadsToItsUserAndDecisionsOfItsOwnStay) {
  Apply({{"a", 1}}, ada_);
  const UserKey alias = UserKey::Alias("w", "email", "ada");
  CommitBatch batch;
  batch.profiles = {{alias, 0, {1, ada_.key, ""}}};
  ASSERT_TRUE(store_.Commit(batch).ok());
  EXPECT_THAT(Shown(*explainer_.Explain(alias, "", 10, 0)), ElementsAre("a 1 e1"));

  const UserKey device = UserKey::Anonymous("w", "phone");
  seq_ = 0;
  Apply({{"b", 1}}, device);
  batch.profiles = {{device, 1, {2, ada_.key, ""}}};
  ASSERT_TRUE(store_.Commit(batch).ok());
  EXPECT_THAT(Shown(*explainer_.Explain(device, "", 10, 0)), ElementsAre("b 1 e1"));
}

TEST_F(ExplainTest, DamageIsTold) {
  CommitBatch batch;
  batch.profiles = {{ada_, 0, {1, "", ""}}};
  EventWrite event;
  event.named = ada_;
  event.event_id = "e1";
  event.user_seq = 1;
  v1::Input input;
  input.mutable_user()->set_user_id("ada");
  input.mutable_custom_event()->set_name("order");
  event.body = input.SerializeAsString();
  event.decisions = "\x7F nothing";
  batch.events = {event};
  ASSERT_TRUE(store_.Commit(batch).ok());
  EXPECT_TRUE(absl::IsDataLoss(explainer_.Explain(ada_, "", 10, 0).status()));
}

}  // namespace
}  // namespace cadenza
