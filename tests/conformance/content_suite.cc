// Catalogs with their items, and content blocks.
#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;

Catalog CatalogNamed(const std::string& workspace, const std::string& id) {
  return {.workspace = workspace,
          .catalog_id = id,
          .display_name = "Pizze \xF0\x9F\x8D\x95",
          .item_count = 0,
          .create_time = kStoreTime,
          .update_time = kStoreTime};
}

CatalogItemRow Item(const std::string& id, const std::string& fields) { return {id, fields, absl::UnixEpoch()}; }

ContentBlock BlockNamed(const std::string& workspace, const std::string& id) {
  return {.workspace = workspace,
          .content_block_id = id,
          .display_name = "Footer",
          .content = "{{ x }}, \\ '\" \xC3\xA9",
          .create_time = kStoreTime,
          .update_time = kStoreTime + absl::Seconds(1),
          .revision = 1};
}

TEST_P(StoreSuite, ACatalogIsReadBackAsItWasMade) {
  ContentStore& content = store_->content();
  const Catalog catalog = CatalogNamed(workspace_, "pizzas");
  ASSERT_TRUE(content.CreateCatalog(catalog).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(content.CreateCatalog(catalog)));
  EXPECT_EQ(content.GetCatalog(workspace_, "pizzas").value(), catalog);
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalog(workspace_, "Pizzas").status()));
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalog(workspace_ + "x", "pizzas").status()));
  EXPECT_EQ(content.DeleteCatalog(workspace_, "pizzas"), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(content.DeleteCatalog(workspace_, "pizzas")));
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalog(workspace_, "pizzas").status()));
}

TEST_P(StoreSuite, CatalogsAreListedInOrder) {
  ContentStore& content = store_->content();
  for (const char* id : {"c", "a", "B"}) ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, id)).ok());
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_ + "x", "a")).ok());
  const auto ids = [&](const std::string& after, int limit) {
    std::vector<std::string> found;
    const auto catalogs = content.ListCatalogs(workspace_, after, limit);
    for (const Catalog& catalog : catalogs.value()) found.push_back(catalog.catalog_id);
    return found;
  };
  EXPECT_THAT(ids("", 10), ElementsAre("B", "a", "c"));
  EXPECT_THAT(ids("", 2), ElementsAre("B", "a"));
  EXPECT_THAT(ids("a", 2), ElementsAre("c"));
  EXPECT_THAT(ids("c", 2), ElementsAre());
}

TEST_P(StoreSuite, AWorkspaceHasSoManyCatalogs) {
  ContentStore& content = store_->content();
  for (int i = 0; i < limits::kCatalogs; ++i) {
    ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, StrCat("c", i))).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(content.CreateCatalog(CatalogNamed(workspace_, "more"))));
  EXPECT_TRUE(absl::IsAlreadyExists(content.CreateCatalog(CatalogNamed(workspace_, "c0"))));
  EXPECT_TRUE(content.CreateCatalog(CatalogNamed(workspace_ + "x", "more")).ok());
}

TEST_P(StoreSuite, ItemsAreInsertedReplacedAndDeleted) {
  ContentStore& content = store_->content();
  EXPECT_TRUE(
      absl::IsNotFound(content.UpsertCatalogItems(workspace_, "pizzas", {Item("a", "1")}, kStoreTime).status()));
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "pizzas")).ok());
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_ + "x", "pizzas")).ok());
  const std::string bytes("\0\xFF bytes", 8);
  EXPECT_THAT(content.UpsertCatalogItems(workspace_, "pizzas", {Item("b", bytes), Item("a", "1")}, kStoreTime).value(),
              ElementsAre(true, true));
  EXPECT_EQ(content.GetCatalogItem(workspace_, "pizzas", "b").value(), (CatalogItemRow{"b", bytes, kStoreTime}));
  EXPECT_EQ(content.GetCatalog(workspace_, "pizzas")->item_count, 2);

  const absl::Time later = kStoreTime + absl::Minutes(1);
  EXPECT_THAT(content.UpsertCatalogItems(workspace_, "pizzas", {Item("c", "3"), Item("a", "2")}, later).value(),
              ElementsAre(true, true));
  EXPECT_EQ(content.GetCatalogItem(workspace_, "pizzas", "a").value(), (CatalogItemRow{"a", "2", later}));
  EXPECT_EQ(content.GetCatalogItem(workspace_, "pizzas", "b")->update_time, kStoreTime);
  EXPECT_EQ(content.GetCatalog(workspace_, "pizzas")->item_count, 3);
  EXPECT_EQ(content.GetCatalog(workspace_, "pizzas")->update_time, later);

  EXPECT_TRUE(absl::IsNotFound(content.GetCatalogItem(workspace_, "pizzas", "A").status()));
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalogItem(workspace_ + "x", "pizzas", "a").status()));
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalogItem(workspace_, "other", "a").status()));
  EXPECT_EQ(content.GetCatalog(workspace_ + "x", "pizzas")->item_count, 0);

  EXPECT_EQ(content.DeleteCatalogItems(workspace_, "pizzas", {"a", "nobody", "c"}, later).value(), 2);
  EXPECT_EQ(content.DeleteCatalogItems(workspace_, "pizzas", {"a"}, later).value(), 0);
  EXPECT_TRUE(absl::IsNotFound(content.DeleteCatalogItems(workspace_, "other", {"a"}, later).status()));
  EXPECT_EQ(content.GetCatalog(workspace_, "pizzas")->item_count, 1);

  ASSERT_TRUE(content.DeleteCatalog(workspace_, "pizzas").ok());
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "pizzas")).ok());
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalogItem(workspace_, "pizzas", "b").status())) << "gone with its catalog";
}

