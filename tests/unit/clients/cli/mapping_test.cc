#include "clients/cli/formats/mapping.h"

#include <unistd.h>

#include <cstdlib>
#include <map>

#include "clients/cli/formats/line_reader.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cpp/builders.h"

namespace cadenza::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kShop[] = R"(
time_zone: Europe/London
event_id: id
user_id: user_id
event: event
time: ts
events:
  order_placed:
    properties: props
    purchase: {product_id: props.invoice, price: props.total, currency: props.currency}
  order_cancelled: {name: cancelled, properties: props}
)";

Mapping Shop() {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(kShop);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *std::move(mapping);
}

std::string Order(const std::string& total, const std::string& ts = "2010-12-01T08:26:00",
                  const std::string& event = "order_placed") {
  return R"({"id":"inv-1","event":")" + event + R"(","ts":")" + ts +
         R"(","user_id":"17850","props":{"invoice":"1","currency":"GBP","total":)" + total +
         R"(,"n_items":2,"items":[{"sku":"A","qty":6,"price":2.55},null]}})";
}

TEST(MappingTest, MakesAnEventAndAPurchase) {
  Mapping mapping = Shop();
  std::vector<v1::Input> inputs;
  ASSERT_TRUE(mapping.Convert(Order("139.12"), &inputs).ok());
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].event_id(), "inv-1");
  EXPECT_EQ(inputs[0].user().user_id(), "17850");
  EXPECT_EQ(inputs[0].custom_event().name(), "order_placed");
  const auto& properties = inputs[0].custom_event().properties();
  EXPECT_EQ(properties.at("total").double_value(), 139.12);
  EXPECT_EQ(properties.at("n_items").int64_value(), 2);
  EXPECT_EQ(properties.at("items").list_value().values(0).map_value().entries().at("sku").string_value(), "A");
  EXPECT_EQ(properties.at("items").list_value().values(1).kind_case(), v1::Value::kNullValue);
  EXPECT_EQ(inputs[1].event_id(), "inv-1/purchase");
  EXPECT_EQ(inputs[1].purchase().product_id(), "1");
  EXPECT_EQ(inputs[1].purchase().quantity(), 1);
  EXPECT_EQ(client::FormatMoney(inputs[1].purchase().price()), "139.12 GBP");
  EXPECT_EQ(inputs[1].time().seconds(), inputs[0].time().seconds());
  EXPECT_EQ(mapping.counts().inputs, 2);
}

TEST(MappingTest, ReadsMoneyFromTheTextNotFromADouble) {
  Mapping mapping = Shop();
  std::vector<v1::Input> inputs;
  ASSERT_TRUE(mapping.Convert(Order("9007199254740993.07"), &inputs).ok());
  EXPECT_EQ(client::FormatMoney(inputs[1].purchase().price()), "9007199254740993.07 GBP");
}

TEST(MappingTest, AZeroIsAPurchaseANegativeAmountIsNone) {
  Mapping mapping = Shop();
  std::vector<v1::Input> inputs;
  ASSERT_TRUE(mapping.Convert(Order("0.0"), &inputs).ok());
  EXPECT_EQ(inputs.size(), 2u);
  inputs.clear();
  ASSERT_TRUE(mapping.Convert(Order("-0.5"), &inputs).ok());
  EXPECT_EQ(inputs.size(), 1u);
  EXPECT_EQ(mapping.counts().negative_prices, 1);
}

TEST(MappingTest, TakesTimesAsTheClockOfTheZoneShowedThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"2010-12-01T08:26:00", "2010-12-01T08:26:00+00:00"},  // winter
      {"2011-07-01T08:26:00", "2011-07-01T08:26:00+01:00"},  // summer
      {"2011-10-30T01:30:00", "2011-10-30T01:30:00+01:00"},  // twice: the first
      {"2011-07-01T08:26:00.25", "2011-07-01T08:26:00.25+01:00"},
      {"2011-07-01T08:26:00Z", "2011-07-01T08:26:00+00:00"},  // carries a zone of its own
  };
  for (const auto& [text, expected] : cases) {
    Mapping mapping = Shop();
    std::vector<v1::Input> inputs;
    ASSERT_TRUE(mapping.Convert(Order("1", text), &inputs).ok());
    absl::Time time;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, expected, &time, nullptr));
    EXPECT_EQ(client::FromProto(inputs[0].time()), time) << text;
  }
}

TEST(MappingTest, LeavesOutAndCountsWhatHasNoUserOrAnotherEvent) {
  Mapping mapping = Shop();
  std::vector<v1::Input> inputs;
  EXPECT_TRUE(
      mapping.Convert(R"({"id":"1","event":"order_placed","ts":"2010-12-01T08:26:00","props":{}})", &inputs).ok());
  EXPECT_TRUE(
      mapping.Convert(R"({"id":"1","event":"order_placed","user_id":null,"ts":"2010-12-01T08:26:00"})", &inputs).ok());
  EXPECT_TRUE(mapping.Convert(R"({"id":"1","event":"stock_adjusted","user_id":"7"})", &inputs).ok());
  EXPECT_TRUE(inputs.empty());
  EXPECT_EQ(mapping.counts().lines, 3);
  EXPECT_EQ(mapping.counts().without_user, 2);
  EXPECT_EQ(mapping.counts().other_events, 1);
}

