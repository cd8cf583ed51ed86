// Batches whose messages read catalog items.
#include <gmock/gmock.h>

#include "storage/codec/catalog_codec.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;

class BatchCatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Catalog catalog;
    catalog.workspace = "shop";
    for (const char* id : {"pizzas", "shops"}) {
      catalog.catalog_id = id;
      ASSERT_TRUE(memory_.content().CreateCatalog(catalog).ok());
    }
    Put("pizzas", "a", {{"price", Value::Int(8)}, {"shop", Value::String("linz")}});
    Put("shops", "linz", {{"city", Value::String("Linz")}});
    Say("{% catalog_items pizzas {{ event_properties.${pizza} }} %}{{ items[0].price | default: 'none' }}");
  }

  void Put(const std::string& catalog_id, const std::string& item_id, const ValueMap& fields) {
    ASSERT_TRUE(memory_.content()
                    .UpsertCatalogItems("shop", catalog_id, {{item_id, EncodeFields(fields), absl::Time()}}, kNow)
                    .ok());
    lane_.catalogs.Follow(memory_.content().ListCatalogRevisions().value());
  }
  void Say(std::string body) {
    Campaign campaign;
    campaign.workspace = "shop";
    campaign.campaign_id = "thanks";
    campaign.state = Campaign::State::kActive;
    campaign.trigger = {.kind = Trigger::Kind::kEventName, .event_name = "order_placed", .product_id = ""};
    campaign.message.channel = "push";
    campaign.message.body = std::move(body);
    campaign.message.time_to_live = absl::Hours(24);
    campaign.revision = ++revision_;
    std::vector<std::string> errors;
    lane_.rules = rules::RuleSet::Build(revision_, {campaign}, nullptr, &errors);
    ASSERT_TRUE(errors.empty()) << errors.front();
  }
  WorkItem Order(const UserKey& user, const std::string& event_id, const std::string& pizza) {
    return Item(user, event_id, CustomEvent{"order_placed", {{"pizza", Value::String(pizza)}}});
  }
  std::vector<WorkItem> Orders(std::initializer_list<std::pair<const char*, const char*>> users_and_pizzas) {
    std::vector<WorkItem> items;
    for (const auto& [user, pizza] : users_and_pizzas)
      items.push_back(Order(User(user), StrCat("e", ++events_), pizza));
    return items;
  }
  std::vector<std::string> Bodies(const char* user) {
    std::vector<std::string> bodies;
    const auto messages = memory_.ListMessages(User(user), 0, 100, kNow);
    for (const Message& message : messages.value()) bodies.push_back(message.body);
    return bodies;
  }
  int64_t Loads() const { return lane_.store.Calls(FaultStore::Call::kLoad); }

  ManualClock clock_{kNow};
  MemoryStore memory_{MemoryOptions(&clock_)};
  HandDriven lane_{&memory_};
  int64_t revision_ = 0;
  int events_ = 0;
};

TEST_F(BatchCatalogTest, MissingItemsAreLoadedAtOnceAndTheBatchIsDecidedAgain) {
  EXPECT_EQ(lane_.RunAll(Orders({{"ada", "a"}, {"bob", "b"}, {"ada", "a"}})), 1);
  EXPECT_EQ(Loads(), 2) << "the rows, then the rows with the items";
  EXPECT_THAT(Bodies("ada"), ElementsAre("8", "8"));
  EXPECT_THAT(Bodies("bob"), ElementsAre("none"));
  const Profile ada = StoredProfile(memory_, User("ada"));
  EXPECT_EQ(ada.version, 2) << "folded once";
  EXPECT_EQ(CountOf(ada, "order_placed"), 2);
  EXPECT_EQ(ada.campaigns.find("thanks")->second.count, 2);
}

TEST_F(BatchCatalogTest, HotItemsCostNothing) {
  lane_.RunAll(Orders({{"ada", "a"}, {"ada", "b"}}));
  const int64_t before = Loads();
  lane_.RunAll(Orders({{"ada", "a"}, {"ada", "b"}}));
  EXPECT_EQ(Loads(), before) << "also of what is known not to be there";
  EXPECT_THAT(Bodies("ada"), ElementsAre("8", "none", "8", "none"));
}