TEST_P(StoreSuite, ItemsAreListedInOrder) {
  ContentStore& content = store_->content();
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "pizzas")).ok());
  ASSERT_TRUE(
      content.UpsertCatalogItems(workspace_, "pizzas", {Item("c", ""), Item("a", ""), Item("B", "")}, kStoreTime).ok());
  const auto ids = [&](const std::string& catalog, const std::string& after, int limit) {
    std::vector<std::string> found;
    const auto items = content.ListCatalogItems(workspace_, catalog, after, limit);
    for (const CatalogItemRow& item : items.value()) found.push_back(item.item_id);
    return found;
  };
  EXPECT_THAT(ids("pizzas", "", 10), ElementsAre("B", "a", "c"));
  EXPECT_THAT(ids("pizzas", "", 2), ElementsAre("B", "a"));
  EXPECT_THAT(ids("pizzas", "a", 2), ElementsAre("c"));
  EXPECT_THAT(ids("other", "", 2), ElementsAre());
}

TEST_P(StoreSuite, AFullCatalogTakesOnlyWhatItHas) {
  ContentStore& content = store_->content();
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "full")).ok());
  constexpr int64_t kPiece = 20'000;
  std::vector<CatalogItemRow> items;
  for (int64_t i = 1; i < limits::kCatalogItems; ++i) {
    items.push_back(Item(StrCat("i", i), "f"));
    if (static_cast<int64_t>(items.size()) < kPiece && i + 1 < limits::kCatalogItems) continue;
    ASSERT_TRUE(content.UpsertCatalogItems(workspace_, "full", items, kStoreTime).ok());
    items.clear();
  }
  EXPECT_EQ(content.GetCatalog(workspace_, "full")->item_count, limits::kCatalogItems - 1);
  EXPECT_THAT(content
                  .UpsertCatalogItems(workspace_, "full",
                                      {Item("i1", "g"), Item("x", ""), Item("y", ""), Item("i2", "g")}, kStoreTime)
                  .value(),
              ElementsAre(true, true, false, true));
  EXPECT_EQ(content.GetCatalog(workspace_, "full")->item_count, limits::kCatalogItems);
  EXPECT_EQ(content.GetCatalogItem(workspace_, "full", "i2")->fields, "g");
  EXPECT_TRUE(absl::IsNotFound(content.GetCatalogItem(workspace_, "full", "y").status()));
}

TEST_P(StoreSuite, ItemsAreLoadedWithRows) {
  ContentStore& content = store_->content();
  for (const char* id : {"pizzas", "shops"}) {
    ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, id)).ok());
    ASSERT_TRUE(content.UpsertCatalogItems(workspace_, id, {Item("a", StrCat("a of ", id))}, kStoreTime).ok());
  }
  Apply(User("ada"), 1, "e1");
  LoadRequest request{.keys = {User("ada")}, .events = {{User("ada"), "e1"}}, .fresh = true};
  request.catalog_items = {{workspace_, "shops", "a"},
                           {workspace_, "shops", "b"},
                           {workspace_ + "x", "pizzas", "a"},
                           {workspace_, "pizzas", "a"}};
  const auto loaded = store_->Load(request);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->catalog_items, ElementsAre("a of shops", std::nullopt, std::nullopt, "a of pizzas"));
  EXPECT_TRUE(loaded->rows.at(0).has_value() && loaded->events.at(0).has_value());
  EXPECT_THAT(store_->Load({.keys = {}, .events = {}, .fresh = false, .catalog_items = {{workspace_, "pizzas", "a"}}})
                  ->catalog_items,
              ElementsAre("a of pizzas"));
}

