#include <gmock/gmock.h>

#include <functional>
#include <limits>

#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::List;
using client::Map;
using client::String;
using client::UserId;

v1::Value Nested(int depth) {
  v1::Value value = Int(1);
  for (int i = 0; i < depth; ++i) value = i % 2 == 0 ? List({value}) : Map({{"k", value}});
  return value;
}

client::Entries Properties(int count) {
  client::Entries entries;
  for (int i = 0; i < count; ++i) entries.emplace_back(StrCat("p", i), Int(i));
  return entries;
}

v1::Input Operations(int count) {
  v1::Input input;
  *input.mutable_user() = UserId("ada");
  input.mutable_attribute_change();
  for (int i = 0; i < count; ++i) {
    v1::AttributeOperation* operation = input.mutable_attribute_change()->add_operations();
    operation->set_path("a");
    operation->mutable_set()->set_int64_value(i);
  }
  return input;
}

v1::Input Property(v1::Value value) { return Event(UserId("ada"), "order", {{"p", std::move(value)}}); }

v1::Input Set(const std::string& path, v1::Value value) {
  return client::SetAttributes(UserId("ada"), {{path, std::move(value)}});
}

struct Bad {
  const char* name;
  std::function<v1::Input()> input;
  const char* reason;
  std::string field;
  // At the edge of the same limit; nothing where there is none.
  std::function<v1::Input()> good = nullptr;
};

