#include "storage/model/rejection.h"

#include "gtest/gtest.h"

namespace cadenza {
namespace {

absl::Status Bad(std::string_view field) {
  return Rejected(absl::StatusCode::kOutOfRange, reasons::kAttributeOverflow, field, "too much");
}

TEST(RejectionTest, CarriesCodeReasonFieldAndMessage) {
  const absl::Status status = Bad("a.b");
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status.message(), "a.b: too much");
  EXPECT_EQ(RejectionReason(status), "ATTRIBUTE_OVERFLOW");
  EXPECT_EQ(RejectionField(status), "a.b");
}

TEST(RejectionTest, OtherStatusesCarryNone) {
  EXPECT_EQ(RejectionReason(absl::InternalError("x")), "");
  EXPECT_EQ(RejectionField(absl::OkStatus()), "");
}

TEST(RejectionTest, APrefixGoesBeforeTheField) {
  const absl::Status status = WithFieldPrefix(Bad("event_id"), "inputs[3].");
  EXPECT_EQ(RejectionField(status), "inputs[3].event_id");
  EXPECT_EQ(status.message(), "inputs[3].event_id: too much");
  EXPECT_EQ(RejectionReason(status), "ATTRIBUTE_OVERFLOW");
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(RejectionField(WithFieldPrefix(Bad(""), "inputs[3].")), "inputs[3]");
  EXPECT_EQ(WithFieldPrefix(Bad(""), "inputs[3].").message(), "inputs[3]: too much");
  EXPECT_TRUE(WithFieldPrefix(absl::OkStatus(), "inputs[3].").ok());
}

TEST(RejectionTest, FieldsNest) {
  EXPECT_EQ(RejectionField(UnderField(Bad("b"), "a")), "a.b");
  EXPECT_EQ(RejectionField(UnderField(Bad("[2].b"), "a")), "a[2].b");
  EXPECT_EQ(RejectionField(UnderField(Bad(""), "a")), "a");
}

TEST(RejectionTest, KeysThatMayNotBeShownAreEscapedAndCut) {
  EXPECT_EQ(FieldKey("Größe"), "Größe");
  EXPECT_EQ(FieldKey(""), "\"\"");
  EXPECT_EQ(RejectionField(UnderField(Bad(""), "ends with a dot.")), "ends with a dot.");
  EXPECT_EQ(FieldKey("a\nb"), "a\\nb");
  EXPECT_EQ(FieldKey("\xFF"), "\\xff");
  EXPECT_EQ(FieldKey(std::string(1000, 'x')), std::string(64, 'x') + "...");
}

}  // namespace
}  // namespace cadenza
