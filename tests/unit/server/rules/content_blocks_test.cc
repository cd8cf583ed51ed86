#include "server/rules/content_blocks.h"

#include <gmock/gmock.h>

#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ContentBlock Block(std::string id, std::string content) {
  ContentBlock block;
  block.workspace = "pizza";
  block.content_block_id = std::move(id);
  block.content = std::move(content);
  return block;
}

std::string Naming(std::string_view id) { return StrCat("{{content_blocks.${", id, "}}}"); }

absl::Status Check(const ContentBlock& block, std::vector<ContentBlock> others = {}) {
  Review review;
  return CheckContentBlock(block, std::move(others), &review);
}

TEST(ContentBlocksTest, AreFoundByTheirIdAndKeptWhileTheyStay) {
  const std::vector<ContentBlock> blocks = {Block("footer", "Bye, {{ user.id }}"), Block("header", "Hi")};
  std::vector<std::string> errors;
  const auto first = ContentBlocks::Build(blocks, nullptr, &errors);
  EXPECT_THAT(errors, IsEmpty());
  ASSERT_NE(first->Find("footer"), nullptr);
  EXPECT_EQ(first->Find("Footer"), nullptr);
  std::vector<ContentBlock> changed = blocks;
  changed[1].content = "Hello";
  const auto second = ContentBlocks::Build(changed, first.get(), nullptr);
  EXPECT_EQ(second->Find("footer"), first->Find("footer"));
  EXPECT_NE(second->Find("header"), first->Find("header"));
  EXPECT_TRUE(first->SameAs(*ContentBlocks::Build(blocks, nullptr, nullptr)));
  EXPECT_FALSE(first->SameAs(*second));
  EXPECT_FALSE(first->SameAs(*ContentBlocks::Build({blocks[0]}, nullptr, nullptr)));
}

TEST(ContentBlocksTest, OneThatDoesNotCompileIsLeftOutAndSaid) {
  std::vector<std::string> errors;
  const auto blocks = ContentBlocks::Build({Block("bad", "{% if %"), Block("good", "x")}, nullptr, &errors);
  EXPECT_EQ(blocks->Find("bad"), nullptr);
  EXPECT_NE(blocks->Find("good"), nullptr);
  EXPECT_THAT(errors, testing::ElementsAre(testing::StartsWith("pizza/bad: content: line 1")));
}

TEST(ContentBlocksTest, WhatIsWrongIsNamedByField) {
  const struct {
    ContentBlock block;
    const char* field;
  } cases[] = {
      {Block("", "x"), "content_block_id"},
      {Block("a b", "x"), "content_block_id"},
      {Block(std::string(limits::kContentBlockIdBytes + 1, 'a'), "x"), "content_block_id"},
      {Block("a", ""), "content"},
      {Block("a", std::string(limits::kTemplateBytes + 1, 'x')), "content"},
      {Block("a", "{% if x %}"), "content"},
  };
  for (const auto& one : cases) EXPECT_EQ(RejectionField(Check(one.block)), one.field);
  ContentBlock named = Block("a", "x");
  named.display_name = "\xFF";
  EXPECT_EQ(RejectionField(Check(named)), "display_name");
}

TEST(ContentBlocksTest, NamedBlocksMustBeThere) {
  const absl::Status missing = Check(Block("a", StrCat("\n\xC3\xA9 ", Naming("b"))));
  EXPECT_EQ(RejectionField(missing), "content");
  EXPECT_THAT(std::string(missing.message()), HasSubstr("line 2, column 22: there is no content block 'b'"));
  EXPECT_EQ(Check(Block("a", Naming("b")), {Block("b", "x")}), absl::OkStatus());
}

TEST(ContentBlocksTest, NoCircle) {
  EXPECT_THAT(std::string(Check(Block("a", Naming("a"))).message()), HasSubstr("a -> a"));
  const absl::Status circle =
      Check(Block("a", Naming("b")), {Block("a", "x"), Block("b", Naming("c")), Block("c", Naming("a"))});
  EXPECT_EQ(RejectionField(circle), "content");
  EXPECT_THAT(std::string(circle.message()), HasSubstr("leads back to itself"));
}

TEST(ContentBlocksTest, NestedToALimit) {
  std::vector<ContentBlock> chain = {Block("b1", "x")};
  for (int i = 2; i <= limits::kContentBlockNesting; ++i) {
    const ContentBlock next = Block(StrCat("b", i), StrCat(Naming(StrCat("b", i - 1)), Naming("b1")));
    EXPECT_EQ(Check(next, chain), absl::OkStatus()) << i;
    chain.push_back(next);
  }
  EXPECT_THAT(std::string(Check(Block("more", Naming(chain.back().content_block_id)), chain).message()),
              HasSubstr("at most 5 deep"));
  // A block at the far end that takes another in makes the chain as long.
  EXPECT_THAT(std::string(Check(Block("b1", Naming("b0")),
                                [&] {
                                  chain.push_back(Block("b0", "x"));
                                  return chain;
                                }())
                              .message()),
              HasSubstr("at most 5 deep"));
}

TEST(ContentBlocksTest, ManyPathsAreLookedAtOnce) {
  // Each names all before it: without memory, 2^1000 paths.
  std::vector<ContentBlock> blocks;
  std::string all;
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 200; ++k) blocks.push_back(Block(StrCat("b", i, "-", k), all + "x"));
    for (int k = 0; k < 200; ++k) StrAppend(&all, Naming(StrCat("b", i, "-", k)));
  }
  EXPECT_EQ(ContentBlocks::Build(blocks, nullptr, nullptr)->CheckNesting(), absl::OkStatus());
}

TEST(ContentBlocksTest, TemplatesAreReviewed) {
  Review review;
  review.has_catalog = [](std::string_view id) { return id == "pizzas"; };
  const std::string source =
      "{% catalog_items pizzas a %}\n{% catalog_items shops b %}{{ items[0].name }} {{ ${fist_name} }} {{ user.nmae }} "
      "{{ custom_attribute.${any} }} {{ 'x' | shout }}";
  const auto compiled = CompileTemplate("message.body", source, &review);
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  std::string told;
  for (const TemplateWarning& warning : review.warnings) {
    EXPECT_EQ(warning.field, "message.body");
    StrAppend(&told, warning.line, ":", warning.column, " ", warning.message, "\n");
  }
  EXPECT_THAT(told, HasSubstr("2:18 unknown catalog 'shops'\n"));
  EXPECT_THAT(told, HasSubstr("fist_name"));
  EXPECT_THAT(told, HasSubstr("nmae"));
  EXPECT_THAT(told, HasSubstr("shout"));
  EXPECT_EQ(review.warnings.size(), 4) << told;
}

}  // namespace
}  // namespace cadenza::rules