std::vector<Bad> BadInputs() {
  const std::string k255(255, 'k');
  const std::string k256(256, 'k');
  const std::string k64(64 << 10, 'v');
  return {
      {"name_empty", [] { return Event(UserId("ada"), ""); }, "INVALID_FIELD", "custom_event.name"},
      {"name_256", [=] { return Event(UserId("ada"), k256); }, "LIMIT_EXCEEDED", "custom_event.name",
       [=] { return Event(UserId("ada"), k255); }},
      {"name_control", [] { return Event(UserId("ada"), "a\tb"); }, "INVALID_FIELD", "custom_event.name"},
      {"user_id_256", [=] { return Event(UserId(k256), "order"); }, "LIMIT_EXCEEDED", "user.user_id",
       [=] { return Event(UserId(k255), "order"); }},
      {"user_missing", [] { return Event({}, "order"); }, "INVALID_FIELD", "user"},
      {"alias_label", [] { return Event(client::Alias("e-mail", "x"), "order"); }, "INVALID_FIELD", "user.alias.label"},
      {"alias_name_191", [] { return client::AddAlias(UserId("ada"), "e", std::string(191, 'x')); }, "LIMIT_EXCEEDED",
       "add_alias.alias.name", [] { return client::AddAlias(UserId("ada"), "e", std::string(190, 'x')); }},
      {"property_key_256",
       [=] {
         return Event(UserId("ada"), "order", {{k256, Int(1)}});
       },
       "LIMIT_EXCEEDED", "*",
       [=] {
         return Event(UserId("ada"), "order", {{k255, Int(1)}});
       }},
      {"property_value_over_64_kib", [=] { return Property(String(k64 + "v")); }, "LIMIT_EXCEEDED",
       "custom_event.properties.p"},
      {"property_value_without_kind", [] { return Property({}); }, "INVALID_FIELD", "custom_event.properties.p"},
      {"property_nan", [] { return Property(client::Double(std::numeric_limits<double>::quiet_NaN())); },
       "INVALID_FIELD", "custom_event.properties.p"},
      {"property_infinite_within_a_list",
       [] {
         return Property(List({Int(1), Map({{"x", client::Double(std::numeric_limits<double>::infinity())}})}));
       },
       "INVALID_FIELD", "custom_event.properties.p[1].x"},
      {"properties_257", [] { return Event(UserId("ada"), "order", Properties(257)); }, "LIMIT_EXCEEDED",
       "custom_event.properties", [] { return Event(UserId("ada"), "order", Properties(256)); }},
      {"nesting_17", [] { return Property(Nested(17)); }, "LIMIT_EXCEEDED", "*", [] { return Property(Nested(16)); }},
      {"time_in_future", [] { return At(Event(UserId("ada"), "order"), absl::Now() + absl::Minutes(62)); },
       "EVENT_TIME_IN_FUTURE", "time",
       [] { return At(Event(UserId("ada"), "order"), absl::Now() + absl::Minutes(55)); }},
      {"time_before_year_1", [] { return At(Event(UserId("ada"), "order"), absl::FromUnixSeconds(-100'000'000'000)); },
       "INVALID_FIELD", "time"},
      {"kind_missing",
       [] {
         v1::Input input;
         *input.mutable_user() = UserId("ada");
         return input;
       },
       "INVALID_FIELD", "kind"},
      {"event_id_65", [] { return WithId(Event(UserId("ada"), "order"), std::string(65, 'e')); }, "LIMIT_EXCEEDED",
       "event_id", [] { return WithId(Event(UserId("ada"), "order"), std::string(64, 'e')); }},
      {"price_missing",
       [] {
         v1::Input input = client::Purchase(UserId("ada"), "pizza", {});
         input.mutable_purchase()->clear_price();
         return input;
       },
       "INVALID_FIELD", "purchase.price"},
      {"price_negative", [] { return client::Purchase(UserId("ada"), "pizza", Amount("-0.01", "EUR")); },
       "INVALID_FIELD", "purchase.price", [] { return client::Purchase(UserId("ada"), "pizza", Amount("0", "EUR")); }},
      {"price_signs_differ",
       [] {
         v1::Money price = Amount("1.5", "EUR");
         price.set_nanos(-1);
         return client::Purchase(UserId("ada"), "pizza", price);
       },
       "INVALID_FIELD", "purchase.price.nanos"},
      {"currency_small", [] { return client::Purchase(UserId("ada"), "pizza", Amount("1", "eur")); }, "INVALID_FIELD",
       "purchase.price.currency_code"},
      {"quantity_negative", [] { return client::Purchase(UserId("ada"), "pizza", Amount("1", "EUR"), -1); },
       "INVALID_FIELD", "purchase.quantity"},
      {"quantity_over_a_million",
       [] { return client::Purchase(UserId("ada"), "pizza", Amount("1", "EUR"), 1'000'001); }, "INVALID_FIELD",
       "purchase.quantity", [] { return client::Purchase(UserId("ada"), "pizza", Amount("1", "EUR"), 1'000'000); }},
      {"operations_0", [] { return Operations(0); }, "INVALID_FIELD", "attribute_change.operations"},
      {"operations_257", [] { return Operations(257); }, "LIMIT_EXCEEDED", "attribute_change.operations",
       [] { return Operations(256); }},
      {"path_empty", [] { return Set("", Int(1)); }, "INVALID_FIELD", "attribute_change.operations[0].path"},
      {"path_empty_segment", [] { return Set("a..b", Int(1)); }, "INVALID_FIELD",
       "attribute_change.operations[0].path"},
      {"path_17_segments", [] { return Set("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", Int(1)); }, "LIMIT_EXCEEDED",
       "attribute_change.operations[0].path"},
      {"attribute_over_64_kib", [=] { return Set("a", String(k64 + "v")); }, "LIMIT_EXCEEDED",
       "attribute_change.operations[0].set"},
      {"identify_of_an_anonymous", [] { return client::Identify(client::AnonymousId("d"), "e"); }, "INVALID_FIELD",
       "user"},
      {"subscription_state_missing",
       [] { return client::Subscription(UserId("ada"), "push", v1::SUBSCRIPTION_STATE_UNSPECIFIED); }, "INVALID_FIELD",
       "subscription_change.state"},
      {"channel_64",
       [] { return client::Subscription(UserId("ada"), std::string(64, 'c'), v1::SUBSCRIPTION_STATE_SUBSCRIBED); },
       "LIMIT_EXCEEDED", "subscription_change.channel",
       [] { return client::Subscription(UserId("ada"), std::string(63, 'c'), v1::SUBSCRIPTION_STATE_SUBSCRIBED); }},
  };
}

class RejectionTest : public ServedTest {};

TEST_F(RejectionTest, NamesTheFieldAndTheNeighboursGoThrough) {
  for (const Bad& bad : BadInputs()) {
    SCOPED_TRACE(bad.name);
    const Workspace fresh(server().target(), FreshName());
    const std::vector<v1::InputResult> results =
        fresh.SubmitAll({Event(UserId("left"), "visit"), bad.input(), Event(UserId("right"), "visit")});
    EXPECT_TRUE(results[0].has_applied());
    EXPECT_TRUE(results[2].has_applied());
    const v1::Rejection& rejection = results[1].rejection();
    EXPECT_EQ(rejection.reason(), bad.reason) << results[1].ShortDebugString();
    if (bad.field == "*") {
      EXPECT_THAT(rejection.field(), ::testing::StartsWith("custom_event.properties."));
    } else {
      EXPECT_EQ(rejection.field(), bad.field) << rejection.message();
    }
    EXPECT_FALSE(rejection.message().empty());
    EXPECT_TRUE(absl::IsNotFound(fresh.TryProfile(UserId("ada")).status())) << "it changed something";
    if (bad.good != nullptr) fresh.Apply(bad.good());
  }
}

TEST_F(RejectionTest, TheSameInputIsRejectedAgain) {
  const v1::Input bad = WithId(Event(UserId("ada"), ""));
  EXPECT_EQ(shop().Submit(bad).rejection().reason(), "INVALID_FIELD");
  EXPECT_EQ(shop().Submit(bad).rejection().reason(), "INVALID_FIELD");
}

TEST_F(RejectionTest, OnAStreamComesOnceInOrderOfSequenceAndTheStreamGoesOn) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  std::vector<v1::Input> inputs;
  for (int i = 1; i <= 300; ++i) inputs.push_back(Event(UserId("ada"), i % 3 == 0 ? "" : "visit"));
  ASSERT_TRUE(stream.Send(1, inputs));
  const Acked acked = stream.AwaitAcks(300);
  ASSERT_EQ(acked.results.size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(acked.results[i].seq(), 3 * (i + 1));
  EXPECT_EQ(shop().Profile(UserId("ada")).user_seq(), 200);
}

TEST_F(RejectionTest, BytesThatAreNotUtf8EndTheCallOrRejectTheInputButStoreNothing) {
  v1::SubmitEventsRequest request;
  request.set_workspace(shop().name());
  *request.add_inputs() = WithId(Event(UserId("ada"), "bad \xff name"));
  const absl::StatusOr<v1::SubmitEventsResponse> response = shop().client().SubmitEvents(request);
  if (response.ok()) {
    EXPECT_EQ(response->results(0).rejection().field(), "custom_event.name") << response->ShortDebugString();
  }
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("ada")).status()));
}

