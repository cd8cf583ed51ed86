#include "server/apply/attributes.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::apply {
namespace {

using Op = AttributeOperation::Op;

AttributeChange Changes(std::initializer_list<AttributeOperation> operations) { return {operations}; }

Value Ints(std::initializer_list<int64_t> numbers) {
  ValueList list;
  for (int64_t number : numbers) list.push_back(Value::Int(number));
  return Value::List(std::move(list));
}

const ValueMap kBefore = {{"name", Value::String("Ada")}, {"age", Value::Int(36)},
                          {"score", Value::Double(1.5)},  {"nothing", Value::Null()},
                          {"tags", Ints({1, 2, 1})},      {"address", Value::Map({{"city", Value::String("Bonn")}})}};

struct Case {
  const char* what;
  AttributeOperation operation;
  const char* name;  // of the top-level attribute to look at
  std::optional<Value> after;
};

TEST(ChangedAttributesTest, EachOperationDoesWhatTheContractSays) {
  const Case kCases[] = {
      {"set replaces", {{"name"}, Op::kSet, Value::Int(1)}, "name", Value::Int(1)},
      {"set makes", {{"new"}, Op::kSet, Value::Null()}, "new", Value::Null()},
      {"set makes maps", {{"a", "b"}, Op::kSet, Value::Int(1)}, "a", Value::Map({{"b", Value::Int(1)}})},
      {"set in a map",
       {{"address", "zip"}, Op::kSet, Value::Int(1)},
       "address",
       Value::Map({{"city", Value::String("Bonn")}, {"zip", Value::Int(1)}})},
      {"set_once leaves", {{"name"}, Op::kSetOnce, Value::Int(1)}, "name", Value::String("Ada")},
      {"set_once leaves null", {{"nothing"}, Op::kSetOnce, Value::Int(1)}, "nothing", Value::Null()},
      {"set_once makes", {{"new"}, Op::kSetOnce, Value::Int(1)}, "new", Value::Int(1)},
      {"unset removes", {{"name"}, Op::kUnset, {}}, "name", std::nullopt},
      {"unset of nothing", {{"new"}, Op::kUnset, {}}, "new", std::nullopt},
      {"unset makes no maps", {{"new", "b"}, Op::kUnset, {}}, "new", std::nullopt},
      {"unset in a map", {{"address", "city"}, Op::kUnset, {}}, "address", Value::Map({})},
      {"increment an int", {{"age"}, Op::kIncrement, Value::Int(-6)}, "age", Value::Int(30)},
      {"increment a double", {{"score"}, Op::kIncrement, Value::Double(0.5)}, "score", Value::Double(2)},
      {"an int to a double", {{"score"}, Op::kIncrement, Value::Int(2)}, "score", Value::Double(3.5)},
      {"increment nothing", {{"new"}, Op::kIncrement, Value::Double(2)}, "new", Value::Double(2)},
      {"list_add appends", {{"tags"}, Op::kListAdd, Value::Int(3)}, "tags", Ints({1, 2, 1, 3})},
      {"list_add of what is there", {{"tags"}, Op::kListAdd, Value::Int(2)}, "tags", Ints({1, 2, 1})},
      {"list_add tells types apart",
       {{"tags"}, Op::kListAdd, Value::Double(1)},
       "tags",
       Value::List({Value::Int(1), Value::Int(2), Value::Int(1), Value::Double(1)})},
      {"list_add to nothing", {{"new"}, Op::kListAdd, Value::Int(3)}, "new", Ints({3})},
      {"list_remove removes all", {{"tags"}, Op::kListRemove, Value::Int(1)}, "tags", Ints({2})},
      {"list_remove of nothing", {{"tags"}, Op::kListRemove, Value::Int(9)}, "tags", Ints({1, 2, 1})},
      {"list_remove makes nothing", {{"new", "b"}, Op::kListRemove, Value::Int(9)}, "new", std::nullopt},
  };
  for (const Case& c : kCases) {
    const absl::StatusOr<ValueMap> after = ChangedAttributes(Changes({c.operation}), kBefore);
    ASSERT_TRUE(after.ok()) << c.what << ": " << after.status();
    const Value* found = after->Find(c.name);
    ASSERT_EQ(found != nullptr, c.after.has_value()) << c.what;
    if (found != nullptr) {
      EXPECT_EQ(*found, *c.after) << c.what;
    }
  }
}

TEST(ChangedAttributesTest, ErrorsNameTheOperation) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr double kHuge = std::numeric_limits<double>::max();
  const ValueMap before = {{"max", Value::Int(kMax)},    {"min", Value::Int(-kMax - 1)}, {"huge", Value::Double(kHuge)},
                           {"text", Value::String("x")}, {"null", Value::Null()},        {"int", Value::Int(1)}};
  const struct {
    AttributeOperation operation;
    absl::StatusCode code;
    std::string_view reason;
    const char* field;
  } kCases[] = {
      {{{"max"}, Op::kIncrement, Value::Int(1)},
       absl::StatusCode::kOutOfRange,
       reasons::kAttributeOverflow,
       "increment"},
      {{{"min"}, Op::kIncrement, Value::Int(-1)},
       absl::StatusCode::kOutOfRange,
       reasons::kAttributeOverflow,
       "increment"},
      {{{"huge"}, Op::kIncrement, Value::Double(kHuge)},
       absl::StatusCode::kOutOfRange,
       reasons::kAttributeOverflow,
       "increment"},
      {{{"int"}, Op::kIncrement, Value::Double(1)},
       absl::StatusCode::kFailedPrecondition,
       reasons::kAttributeTypeMismatch,
       "increment"},
      {{{"text"}, Op::kIncrement, Value::Int(1)},
       absl::StatusCode::kFailedPrecondition,
       reasons::kAttributeTypeMismatch,
       "increment"},
      {{{"null"}, Op::kIncrement, Value::Int(1)},
       absl::StatusCode::kFailedPrecondition,
       reasons::kAttributeTypeMismatch,
       "increment"},
      {{{"text"}, Op::kListAdd, Value::Int(1)},
       absl::StatusCode::kFailedPrecondition,
       reasons::kAttributeTypeMismatch,
       "list_add"},
      {{{"text"}, Op::kListRemove, Value::Int(1)},
       absl::StatusCode::kFailedPrecondition,
       reasons::kAttributeTypeMismatch,
       "list_remove"},
      {{{"text", "a"}, Op::kSet, Value::Int(1)},
       absl::StatusCode::kFailedPrecondition,
       reasons::kAttributeTypeMismatch,
       "path"},
      {{{"null", "a"}, Op::kUnset, {}}, absl::StatusCode::kFailedPrecondition, reasons::kAttributeTypeMismatch, "path"},
  };
  for (const auto& c : kCases) {
    const absl::Status status =
        ChangedAttributes(Changes({{{"ok"}, Op::kSet, Value::Int(1)}, c.operation}), before).status();
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_EQ(RejectionReason(status), c.reason) << status;
    EXPECT_EQ(RejectionField(status), std::string("attribute_change.operations[1].") + c.field);
  }
}

