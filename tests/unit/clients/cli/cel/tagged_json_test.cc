#include "clients/cli/cel/tagged_json.h"

#include "gtest/gtest.h"

namespace cadenza::cli {
namespace {

using Json = nlohmann::json;

TEST(TaggedJsonTest, EveryKindOfValueReadsBackAsItself) {
  for (const char* text :
       {R"({"null":true})", R"({"bool":false})", R"({"int":"-9223372036854775808"})",
        R"({"uint":"18446744073709551615"})", R"({"double":1.5})", R"({"double":"NaN"})", R"({"double":"-Infinity"})",
        R"({"string":"a\u0000ß"})", R"({"bytes":"/wA="})", R"({"type":"google.protobuf.Timestamp"})",
        R"({"timestamp":"9999-12-31T23:59:59.999999999Z"})", R"({"duration":"-0.000000001s"})",
        R"({"list":[{"int":"1"},{"list":[]}]})", R"({"map":[[{"bool":true},{"map":[]}],[{"uint":"2"},{"null":true}]]})",
        R"({"optional":{"optional":null}})"}) {
    const absl::StatusOr<cel::Value> value = ValueFromTagged(Json::parse(text));
    ASSERT_TRUE(value.ok()) << text << ": " << value.status();
    const absl::StatusOr<Json> tagged = TaggedFromValue(*value);
    ASSERT_TRUE(tagged.ok()) << text << ": " << tagged.status();
    EXPECT_EQ(*tagged, Json::parse(text));
  }
}

TEST(TaggedJsonTest, WhatIsNoValueIsRefused) {
  for (const char* text :
       {"{}", "null", R"({"int":1})", R"({"int":"9223372036854775808"})", R"({"uint":"-1"})", R"({"int":"1 "})",
        R"({"double":"x"})", R"({"bool":"true"})", R"({"bytes":"%"})", R"({"list":{}})", R"({"map":[[{"int":"1"}]]})",
        R"({"map":[[{"int":"1"},{"int":"1"}],[{"uint":"1"},{"int":"1"}]]})", R"({"map":[[{"double":1},{"int":"1"}]]})",
        R"({"timestamp":"yesterday"})", R"({"duration":"1 s"})", R"({"float":1})", R"({"int":"1","uint":"1"})"}) {
    const absl::StatusOr<cel::Value> value = ValueFromTagged(Json::parse(text));
    EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(TaggedJsonTest, TypesGoByTheirNames) {
  const std::pair<const char*, const char*> names[] = {{"int", "int"},
                                                       {"int64", "int"},
                                                       {"list(string)", "list(string)"},
                                                       {"map(string, list( uint ))", "map(string, list(uint))"},
                                                       {"list", "list(dyn)"},
                                                       {"optional_type(bool)", "optional_type(bool)"},
                                                       {"google.protobuf.Timestamp", "timestamp"},
                                                       {"google.protobuf.Duration", "duration"},
                                                       {"google.protobuf.Int64Value", "dyn"},
                                                       {"google.protobuf.Struct", "map(string, dyn)"},
                                                       {"wrapper(int)", "dyn"},
                                                       {"type(int)", "type"},
                                                       {"null_type", "null_type"},
                                                       {"a.b.Message", "a.b.Message"}};
  for (const auto& [name, shown] : names) {
    const absl::StatusOr<cel::Type> type = TypeFromName(name);
    ASSERT_TRUE(type.ok()) << name << ": " << type.status();
    EXPECT_EQ(type->DebugString(), shown) << name;
  }
  for (const char* name : {"", "list(", "list(int", "list(int))", "map(int)", "int(int)", "int int", "(int)"}) {
    EXPECT_FALSE(TypeFromName(name).ok()) << name;
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "list(";
  EXPECT_FALSE(TypeFromName(deep).ok());
}

}  // namespace
}  // namespace cadenza::cli