TEST(MappingTest, RenamesEventsAndTakesNumbersAsIds) {
  Mapping mapping = Shop();
  std::vector<v1::Input> inputs;
  ASSERT_TRUE(
      mapping
          .Convert(R"({"id":5,"event":"order_cancelled","user_id":17850,"ts":"2010-12-01T08:26:00","props":{}})",
                   &inputs)
          .ok());
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].event_id(), "5");
  EXPECT_EQ(inputs[0].user().user_id(), "17850");
  EXPECT_EQ(inputs[0].custom_event().name(), "cancelled");
}

TEST(MappingTest, RefusesBadLinesWhole) {
  Mapping mapping = Shop();
  const std::pair<std::string, const char*> cases[] = {
      {"{", "not JSON"},
      {"[1]", "event is missing"},
      {R"({"event":"order_placed","user_id":"7","ts":"2010-12-01T08:26:00"})", "id is missing"},
      {Order("1", "yesterday"), "is no time"},
      {Order(R"("a lot")"), "not an amount"},
      {R"({"id":"1","event":"order_placed","ts":"2010-12-01T08:26:00","user_id":"7","props":3})", "is no map"},
      {R"({"id":"1","id":"2"})", "twice"},
  };
  for (const auto& [line, why] : cases) {
    std::vector<v1::Input> inputs;
    const absl::Status status = mapping.Convert(line, &inputs);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << line;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why)) << line;
    EXPECT_TRUE(inputs.empty());
  }
  EXPECT_EQ(mapping.counts().inputs, 0);
}

TEST(MappingTest, NamesWhatIsWrongInTheMapping) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "one YAML document"},
      {"event_id: id\nuser_id: u\nevent: e\nevents: {a: }\ncolour: red", "unknown field colour"},
      {"user_id: u\nevent: e\nevents: {a: }", "event_id is missing"},
      {"event_id: id\nevent: e\nevents: {a: }", "user_id or anonymous_id"},
      {"event_id: id\nuser_id: u\nevent: e", "at least one event"},
      {"event_id: id\nuser_id: u\nevent: e\ntime_zone: Mars/Base\nevents: {a: }", "time_zone Mars/Base"},
      {"event_id: id\nuser_id: u\nevent: e\nevents: {a: {purchase: {price: p}}}", "events.a.purchase needs"},
      {"event_id: id\nuser_id: u\nevent: e\nevents: {a: {props: p}}", "unknown field events.a.props"},
      {"event_id: [", "line 1"},
  };
  for (const auto& [yaml, why] : cases) {
    const auto mapping = Mapping::Parse(yaml);
    EXPECT_EQ(mapping.status().code(), absl::StatusCode::kInvalidArgument) << yaml;
    EXPECT_THAT(std::string(mapping.status().message()), HasSubstr(why)) << yaml;
  }
}

TEST(MappingTest, WithoutAMappingLinesAreInputs) {
  Mapping mapping = Mapping::ProtoJson();
  std::vector<v1::Input> inputs;
  ASSERT_TRUE(mapping.Convert(R"({"event_id":"1","user":{"user_id":"ada"},"session_start":{}})", &inputs).ok());
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_TRUE(inputs[0].has_session_start());
  EXPECT_FALSE(mapping.Convert(R"({"event_identity":"1"})", &inputs).ok());
}

// The whole of the real file, against figures counted from it by other means (zcat, jq).
TEST(MappingTest, ReadsAYearOfAShop) {
  const char* source = std::getenv("CADENZA_SOURCE");
  const std::string root = source == nullptr ? "." : source;
  const std::string path = root + "/../shared/data/online-retail-orders.ndjson.gz";
  if (access(path.c_str(), R_OK) != 0) GTEST_SKIP() << path << " is absent";
  const auto yaml = ReadFile(root + "/clients/examples/retail/mapping.yaml");
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  absl::StatusOr<Mapping> mapping = Mapping::Parse(*yaml);
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  absl::StatusOr<LineReader> reader = LineReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::string line;
  std::vector<v1::Input> inputs;
  std::map<std::string, int> kinds;
  while (true) {
    const absl::StatusOr<bool> more = reader->Next(&line);
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) break;
    inputs.clear();
    ASSERT_TRUE(mapping->Convert(line, &inputs).ok()) << line;
    for (const v1::Input& input : inputs) ++kinds[input.has_purchase() ? "purchase" : input.custom_event().name()];
  }
  EXPECT_EQ(mapping->counts().lines, 25900);
  EXPECT_EQ(kinds["order_placed"], 18532);
  EXPECT_EQ(kinds["purchase"], 18532);
  EXPECT_EQ(kinds["order_cancelled"], 3654);
  EXPECT_EQ(mapping->counts().without_user, 1427 + 182);
  EXPECT_EQ(mapping->counts().other_events, 2101 + 4);
  EXPECT_EQ(mapping->counts().negative_prices, 0);
}

}  // namespace
}  // namespace cadenza::cli
