#include "storage/codec/wire_content.h"

#include "gtest/gtest.h"
#include "storage/codec/catalog_codec.h"
#include "storage/codec/wire.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

TEST(WireContentTest, ACatalogComesBackWithoutWhatTheServerMakes) {
  Catalog catalog{"acme", "pizzas", "Pizze", 7, absl::FromUnixSeconds(100), absl::FromUnixSeconds(200)};
  v1::Catalog proto;
  ToProto(catalog, &proto);
  EXPECT_EQ(proto.item_count(), 7);
  EXPECT_EQ(proto.create_time().seconds(), 100);
  EXPECT_EQ(proto.update_time().seconds(), 200);
  const Catalog back = FromProto("acme", proto);
  EXPECT_EQ(back.catalog_id, "pizzas");
  EXPECT_EQ(back.display_name, "Pizze");
  EXPECT_EQ(back.item_count, 0);
}

TEST(WireContentTest, AnItemIsShownWithItsFields) {
  const ValueMap fields{{"name", Value::String("Margherita")}, {"price", Value::Double(7.5)}};
  v1::CatalogItem proto;
  ASSERT_TRUE(ToProto(CatalogItemRow{"m", EncodeFields(fields), absl::FromUnixSeconds(3)}, &proto).ok());
  EXPECT_EQ(proto.item_id(), "m");
  EXPECT_EQ(proto.update_time().seconds(), 3);
  EXPECT_EQ(FieldsFromProto(proto).value(), fields);
  EXPECT_TRUE(absl::IsDataLoss(ToProto(CatalogItemRow{"m", "broken", absl::UnixEpoch()}, &proto)));
}

TEST(WireContentTest, AFieldWithoutAValueIsNamed) {
  v1::CatalogItem proto;
  (*proto.mutable_fields())["price"].mutable_list_value()->add_values();
  EXPECT_EQ(RejectionField(FieldsFromProto(proto).status()), "fields.price[0]");
}

TEST(WireContentTest, AContentBlockComesBackWithItsEtag) {
  const ContentBlock block{"acme", "footer", "Footer", "{{ x }}", absl::FromUnixSeconds(1), absl::FromUnixSeconds(2),
                           3};
  v1::ContentBlock proto;
  ToProto(block, &proto);
  EXPECT_EQ(proto.etag(), "3");
  EXPECT_EQ(proto.update_time().seconds(), 2);
  auto back = FromProto("acme", proto);
  ASSERT_TRUE(back.ok()) << back.status();
  back->create_time = block.create_time;
  back->update_time = block.update_time;
  EXPECT_EQ(*back, block);
  proto.set_etag("x");
  EXPECT_EQ(RejectionField(FromProto("acme", proto).status()), "etag");
}

}  // namespace
}  // namespace cadenza
