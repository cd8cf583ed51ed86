// Messages made of catalogs, content blocks and languages, through servers over PostgreSQL and Redis.
#include <gmock/gmock.h>

#include "clients/cpp/status.h"
#include "storage/base/text.h"
#include "tests/integration/program.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::String;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ContentTest : public ServedTest {
 protected:
  template <typename Request>
  static Request In(const Workspace& workspace) {
    Request request;
    request.set_workspace(workspace.name());
    return request;
  }
  static absl::Status MakeCatalog(const Workspace& workspace, const std::string& id) {
    auto request = In<v1::CreateCatalogRequest>(workspace);
    request.mutable_catalog()->set_catalog_id(id);
    return workspace.client().CreateCatalog(request).status();
  }
  static absl::StatusOr<v1::UpsertCatalogItemsResponse> Upsert(const Workspace& workspace, const std::string& catalog,
                                                               const std::string& item, const std::string& price) {
    auto request = In<v1::UpsertCatalogItemsRequest>(workspace);
    request.set_catalog_id(catalog);
    v1::CatalogItem* added = request.add_items();
    added->set_item_id(item);
    (*added->mutable_fields())["price"] = String(price);
    return workspace.client().UpsertCatalogItems(request);
  }
  static absl::Status PutBlock(const Workspace& workspace, const std::string& id, const std::string& content) {
    auto get = In<v1::GetContentBlockRequest>(workspace);
    get.set_content_block_id(id);
    const bool known = workspace.client().GetContentBlock(get).ok();
    const auto fill = [&](auto request) {
      request.mutable_content_block()->set_content_block_id(id);
      request.mutable_content_block()->set_content(content);
      return request;
    };
    if (known)
      return workspace.client().UpdateContentBlock(fill(In<v1::UpdateContentBlockRequest>(workspace))).status();
    return workspace.client().CreateContentBlock(fill(In<v1::CreateContentBlockRequest>(workspace))).status();
  }
  absl::StatusOr<v1::CreateCampaignResponse> Create(const v1::Campaign& campaign) {
    auto request = In<v1::CreateCampaignRequest>(shop());
    *request.mutable_campaign() = campaign;
    return shop().client().CreateCampaign(request);
  }
  // What a new user who orders `pizza` there is told; "" if nothing.
  std::string Told(const Workspace& where, const std::string& pizza) {
    const v1::UserRef user = UserId(StrCat("customer-", ++customers_));
    where.Apply(Event(user, "order", {{"pizza", String(pizza)}}));
    const std::vector<std::string> bodies = where.Bodies(user);
    return bodies.empty() ? "" : bodies.back();
  }

  static constexpr char kBody[] =
      "{% catalog_items pizzas {{event_properties.${pizza}}} %}"
      "{% if items[0] == blank %}{% abort_message('no such pizza') %}{% endif %}"
      "{{ items[0].id }} for {{ items[0].price }}. {{content_blocks.${footer}}}";

 private:
  int customers_ = 0;
};

TEST_F(ContentTest, AMessageFollowsItsCatalogAndItsBlockInEveryProcess) {
  ASSERT_TRUE(MakeCatalog(shop(), "pizzas").ok());
  ASSERT_TRUE(Upsert(shop(), "pizzas", "margherita", "8.50").ok());
  ASSERT_TRUE(PutBlock(shop(), "footer", "Bye, {{${user_id} | slice: 0, 8}}").ok());
  shop().Activate(CampaignOn("price", "order", kBody));
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  const Workspace there = shop().Through(other->target());

  EXPECT_EQ(Told(shop(), "margherita"), "margherita for 8.50. Bye, customer");
  EXPECT_EQ(Told(there, "margherita"), "margherita for 8.50. Bye, customer");
  EXPECT_EQ(Told(shop(), "hawaii"), "") << "an item that is not there aborts";
  EXPECT_EQ(Told(there, "hawaii"), "");

  // Changed while running: at once in the process that answered, soon in the other.
  ASSERT_TRUE(Upsert(shop(), "pizzas", "margherita", "9.00").ok());
  ASSERT_TRUE(PutBlock(shop(), "footer", "Enjoy").ok());
  EXPECT_EQ(Told(shop(), "margherita"), "margherita for 9.00. Enjoy");
  EXPECT_TRUE(Eventually([&] { return Told(there, "margherita") == "margherita for 9.00. Enjoy"; }));
  ASSERT_TRUE(Upsert(there, "pizzas", "hawaii", "10.00").ok());
  EXPECT_EQ(Told(there, "hawaii"), "hawaii for 10.00. Enjoy");
  EXPECT_TRUE(Eventually([&] { return Told(shop(), "hawaii") == "hawaii for 10.00. Enjoy"; }));

  auto gone = In<v1::DeleteCatalogItemsRequest>(shop());
  gone.set_catalog_id("pizzas");
  gone.add_item_ids("margherita");
  EXPECT_EQ(shop().client().DeleteCatalogItems(gone)->deleted_count(), 1);
  EXPECT_EQ(Told(shop(), "margherita"), "");
  EXPECT_TRUE(Eventually([&] { return Told(there, "margherita").empty(); }));
  auto whole = In<v1::DeleteCatalogRequest>(shop());
  whole.set_catalog_id("pizzas");
  ASSERT_TRUE(shop().client().DeleteCatalog(whole).ok());
  EXPECT_EQ(Told(shop(), "hawaii"), "");
}