TEST_F(RejectionTest, AProfileTakesAsManyAttributesAsItMayHave) {
  for (int part = 0; part < 4; ++part) {
    client::Entries entries;
    for (int i = 0; i < 256; ++i) entries.emplace_back(StrCat("a", part * 256 + i), Int(i));
    shop().Apply(client::SetAttributes(UserId("ada"), entries));
  }
  const v1::InputResult full = shop().Submit(Set("one_more", Int(1)));
  EXPECT_EQ(full.rejection().reason(), "LIMIT_EXCEEDED") << full.ShortDebugString();
  EXPECT_EQ(full.rejection().field(), "attribute_change.operations[0].path");
  EXPECT_TRUE(shop().Submit(Set("a0", Int(7))).has_applied());
  EXPECT_EQ(shop().Profile(UserId("ada")).attributes_size(), 1024);
}

TEST_F(RejectionTest, AProfileTakesAsManyEventNamesAsItMayHave) {
  std::vector<v1::Input> inputs;
  for (int i = 0; i < 1000; ++i) inputs.push_back(Event(UserId("ada"), StrCat("e", i)));
  shop().SubmitAll(inputs);
  inputs.clear();
  for (int i = 1000; i < 1025; ++i) inputs.push_back(Event(UserId("ada"), StrCat("e", i)));
  const std::vector<v1::InputResult> results = shop().SubmitAll(inputs);
  EXPECT_TRUE(results[23].has_applied());
  EXPECT_EQ(results[24].rejection().reason(), "LIMIT_EXCEEDED") << results[24].ShortDebugString();
  EXPECT_EQ(results[24].rejection().field(), "custom_event.name");
  EXPECT_EQ(shop().Profile(UserId("ada")).events_size(), 1024);
}

TEST_F(RejectionTest, ABatchOverItsLimitsIsRefusedWhole) {
  v1::SubmitEventsRequest request;
  request.set_workspace(shop().name());
  for (int i = 0; i < 1001; ++i) *request.add_inputs() = WithId(Event(UserId("ada"), "visit"));
  absl::Status status = shop().client().SubmitEvents(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(client::FieldViolations(status).at(0).field, "inputs");
  request.clear_inputs();
  status = shop().client().SubmitEvents(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  request.set_workspace("Not A Workspace");
  *request.add_inputs() = WithId(Event(UserId("ada"), "visit"));
  status = shop().client().SubmitEvents(request).status();
  EXPECT_EQ(client::FieldViolations(status).at(0).field, "workspace");
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("ada")).status()));
}

TEST_F(RejectionTest, AMessageOverTheSizeLimitIsResourceExhausted) {
  v1::SubmitEventsRequest request;
  request.set_workspace(shop().name());
  for (int i = 0; i < 100; ++i) *request.add_inputs() = WithId(Property(String(std::string(60'000, 'x'))));
  EXPECT_TRUE(absl::IsResourceExhausted(shop().client().SubmitEvents(request).status()));
}

}  // namespace
}  // namespace cadenza::testing
