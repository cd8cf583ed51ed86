#include "clients/cli/formats/catalog_items.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "clients/cli/formats/json_value.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string FileWith(const std::string& content) {
  static int files = 0;
  const std::string path = StrCat(::testing::TempDir(), "catalog-items-", getpid(), "-", ++files);
  std::ofstream(path) << content;
  return path;
}

struct Read {
  absl::Status status;
  std::vector<std::string> ids;
};
Read ReadAll(const std::string& content) {
  Read read;
  read.status = ReadItems(FileWith(content), [&read](const v1::CatalogItem& item) {
    read.ids.push_back(item.item_id());
    return absl::OkStatus();
  });
  return read;
}

TEST(CatalogItemsTest, AnObjectIsAnItem) {
  const auto item = ItemOf(ParseJson(R"({"id":"a","price":8.5,"tags":["x"],"n":3})")->value);
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->item_id(), "a");
  EXPECT_EQ(item->fields_size(), 3);
  EXPECT_EQ(item->fields().at("price").double_value(), 8.5);
  EXPECT_EQ(item->fields().at("n").int64_value(), 3);
  EXPECT_EQ(ItemOf(ParseJson(R"({"id":7})")->value)->item_id(), "7");
  for (const char* bad : {"3", "[]", "{}", R"({"id":""})", R"({"id":1.5})", R"({"id":null})", R"({"price":1})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ItemOf(ParseJson(bad)->value).status())) << bad;
  }
}

TEST(CatalogItemsTest, LinesAndArraysAreRead) {
  EXPECT_THAT(ReadAll("{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n").ids, ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll("\n [{\"id\":\"a\"},\n {\"id\":\"b\"}]\n").ids, ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll("").ids, ElementsAre());
  EXPECT_THAT(ReadAll("[]").ids, ElementsAre());
}

TEST(CatalogItemsTest, WhatIsWrongIsSaidWithItsPlace) {
  Read read = ReadAll("{\"id\":\"a\"}\n{\"id\":\"b\"\n");
  EXPECT_THAT(read.ids, ElementsAre("a"));
  EXPECT_THAT(std::string(read.status.message()), HasSubstr(", line 2: "));
  read = ReadAll("[{\"id\":\"a\"},{\"price\":1}]");
  EXPECT_THAT(std::string(read.status.message()), HasSubstr(", item 2: "));
  EXPECT_TRUE(absl::IsNotFound(ReadItems("/no/such/file", [](const v1::CatalogItem&) { return absl::OkStatus(); })));
}

TEST(CatalogItemsTest, TheTakerEndsIt) {
  int taken = 0;
  const absl::Status status = ReadItems(FileWith("{\"id\":\"a\"}\n{\"id\":\"b\"}\n"), [&taken](const v1::CatalogItem&) {
    ++taken;
    return absl::AbortedError("enough");
  });
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace cadenza::cli