TEST_F(ContentTest, TheMessageReachesTheStreamWithTheNewText) {
  ASSERT_TRUE(MakeCatalog(shop(), "pizzas").ok());
  ASSERT_TRUE(PutBlock(shop(), "footer", "one").ok());
  ASSERT_TRUE(Upsert(shop(), "pizzas", "margherita", "8.50").ok());
  shop().Activate(CampaignOn("price", "order", kBody));
  const v1::UserRef ada = UserId("ada");
  Inbox inbox(shop(), ada);
  inbox.AwaitOpened();
  shop().Apply(Event(ada, "order", {{"pizza", String("margherita")}}));
  ASSERT_TRUE(Upsert(shop(), "pizzas", "margherita", "9.00").ok());
  ASSERT_TRUE(PutBlock(shop(), "footer", "two").ok());
  shop().Apply(Event(ada, "order", {{"pizza", String("margherita")}}));
  const std::vector<v1::Message> messages = inbox.Await(2);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].body(), "margherita for 8.50. one");
  EXPECT_EQ(messages[1].body(), "margherita for 9.00. two");
}

TEST_F(ContentTest, NoWorkspaceSeesAnothers) {
  const Workspace neighbour(server().target(), FreshName());
  for (const Workspace* workspace : std::initializer_list<const Workspace*>{&shop(), &neighbour}) {
    ASSERT_TRUE(MakeCatalog(*workspace, "pizzas").ok());
    ASSERT_TRUE(PutBlock(*workspace, "footer", workspace->name()).ok());
  }
  ASSERT_TRUE(Upsert(neighbour, "pizzas", "secret", "1").ok());
  shop().Activate(CampaignOn("price", "order",
                             "{% catalog_items pizzas {{event_properties.${pizza}}} %}[{{ items[0].price }}] "
                             "{{content_blocks.${footer}}}"));
  EXPECT_EQ(Told(shop(), "secret"), StrCat("[] ", shop().name()));
  auto get = In<v1::GetCatalogItemRequest>(shop());
  get.set_catalog_id("pizzas");
  get.set_item_id("secret");
  EXPECT_TRUE(absl::IsNotFound(shop().client().GetCatalogItem(get).status()));
  EXPECT_EQ(shop().client().ListCatalogs(In<v1::ListCatalogsRequest>(shop()))->catalogs(0).item_count(), 0);
  EXPECT_EQ(shop().client().ListContentBlocks(In<v1::ListContentBlocksRequest>(shop()))->content_blocks_size(), 1);
}

TEST_F(ContentTest, ABlockThatIsMissingOrGoesInCirclesIsRefused) {
  const absl::Status missing = Create(CampaignOn("a", "order", "Hi\n{{content_blocks.${nobody}}}")).status();
  EXPECT_TRUE(absl::IsInvalidArgument(missing)) << missing;
  const auto fields = client::FieldViolations(missing);
  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields[0].field, "campaign.message.body");
  EXPECT_THAT(fields[0].description, HasSubstr("line 2"));
  ASSERT_TRUE(PutBlock(shop(), "a", "x").ok());
  ASSERT_TRUE(PutBlock(shop(), "b", "{{content_blocks.${a}}}").ok());
  const absl::Status circle = PutBlock(shop(), "a", "{{content_blocks.${b}}}");
  EXPECT_TRUE(absl::IsInvalidArgument(circle)) << circle;
  EXPECT_EQ(client::FieldViolations(circle).at(0).field, "content_block.content");

  // One that goes away later stops the messages that name it, and no others.
  shop().Activate(CampaignOn("a", "order", "{{content_blocks.${a}}}"));
  shop().Activate(CampaignOn("b", "order", "fine"));
  auto gone = In<v1::DeleteContentBlockRequest>(shop());
  gone.set_content_block_id("a");
  ASSERT_TRUE(shop().client().DeleteContentBlock(gone).ok());
  const v1::UserRef ada = UserId("ada");
  shop().Apply(Event(ada, "order"));
  EXPECT_THAT(shop().Bodies(ada), ElementsAre("fine"));
}