TEST(ChangedAttributesTest, OperationsApplyInOrder) {
  const auto after = ChangedAttributes(Changes({{{"n"}, Op::kSet, Value::Int(1)},
                                                {{"n"}, Op::kIncrement, Value::Int(4)},
                                                {{"m"}, Op::kSetOnce, Value::Int(9)},
                                                {{"m"}, Op::kUnset, {}}}),
                                       {});
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(*after, ValueMap({{"n", Value::Int(5)}}));
}

TEST(ChangedAttributesTest, OtherHoldersOfTheSameMapSeeNoChange) {
  const ValueMap before = {{"a", Value::Map({{"b", Value::Map({{"c", Value::Int(1)}})}})}};
  const auto after = ChangedAttributes(Changes({{{"a", "b", "c"}, Op::kSet, Value::Int(2)}}), before);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(before.Find("a")->map_value().Find("b")->map_value().Find("c")->int_value(), 1);
  EXPECT_EQ(after->Find("a")->map_value().Find("b")->map_value().Find("c")->int_value(), 2);
}

std::string FieldOfLimit(const absl::StatusOr<ValueMap>& result) {
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RejectionReason(result.status()), reasons::kLimitExceeded);
  return RejectionField(result.status());
}

TEST(ChangedAttributesTest, AtMost1024Attributes) {
  ValueMap full;
  for (size_t i = 0; i < limits::kAttributes; ++i) full.Set(std::to_string(i), Value::Int(1));
  EXPECT_EQ(FieldOfLimit(ChangedAttributes(Changes({{{"new"}, Op::kSet, Value::Int(1)}}), full)),
            "attribute_change.operations[0].path");
  EXPECT_TRUE(ChangedAttributes(Changes({{{"7"}, Op::kSet, Value::Int(2)}}), full).ok());
  EXPECT_TRUE(ChangedAttributes(Changes({{{"7"}, Op::kUnset, {}}, {{"new"}, Op::kSet, Value::Int(2)}}), full).ok());
}

