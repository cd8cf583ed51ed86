#include "clients/load/pizza_message.h"

#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(PizzaMessageTest, TheTemplateAndTheHandWriteTheSameText) {
  const auto parsed = liquid::Template::Parse(PizzaTemplate());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto rendering = (*parsed)->Render(PizzaScope(), liquid::RenderOptions());
  ASSERT_TRUE(rendering.ok()) << rendering.status();
  std::string by_hand;
  FormatPizzaMessage(MakePizzaOrder(), &by_hand);
  EXPECT_EQ(rendering->output, by_hand);
  EXPECT_NE(by_hand.find("on the way to NAPLES"), std::string::npos) << by_hand;
}

}  // namespace
}  // namespace cadenza::load