TEST_F(ContentTest, OverALimitTheFieldIsNamed) {
  ASSERT_TRUE(MakeCatalog(shop(), "pizzas").ok());
  auto request = In<v1::UpsertCatalogItemsRequest>(shop());
  request.set_catalog_id("pizzas");
  request.add_items()->set_item_id("good");
  v1::CatalogItem* large = request.add_items();
  large->set_item_id("large");
  for (const char* name : {"a", "b"}) (*large->mutable_fields())[name] = String(std::string(40'000, 'x'));
  v1::CatalogItem* empty = request.add_items();
  empty->set_item_id("empty");
  (*empty->mutable_fields())["price"];
  const auto response = shop().client().UpsertCatalogItems(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->upserted_count(), 1);
  ASSERT_EQ(response->errors_size(), 2);
  EXPECT_EQ(response->errors(0).index(), 1);
  EXPECT_EQ(response->errors(0).item_id(), "large");
  EXPECT_EQ(response->errors(0).rejection().field(), "items[1].fields");
  EXPECT_EQ(response->errors(0).rejection().reason(), "LIMIT_EXCEEDED");
  EXPECT_EQ(response->errors(1).rejection().field(), "items[2].fields.price");
  for (int i = 0; i < 1001; ++i) request.add_items()->set_item_id(StrCat(i));
  const absl::Status many = shop().client().UpsertCatalogItems(request).status();
  EXPECT_EQ(client::FieldViolations(many).at(0).field, "items");
  EXPECT_EQ(client::FieldViolations(MakeCatalog(shop(), std::string(251, 'x'))).at(0).field, "catalog.catalog_id");
  EXPECT_EQ(client::FieldViolations(PutBlock(shop(), "b", std::string(20'000, 'x'))).at(0).field,
            "content_block.content");
}

TEST_F(ContentTest, UsersReadTheirOwnLanguage) {
  v1::Campaign campaign = CampaignOn("hello", "order", "Hello");
  for (const auto& [locale, body] : {std::pair("fr", "Bonjour"), std::pair("en-GB", "Good day")}) {
    v1::Localization* localization = campaign.mutable_message()->add_localizations();
    localization->set_locale(locale);
    localization->set_body(body);
  }
  shop().Activate(campaign);
  for (const auto& [language, body] : {std::pair("fr-CA", "Bonjour"), std::pair("en_GB", "Good day"),
                                       std::pair("en", "Hello"), std::pair("de", "Hello")}) {
    const v1::UserRef user = UserId(language);
    shop().Apply(client::SetAttributes(user, {{"language", String(language)}}));
    shop().Apply(Event(user, "order"));
    EXPECT_THAT(shop().Bodies(user), ElementsAre(body)) << language;
  }
  campaign.set_campaign_id("bad");
  campaign.mutable_message()->mutable_localizations(1)->set_body("{% if x %}");
  const absl::Status bad = Create(campaign).status();
  EXPECT_EQ(client::FieldViolations(bad).at(0).field, "campaign.message.localizations[1].body");
}

TEST_F(ContentTest, ASaveWarnsAndAPreviewToo) {
  v1::Campaign campaign =
      CampaignOn("hello", "order", "{{ 'x' | shout }}\n{{ user.nmae }}{% catalog_items nothing a %}");
  const auto created = Create(campaign);
  ASSERT_TRUE(created.ok()) << created.status();
  ASSERT_EQ(created->warnings_size(), 3) << created->DebugString();
  for (const v1::TemplateWarning& warning : created->warnings()) EXPECT_EQ(warning.field(), "message.body");
  auto preview = In<v1::PreviewCampaignRequest>(shop());
  preview.set_campaign_id("hello");
  *preview.mutable_input() = Event(UserId("ada"), "order");
  EXPECT_EQ(shop().client().PreviewCampaign(preview)->warnings_size(), 3);
  campaign.mutable_message()->set_body("fine");
  EXPECT_THAT(shop().client().UpdateCampaign(shop().Update(campaign))->warnings(), IsEmpty());
}

class ContentCliTest : public ContentTest {
 protected:
  Finished Run(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--timeout", "30"});
    return Cadenza(std::move(args), "");
  }
};

TEST_F(ContentCliTest, CatalogsBlocksAndLanguagesFromFiles) {
  EXPECT_EQ(Run({"catalog", "create", "pizzas", "--name", "Pizze"}).exit_code, 0);
  const std::string lines = WriteFile("pizzas.ndjson",
                                      "{\"id\": \"margherita\", \"price\": 8.5, \"tags\": [\"vegetarian\"]}\n\n"
                                      "{\"id\": 7, \"price\": 9}\n{\"id\": \"b\\u0001d\", \"price\": 1}\n");
  Finished finished = Run({"catalog", "upsert", "pizzas", lines});
  EXPECT_EQ(finished.exit_code, 5);
  EXPECT_THAT(finished.out, HasSubstr("2 upserted, 1 refused"));
  EXPECT_THAT(finished.err, HasSubstr("items[2].item_id"));
  finished = Run({"catalog", "upsert", "pizzas", WriteFile("more.json", "[{\"id\":\"diavola\",\"price\":10}]")});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(Run({"catalog", "list"}).out, HasSubstr("3 items"));
  EXPECT_THAT(Run({"catalog", "get", "pizzas", "margherita"}).out, HasSubstr("vegetarian"));
  EXPECT_THAT(Run({"catalog", "get", "pizzas", "--items"}).out, HasSubstr("diavola"));
  EXPECT_EQ(Run({"catalog", "get", "pizzas", "nobody"}).exit_code, 3);

  const std::string footer =
      WriteFile("footer.yaml", "content_block_id: footer\ncontent: \"Bye, {{${first_name} | default: 'you'}}\"\n");
  EXPECT_EQ(Run({"content-block", "apply", footer}).out, "footer: created\n");
  EXPECT_EQ(Run({"content-block", "apply", footer}).out, "footer: unchanged\n");
  const std::string plain = WriteFile("ps.liquid", "PS");
  EXPECT_EQ(Run({"content-block", "apply", plain}).exit_code, 0);
  EXPECT_THAT(Run({"content-block", "list"}).out, HasSubstr("-ps "));
  EXPECT_THAT(Run({"content-block", "get", "footer"}).out, HasSubstr("default: 'you'"));

  const std::string campaign = WriteFile("price.yaml", R"yaml(
campaign_id: price
state: STATE_ACTIVE
trigger: { event_name: order }
message:
  channel: push
  content_type: text/html
  body: "{% catalog_items pizzas 7 %}<b>{{ items[0].price }}</b> {{content_blocks.${footer}}} {{ usr }}"
  localizations:
    - { locale: fr, body: "{{event_properties.${note}}}" }
)yaml");
  finished = Run({"campaign", "apply", campaign});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("price: created, active\n  warning: message.body, line 1, column "));
  EXPECT_EQ(Run({"campaign", "apply", campaign}).out, "price: unchanged\n");
  shop().Apply(Event(UserId("ada"), "order"));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("<b>9</b> Bye, you "));
  shop().Apply(client::SetAttributes(UserId("cleo"), {{"language", String("fr")}}));
  shop().Apply(Event(UserId("cleo"), "order", {{"note", String("<i>")}}));
  EXPECT_THAT(shop().Bodies(UserId("cleo")), ElementsAre("&lt;i&gt;"));

  EXPECT_THAT(Run({"catalog", "delete", "pizzas", "7"}).out, HasSubstr("1 items deleted"));
  EXPECT_EQ(Run({"catalog", "delete", "pizzas"}).exit_code, 5) << "without --yes";
  EXPECT_EQ(Run({"catalog", "delete", "pizzas", "--yes"}).exit_code, 0);
  EXPECT_EQ(Run({"content-block", "delete", "footer"}).exit_code, 0);
  EXPECT_EQ(Run({"content-block", "get", "footer"}).exit_code, 3);
}

}  // namespace
}  // namespace cadenza::testing