TEST(ChangedAttributesTest, AnAttributeGrowsTo64KiBAndNotFurther) {
  const Value half = Value::String(std::string(limits::kValueBytes / 2, 'x'));
  const Value other = Value::String(std::string(limits::kValueBytes / 2, 'y'));
  EXPECT_EQ(FieldOfLimit(ChangedAttributes(Changes({{{"l"}, Op::kListAdd, half}, {{"l"}, Op::kListAdd, other}}), {})),
            "attribute_change.operations[1].list_add");
  EXPECT_EQ(FieldOfLimit(ChangedAttributes(Changes({{{"m", "a"}, Op::kSet, half}, {{"m", "b"}, Op::kSet, other}}), {})),
            "attribute_change.operations[1].set");
}

TEST(ChangedAttributesTest, NestingIsThatOfTheWholeAttribute) {
  Value deep = Value::Int(1);
  for (int i = 0; i < limits::kNesting; ++i) deep = Value::List({deep});
  EXPECT_TRUE(ChangedAttributes(Changes({{{"a"}, Op::kSet, deep}}), {}).ok());
  EXPECT_EQ(FieldOfLimit(ChangedAttributes(Changes({{{"a", "b"}, Op::kSet, deep}}), {})),
            "attribute_change.operations[0].set");
}

TEST(MergedAttributesTest, TheKnownStaysAndMapsAreUnited) {
  const ValueMap known = {{"name", Value::String("Ada")},
                          {"null", Value::Null()},
                          {"map", Value::Map({{"a", Value::Int(1)}, {"deep", Value::Map({{"x", Value::Int(1)}})}})},
                          {"mixed", Value::Int(1)}};
  const ValueMap anonymous = {
      {"name", Value::String("?")},
      {"null", Value::Int(2)},
      {"map", Value::Map({{"a", Value::Int(2)}, {"b", Value::Int(2)}, {"deep", Value::Map({{"y", Value::Int(2)}})}})},
      {"mixed", Value::Map({})},
      {"theirs", Value::Int(2)}};
  EXPECT_EQ(MergedAttributes(known, anonymous),
            ValueMap({{"name", Value::String("Ada")},
                      {"null", Value::Null()},
                      {"map", Value::Map({{"a", Value::Int(1)},
                                          {"b", Value::Int(2)},
                                          {"deep", Value::Map({{"x", Value::Int(1)}, {"y", Value::Int(2)}})}})},
                      {"mixed", Value::Int(1)},
                      {"theirs", Value::Int(2)}}));
}

}  // namespace
}  // namespace cadenza::apply
