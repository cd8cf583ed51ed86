#include "gtest/gtest.h"
#include "server/rules/cel/value.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

using Model = cadenza::Value;

Model Order() {
  return Model::Map(ValueMap{
      {"total", Model::Double(18.5)},
      {"currency", Model::String("a currency with a name too long to be kept inline")},
      {"paid", Model::Bool(true)},
      {"at", Model::Timestamp(absl::UnixEpoch())},
      {"note", Model::Null()},
      {"lines",
       Model::List(ValueList{Model::Map(ValueMap{{"name", Model::String("Margherita")}, {"quantity", Model::Int(2)}}),
                             Model::Map(ValueMap{{"name", Model::String("Cola")}, {"quantity", Model::Int(1)}})})},
  });
}

TEST(ModelValueTest, ScalarsKeepTheirKind) {
  EXPECT_EQ(Value::Of(Model()).kind(), Value::Kind::kNull);
  EXPECT_EQ(Value::Of(Model::Bool(true)).bool_value(), true);
  EXPECT_EQ(Value::Of(Model::Int(7)).int_value(), 7);
  EXPECT_EQ(Value::Of(Model::Double(7)).double_value(), 7.0);
  EXPECT_EQ(Value::Of(Model::String("a")).string_value(), "a");
  EXPECT_EQ(Value::Of(Model::Timestamp(absl::UnixEpoch())).timestamp_value(), absl::UnixEpoch());
}

TEST(ModelValueTest, AreReadInPlace) {
  const Model order = Order();
  const Value value = Value::Of(order);
  const std::optional<Value> currency = value.map_value().Find(Value::String("currency"));
  ASSERT_TRUE(currency.has_value());
  EXPECT_EQ(currency->string_value().data(), order.map_value().Find("currency")->string_value().data());
  EXPECT_EQ(value.map_value().Keys()[0].string_value().data(), order.map_value().begin()->first.data());
}

TEST(ModelValueTest, OutliveTheModelValue) {
  std::optional<Value> name;
  {
    const Model order = Order();
    name = Value::Of(order)
               .map_value()
               .Find(Value::String("lines"))
               ->list_value()
               .at(0)
               .map_value()
               .Find(Value::String("name"));
  }
  EXPECT_EQ(name->string_value(), "Margherita");
}

TEST(ModelValueTest, ExpressionsReadThem) {
  Env env;
  env.AddVariable("order", Type::Map(Type::String(), Type::Dyn()));
  MapActivation activation;
  activation.Set("order", Value::Of(Order()));
  ExpectAll(
      {
          {"order.total > 15 && order.paid", "true"},
          {"order.lines.exists(l, l.name == 'Margherita' && l.quantity == 2)", "true"},
          {"order.lines.map(l, l.name)", "[\"Margherita\", \"Cola\"]"},
          {"order.lines[1].quantity + 1", "2"},
          {"order.lines[2]", "error: index 2 is outside a list of 2"},
          {"size(order) == 6 && order.lines.size() == 2", "true"},
          {"has(order.total) && !has(order.missing)", "true"},
          {"order.missing", "error: no such key: missing"},
          {"'paid' in order && !(dyn(1) in order)", "true"},
          {"order.note == null", "true"},
          {"order.at.getFullYear()", "1970"},
          {"order.map(k, k)", "[\"at\", \"currency\", \"lines\", \"note\", \"paid\", \"total\"]"},
          {"order == order && order.lines == order.lines", "true"},
      },
      env, activation);
}

}  // namespace
}  // namespace cadenza::cel