TEST_P(StoreSuite, EveryChangeOfACatalogIsSeenByItsRevision) {
  ContentStore& content = store_->content();
  const auto of = [&](const std::string& id) {
    const auto revisions = content.ListCatalogRevisions();
    for (const CatalogRevision& one : revisions.value()) {
      if (one.workspace == workspace_ && one.catalog_id == id) return one.revision;
    }
    return int64_t{0};
  };
  const Revisions before = store_->ReadRevisions().value();
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "a")).ok());
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "b")).ok());
  int64_t last = store_->ReadRevisions()->catalogs;
  EXPECT_GT(last, before.catalogs);
  EXPECT_EQ(store_->ReadRevisions()->rule_set, before.rule_set);
  const int64_t made = of("a"), other = of("b");
  EXPECT_GT(made, 0);

  ASSERT_TRUE(content.UpsertCatalogItems(workspace_, "a", {Item("x", "1")}, kStoreTime).ok());
  EXPECT_GT(store_->ReadRevisions()->catalogs, last);
  const int64_t upserted = of("a");
  EXPECT_GT(upserted, made);
  EXPECT_EQ(of("b"), other);
  last = store_->ReadRevisions()->catalogs;
  EXPECT_EQ(content.DeleteCatalogItems(workspace_, "a", {"nobody"}, kStoreTime).value(), 0);
  EXPECT_EQ(store_->ReadRevisions()->catalogs, last) << "nothing was changed";
  ASSERT_EQ(content.DeleteCatalogItems(workspace_, "a", {"x"}, kStoreTime).value(), 1);
  const int64_t deleted = of("a");
  EXPECT_GT(deleted, upserted);
  last = store_->ReadRevisions()->catalogs;
  ASSERT_TRUE(content.DeleteCatalog(workspace_, "a").ok());
  EXPECT_GT(store_->ReadRevisions()->catalogs, last);
  EXPECT_EQ(of("a"), 0);
  ASSERT_TRUE(content.CreateCatalog(CatalogNamed(workspace_, "a")).ok());
  EXPECT_GT(of("a"), deleted) << "not one that the id had before";
}

TEST_P(StoreSuite, AContentBlockIsReplacedOnlyFromItsCurrentRevision) {
  ContentStore& content = store_->content();
  const int64_t before = store_->ReadRevisions()->rule_set;
  ContentBlock block = BlockNamed(workspace_, "footer");
  block.revision = 2;
  EXPECT_TRUE(absl::IsNotFound(content.PutContentBlock(block)));
  block.revision = 1;
  ASSERT_TRUE(content.PutContentBlock(block).ok());
  EXPECT_EQ(content.GetContentBlock(workspace_, "footer").value(), block);
  EXPECT_TRUE(absl::IsAlreadyExists(content.PutContentBlock(block)));
  const int64_t put = store_->ReadRevisions()->rule_set;
  EXPECT_GT(put, before);
  block.revision = 3;
  EXPECT_TRUE(absl::IsAborted(content.PutContentBlock(block)));
  EXPECT_EQ(store_->ReadRevisions()->rule_set, put);
  block.revision = 2;
  block.content = "other";
  ASSERT_TRUE(content.PutContentBlock(block).ok());
  EXPECT_EQ(content.GetContentBlock(workspace_, "footer").value(), block);
  const int64_t replaced = store_->ReadRevisions()->rule_set;
  EXPECT_GT(replaced, put);
  block.revision = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(content.PutContentBlock(block)));

  EXPECT_TRUE(absl::IsAborted(content.DeleteContentBlock(workspace_, "footer", 1)));
  EXPECT_TRUE(absl::IsNotFound(content.DeleteContentBlock(workspace_ + "x", "footer", 0)));
  ASSERT_TRUE(content.DeleteContentBlock(workspace_, "footer", 2).ok());
  EXPECT_GT(store_->ReadRevisions()->rule_set, replaced);
  EXPECT_TRUE(absl::IsNotFound(content.DeleteContentBlock(workspace_, "footer", 0)));
  EXPECT_TRUE(absl::IsNotFound(content.GetContentBlock(workspace_, "footer").status()));
}

TEST_P(StoreSuite, ContentBlocksAreListedInOrder) {
  ContentStore& content = store_->content();
  const std::string other = workspace_ + "x";
  for (const char* id : {"c", "a", "B"}) ASSERT_TRUE(content.PutContentBlock(BlockNamed(workspace_, id)).ok());
  ASSERT_TRUE(content.PutContentBlock(BlockNamed(other, "a")).ok());
  const auto ids = [&](const std::string& workspace, const std::string& after, int limit) {
    std::vector<std::string> found;
    const auto blocks = content.ListContentBlocks(workspace, after, limit);
    for (const ContentBlock& block : blocks.value()) {
      if (block.workspace != workspace_ && block.workspace != other) continue;
      found.push_back((block.workspace == other ? "x/" : "") + block.content_block_id);
    }
    return found;
  };
  EXPECT_THAT(ids(workspace_, "", 0), ElementsAre("B", "a", "c"));
  EXPECT_THAT(ids(workspace_, "", 2), ElementsAre("B", "a"));
  EXPECT_THAT(ids(workspace_, "a", 2), ElementsAre("c"));
  EXPECT_THAT(ids("", "", 0), ElementsAre("B", "a", "c", "x/a"));
}

TEST_P(StoreSuite, AWorkspaceHasSoManyContentBlocks) {
  ContentStore& content = store_->content();
  for (int i = 0; i < limits::kContentBlocks; ++i) {
    ASSERT_TRUE(content.PutContentBlock(BlockNamed(workspace_, StrCat("b", i))).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(content.PutContentBlock(BlockNamed(workspace_, "more"))));
  EXPECT_TRUE(absl::IsAlreadyExists(content.PutContentBlock(BlockNamed(workspace_, "b0"))));
}

}  // namespace
}  // namespace cadenza::testing
