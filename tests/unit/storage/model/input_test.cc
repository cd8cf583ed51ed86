#include "storage/model/input.h"

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(InputTest, KindAndEventNameFollowThePayload) {
  const struct {
    decltype(Input::payload) payload;
    InputKind kind;
    std::string_view event_name;
  } kCases[] = {
      {CustomEvent{"order_placed", {}}, InputKind::kCustomEvent, "order_placed"},
      {Purchase{}, InputKind::kPurchase, "purchase"},
      {SessionStart{}, InputKind::kSessionStart, ""},
      {SessionEnd{}, InputKind::kSessionEnd, ""},
      {AttributeChange{}, InputKind::kAttributeChange, ""},
      {Identify{}, InputKind::kIdentify, ""},
      {AddAlias{}, InputKind::kAddAlias, ""},
      {SubscriptionChange{}, InputKind::kSubscriptionChange, ""},
  };
  for (const auto& c : kCases) {
    Input input;
    input.payload = c.payload;
    EXPECT_EQ(input.kind(), c.kind);
    EXPECT_EQ(input.event_name(), c.event_name);
  }
}

}  // namespace
}  // namespace cadenza