TEST_F(BatchCatalogTest, AChangeIsSeenOnceItIsFollowed) {
  lane_.RunAll(Orders({{"ada", "a"}}));
  Put("pizzas", "a", {{"price", Value::Int(9)}});
  lane_.RunAll(Orders({{"ada", "a"}}));
  EXPECT_THAT(Bodies("ada"), ElementsAre("8", "9"));
}

TEST_F(BatchCatalogTest, AnItemMayLeadToAnother) {
  Say("{% catalog_items pizzas a %}{% assign shop = items[0].shop %}{% catalog_items shops {{ shop }} %}"
      "{{ items[0].city }}");
  lane_.RunAll(Orders({{"ada", "a"}}));
  EXPECT_THAT(Bodies("ada"), ElementsAre("Linz"));
  EXPECT_EQ(Loads(), 3);
}

TEST_F(BatchCatalogTest, TroubleWhileItemsAreLoadedIsTriedAgain) {
  FaultStore::Fault away;
  away.error = absl::UnavailableError("away");
  lane_.store.Inject(FaultStore::Call::kLoad, {});
  lane_.store.Inject(FaultStore::Call::kLoad, away);
  lane_.RunOnce(Orders({{"ada", "a"}}));
  EXPECT_TRUE(absl::IsUnavailable(lane_.outcome.status));
  EXPECT_THAT(Bodies("ada"), ElementsAre());
  lane_.RunAll(std::move(lane_.outcome.retry));
  EXPECT_THAT(Bodies("ada"), ElementsAre("8"));
  EXPECT_EQ(StoredProfile(memory_, User("ada")).version, 1);
}

TEST_F(BatchCatalogTest, ABatchThatReadsTooManyItemsIsCut) {
  std::vector<WorkItem> items;
  for (int i = 0; i < 500; ++i) {
    items.push_back(Order(User(StrCat("u", i)), StrCat("e", i), StrCat("p", i)));
  }
  Say("{% assign p = event_properties.${pizza} %}{% assign q = p | append: 'x' %}{% assign r = p | append: 'y' %}"
      "{% catalog_items pizzas {{ p }} {{ q }} {{ r }} %}{{ items | size }}");
  const int batches = lane_.RunAll(std::move(items));
  EXPECT_GT(batches, 1);
  EXPECT_EQ(lane_.logbook->settled(), 500u);
  EXPECT_THAT(Bodies("u0"), ElementsAre("0"));
  EXPECT_THAT(Bodies("u499"), ElementsAre("0"));
}

TEST_F(BatchCatalogTest, OneThatIsAloneAndGoesOnForEverIsAnErrorOfItsMessage) {
  for (int i = 0; i < 20; ++i) Put("pizzas", StrCat("n", i), {{"next", Value::String(StrCat("n", i + 1))}});
  Say("{% assign id = 'n0' %}{% for i in (1..20) %}{% catalog_items pizzas {{ id }} %}"
      "{% assign id = items[0].next | default: 'end' %}{% endfor %}{{ id }}");
  lane_.RunAll(Orders({{"ada", "a"}, {"bob", "a"}}));
  EXPECT_EQ(lane_.logbook->settled(), 2u);
  // Every attempt goes further by what is cached meanwhile, so only the first may have failed.
  EXPECT_LE(Bodies("ada").size(), 1u);
  EXPECT_EQ(StoredProfile(memory_, User("ada")).version, 1);
  EXPECT_EQ(StoredProfile(memory_, User("bob")).version, 1);
}

TEST_F(BatchCatalogTest, NoWorkspaceReadsAnothers) {
  Catalog catalog;
  catalog.workspace = "other";
  catalog.catalog_id = "secret";
  ASSERT_TRUE(memory_.content().CreateCatalog(catalog).ok());
  ASSERT_TRUE(
      memory_.content()
          .UpsertCatalogItems("other", "secret", {{"a", EncodeFields({{"price", Value::Int(1)}}), absl::Time()}}, kNow)
          .ok());
  lane_.catalogs.Follow(memory_.content().ListCatalogRevisions().value());
  Say("{% catalog_items secret a %}[{{ items[0].price }}]");
  lane_.RunAll(Orders({{"ada", "a"}}));
  EXPECT_THAT(Bodies("ada"), ElementsAre("[]"));
}

}  // namespace
}  // namespace cadenza::lanes
