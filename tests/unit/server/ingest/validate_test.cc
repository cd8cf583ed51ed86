#include "server/ingest/validate.h"

#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::ingest {
namespace {

using Payload = decltype(Input::payload);
using Op = AttributeOperation::Op;

const absl::Time kNow = absl::FromUnixMillis(1700000000123);

Input Of(Payload payload) {
  Input input;
  input.event_id = "e1";
  input.user = UserKey::User("acme", "ada");
  input.time = kNow;
  input.payload = std::move(payload);
  return input;
}

std::string Long(size_t size) { return std::string(size, 'x'); }

void MustAdmit(Input input, bool import = false) {
  const absl::Status status = Admit(kNow, import, &input);
  EXPECT_TRUE(status.ok()) << status;
}

void MustRefuse(Input input, std::string_view reason, std::string_view field, bool import = false) {
  const absl::Status status = Admit(kNow, import, &input);
  ASSERT_FALSE(status.ok()) << field;
  EXPECT_EQ(RejectionReason(status), reason) << status;
  EXPECT_EQ(RejectionField(status), field) << status;
  const bool out_of_range = reason == reasons::kEventIdTooOld || reason == reasons::kEventTimeInFuture;
  EXPECT_EQ(status.code(), out_of_range ? absl::StatusCode::kOutOfRange : absl::StatusCode::kInvalidArgument);
}

TEST(AdmitTest, Receipts) {
  using Kind = Receipt::Kind;
  const std::string id = ToHex(DigestOf("m"));
  for (const Kind kind : {Kind::kDelivered, Kind::kOpened, Kind::kClicked, Kind::kDismissed}) {
    MustAdmit(Of(Receipt{kind, id, ""}));
  }
  MustAdmit(Of(Receipt{Kind::kClicked, id, Long(255)}));
  MustRefuse(Of(Receipt{Kind::kUnspecified, id, ""}), reasons::kInvalidField, "receipt.kind");
  MustRefuse(Of(Receipt{Kind::kOpened, "", ""}), reasons::kInvalidField, "receipt.message_id");
  MustRefuse(Of(Receipt{Kind::kOpened, "m", ""}), reasons::kInvalidField, "receipt.message_id");
  MustRefuse(Of(Receipt{Kind::kOpened, id, "l"}), reasons::kInvalidField, "receipt.link_id");
  MustRefuse(Of(Receipt{Kind::kClicked, id, Long(256)}), reasons::kLimitExceeded, "receipt.link_id");
  MustRefuse(Of(Receipt{Kind::kClicked, id, "\xFF"}), reasons::kInvalidField, "receipt.link_id");
}

TEST(AdmitTest, FillsWhatTheServerAdds) {
  Input live = Of(SessionStart{});
  live.time = absl::InfinitePast();
  ASSERT_TRUE(Admit(kNow, false, &live).ok());
  EXPECT_EQ(live.time, kNow);
  EXPECT_EQ(live.clock, kNow);
  EXPECT_EQ(live.receive_time, kNow);
  EXPECT_FALSE(live.import);

  live.time = kNow - absl::Hours(100);
  ASSERT_TRUE(Admit(kNow, false, &live).ok());
  EXPECT_EQ(live.time, kNow - absl::Hours(100));
  EXPECT_EQ(live.clock, kNow) << "a live stream has the server's clock";

  ASSERT_TRUE(Admit(kNow, true, &live).ok());
  EXPECT_EQ(live.clock, kNow - absl::Hours(100)) << "an import stream the input's own";
  EXPECT_EQ(live.receive_time, kNow);
  EXPECT_TRUE(live.import);
}

TEST(AdmitTest, Times) {
  Input input = Of(SessionStart{});
  input.time = kNow + limits::kFuture;
  MustAdmit(input);
  MustAdmit(input, true);
  input.time += absl::Microseconds(1);
  MustRefuse(input, reasons::kEventTimeInFuture, "time");
  MustRefuse(input, reasons::kEventTimeInFuture, "time", true);
  input.time = kNow - absl::Hours(24 * 365 * 50);
  MustAdmit(input);
  input.time = absl::InfinitePast();
  MustAdmit(input);
  MustRefuse(input, reasons::kInvalidField, "time", true);
}

TEST(AdmitTest, EventIds) {
  const auto with_id = [](std::string id) {
    Input input = Of(SessionStart{});
    input.event_id = std::move(id);
    return input;
  };
  MustAdmit(with_id("x"));
  MustAdmit(with_id(Long(64)));
  MustAdmit(with_id("any\tbytes of UTF-8: é"));
  MustRefuse(with_id(""), reasons::kInvalidField, "event_id");
  MustRefuse(with_id(Long(65)), reasons::kLimitExceeded, "event_id");
  MustRefuse(with_id("\xFF"), reasons::kInvalidField, "event_id");
  MustRefuse(with_id(std::string("a\0b", 3)), reasons::kInvalidField, "event_id");
  MustAdmit(with_id(NewUuidV7(kNow)));
  MustAdmit(with_id("018b-not-a-uuid"));
}

TEST(AdmitTest, AUuidV7LivesFor24Hours) {
  // Written out, so that ids of falling times need no falling clock.
  const auto made = [](absl::Time time) {
    char id[37];
    const uint64_t millis = absl::ToUnixMillis(time);
    std::snprintf(id, sizeof(id), "%08x-%04x-7000-8000-000000000000", static_cast<unsigned>(millis >> 16),
                  static_cast<unsigned>(millis & 0xffff));
    Input input = Of(SessionStart{});
    input.event_id = id;
    return input;
  };
  MustAdmit(made(kNow));
  MustAdmit(made(kNow + absl::Hours(2)));
  MustAdmit(made(kNow - limits::kDedupeWindow));
  MustRefuse(made(kNow - limits::kDedupeWindow - absl::Milliseconds(1)), reasons::kEventIdTooOld, "event_id");
  MustRefuse(made(kNow - absl::Hours(1000)), reasons::kEventIdTooOld, "event_id", true);
}

TEST(AdmitTest, Users) {
  const auto of_user = [](UserKey user) {
    Input input = Of(SessionStart{});
    input.user = std::move(user);
    return input;
  };
  MustAdmit(of_user(UserKey::User("acme", Long(255))));
  MustAdmit(of_user(UserKey::Anonymous("acme", "Gerät 7")));
  MustAdmit(of_user(UserKey::Alias("acme", "email_2", "a:b")));
  MustRefuse(of_user(UserKey::User("acme", "")), reasons::kInvalidField, "user.user_id");
  MustRefuse(of_user(UserKey::User("acme", Long(256))), reasons::kLimitExceeded, "user.user_id");
  MustRefuse(of_user(UserKey::User("acme", "a\nb")), reasons::kInvalidField, "user.user_id");
  MustRefuse(of_user(UserKey::Anonymous("acme", "\xC2\x85")), reasons::kInvalidField, "user.anonymous_id");
  MustRefuse(of_user(UserKey::Alias("acme", "", "n")), reasons::kInvalidField, "user.alias.label");
  MustRefuse(of_user(UserKey::Alias("acme", "e-mail", "n")), reasons::kInvalidField, "user.alias.label");
  MustRefuse(of_user(UserKey::Alias("acme", Long(64), "n")), reasons::kLimitExceeded, "user.alias.label");
  MustRefuse(of_user(UserKey::Alias("acme", "l", "")), reasons::kInvalidField, "user.alias.name");
  MustRefuse(of_user(UserKey::Alias("acme", "l", Long(191))), reasons::kLimitExceeded, "user.alias.name");
}

TEST(AdmitTest, CustomEvents) {
  MustAdmit(Of(CustomEvent{Long(255), {}}));
  MustRefuse(Of(CustomEvent{"", {}}), reasons::kInvalidField, "custom_event.name");
  MustRefuse(Of(CustomEvent{Long(256), {}}), reasons::kLimitExceeded, "custom_event.name");
  MustRefuse(Of(CustomEvent{"\x07", {}}), reasons::kInvalidField, "custom_event.name");
  ValueMap properties;
  for (int i = 0; i < 256; ++i) properties.Set(std::to_string(i), Value::Int(i));
  MustAdmit(Of(CustomEvent{"e", properties}));
  properties.Set("one more", Value::Null());
  MustRefuse(Of(CustomEvent{"e", properties}), reasons::kLimitExceeded, "custom_event.properties");
}

Value Nested(int depth) {
  Value value = Value::Int(1);
  for (int i = 0; i < depth; ++i) value = i % 2 == 0 ? Value::List({value}) : Value::Map({{"m", value}});
  return value;
}

TEST(AdmitTest, ValuesAreNamedByTheirPath) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::string deep_path = [] {
    std::string path = "custom_event.properties.p";
    for (int i = limits::kNesting; i > 0; --i) path += i % 2 == 0 ? "[0]" : ".m";
    return path;
  }();
  const struct {
    const char* what;
    ValueMap properties;
    std::string_view reason;
    std::string field;
  } kCases[] = {
      {"infinity", {{"p", Value::Double(kInfinity)}}, reasons::kInvalidField, "custom_event.properties.p"},
      {"NaN in a map",
       {{"a", Value::Map({{"b", Value::Double(std::numeric_limits<double>::quiet_NaN())}})}},
       reasons::kInvalidField,
       "custom_event.properties.a.b"},
      {"bytes in a list of maps",
       {{"a", Value::List({Value::Int(1), Value::Map({{"b", Value::String("\xFF")}})})}},
       reasons::kInvalidField,
       "custom_event.properties.a[1].b"},
      {"NUL", {{"a", Value::String(std::string("a\0b", 3))}}, reasons::kInvalidField, "custom_event.properties.a"},
      {"an empty key", {{"", Value::Int(1)}}, reasons::kInvalidField, "custom_event.properties.\"\""},
      {"an empty key inside",
       {{"a", Value::Map({{"", Value::Int(1)}})}},
       reasons::kInvalidField,
       "custom_event.properties.a.\"\""},
      {"a control character in a key", {{"a\tb", {}}}, reasons::kInvalidField, "custom_event.properties.a\\tb"},
      {"a long key",
       {{Long(256), Value::Int(1)}},
       reasons::kLimitExceeded,
       "custom_event.properties." + Long(64) + "..."},
      {"a long string",
       {{"a", Value::String(Long(limits::kValueBytes + 1))}},
       reasons::kLimitExceeded,
       "custom_event.properties.a"},
      {"a large list",
       {{"a", Value::List(ValueList(limits::kValueBytes / 4, Value::Int(1)))}},
       reasons::kLimitExceeded,
       "custom_event.properties.a"},
      {"nested too deep", {{"p", Nested(limits::kNesting + 1)}}, reasons::kLimitExceeded, deep_path},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    MustRefuse(Of(CustomEvent{"e", c.properties}), c.reason, c.field);
  }
}

TEST(AdmitTest, ValuesWithinTheLimits) {
  MustAdmit(Of(CustomEvent{"e",
                           {{"string", Value::String(Long(limits::kValueBytes))},
                            {"deep", Nested(limits::kNesting)},
                            {"lines", Value::String("control characters\tare allowed\nin values")},
                            {"null", Value::Null()},
                            {"time", Value::Timestamp(absl::UnixEpoch())},
                            {Long(255), Value::Bool(true)}}}));
}

TEST(AdmitTest, Purchases) {
  const Purchase good = {"margherita", Money::Of("EUR", 9, 500000000), 2, {{"size", Value::String("L")}}};
  const auto with = [&good](const std::function<void(Purchase*)>& change) {
    Purchase purchase = good;
    change(&purchase);
    return Of(purchase);
  };
  MustAdmit(Of(good));
  MustAdmit(with([](Purchase* p) { p->price = Money::Of("EUR", 0, 0); }));
  MustAdmit(with([](Purchase* p) { p->quantity = 1000000; }));
  MustRefuse(with([](Purchase* p) { p->product_id = ""; }), reasons::kInvalidField, "purchase.product_id");
  MustRefuse(with([](Purchase* p) { p->product_id = Long(256); }), reasons::kLimitExceeded, "purchase.product_id");
  MustRefuse(with([](Purchase* p) { p->quantity = 1000001; }), reasons::kInvalidField, "purchase.quantity");
  MustRefuse(with([](Purchase* p) { p->quantity = -1; }), reasons::kInvalidField, "purchase.quantity");
  MustRefuse(with([](Purchase* p) { p->price = Money::Of("EUR", 0, -1); }), reasons::kInvalidField, "purchase.price");
  for (const char* code : {"", "eur", "EU", "EURO", "E1R"}) {
    MustRefuse(with([code](Purchase* p) { p->price.currency_code = code; }), reasons::kInvalidField,
               "purchase.price.currency_code");
  }
  MustRefuse(with([](Purchase* p) { p->properties.Set("a", Value::String("\xFF")); }), reasons::kInvalidField,
             "purchase.properties.a");
}

TEST(AdmitTest, AttributeChanges) {
  const auto second = [](AttributeOperation operation) {
    return Of(AttributeChange{{{{"ok"}, Op::kUnset, {}}, std::move(operation)}});
  };
  const std::string at = "attribute_change.operations[1]";
  MustAdmit(second({{"a", "b"}, Op::kSet, Value::Map({})}));
  MustAdmit(second({{"a"}, Op::kIncrement, Value::Double(1)}));
  MustAdmit(second({std::vector<std::string>(16, "a"), Op::kUnset, {}}));
  MustRefuse(second({std::vector<std::string>(17, "a"), Op::kUnset, {}}), reasons::kLimitExceeded, at + ".path");
  MustRefuse(second({{"a", Long(256)}, Op::kUnset, {}}), reasons::kLimitExceeded, at + ".path");
  MustRefuse(second({{"a", ""}, Op::kUnset, {}}), reasons::kInvalidField, at + ".path");
  MustRefuse(second({{}, Op::kUnset, {}}), reasons::kInvalidField, at + ".path");
  MustRefuse(second({{"a\x01"}, Op::kUnset, {}}), reasons::kInvalidField, at + ".path");
  const Value bad = Value::String("\xFF");
  MustRefuse(second({{"a"}, Op::kSet, bad}), reasons::kInvalidField, at + ".set");
  MustRefuse(second({{"a"}, Op::kSetOnce, bad}), reasons::kInvalidField, at + ".set_once");
  MustRefuse(second({{"a"}, Op::kListAdd, bad}), reasons::kInvalidField, at + ".list_add");
  MustRefuse(second({{"a"}, Op::kListRemove, bad}), reasons::kInvalidField, at + ".list_remove");
  MustRefuse(second({{"a"}, Op::kSet, Value::List({bad})}), reasons::kInvalidField, at + ".set[0]");
  MustRefuse(second({{"a"}, Op::kIncrement, Value::String("1")}), reasons::kInvalidField, at + ".increment");
  MustRefuse(Of(AttributeChange{}), reasons::kInvalidField, "attribute_change.operations");
  AttributeChange many;
  many.operations.resize(limits::kOperations, {{"a"}, Op::kUnset, {}});
  MustAdmit(Of(many));
  many.operations.push_back({{"a"}, Op::kUnset, {}});
  MustRefuse(Of(many), reasons::kLimitExceeded, "attribute_change.operations");
}

TEST(AdmitTest, Identities) {
  MustAdmit(Of(Identify{UserKey::Anonymous("acme", "d1")}));
  MustRefuse(Of(Identify{UserKey::Anonymous("acme", "")}), reasons::kInvalidField, "identify.anonymous_id");
  MustRefuse(Of(Identify{UserKey::Anonymous("acme", Long(256))}), reasons::kLimitExceeded, "identify.anonymous_id");
  for (const UserKey& user : {UserKey::Anonymous("acme", "d2"), UserKey::Alias("acme", "l", "n")}) {
    Input input = Of(Identify{UserKey::Anonymous("acme", "d1")});
    input.user = user;
    MustRefuse(input, reasons::kInvalidField, "user");
    input.payload = AddAlias{UserKey::Alias("acme", "l", "m")};
    MustAdmit(input);
  }
  MustRefuse(Of(AddAlias{UserKey::Alias("acme", "a b", "n")}), reasons::kInvalidField, "add_alias.alias.label");
  MustRefuse(Of(AddAlias{UserKey::Alias("acme", "l", "")}), reasons::kInvalidField, "add_alias.alias.name");
}

TEST(AdmitTest, Subscriptions) {
  MustAdmit(Of(SubscriptionChange{"", SubscriptionState::kUnsubscribed}));
  MustAdmit(Of(SubscriptionChange{Long(63), SubscriptionState::kOptedIn}));
  MustRefuse(Of(SubscriptionChange{Long(64), SubscriptionState::kOptedIn}), reasons::kLimitExceeded,
             "subscription_change.channel");
  MustRefuse(Of(SubscriptionChange{"a\nb", SubscriptionState::kOptedIn}), reasons::kInvalidField,
             "subscription_change.channel");
  MustRefuse(Of(SubscriptionChange{"push", SubscriptionState::kUnspecified}), reasons::kInvalidField,
             "subscription_change.state");
}

TEST(AdmitTest, NobodySendsATimer) {
  MustRefuse(Of(TimerFired{"t", 1, nullptr}), reasons::kInvalidField, "timer_fired");
}

TEST(AdmitTest, LaunchesAreTheServersToMake) {
  MustRefuse(Of(CampaignLaunch{"sale", {}, "", false}), reasons::kInvalidField, "campaign_launch");
  Input launch = Of(CampaignLaunch{"sale", {{"x", Value::Int(1)}}, "", false});
  launch.time = absl::InfinitePast();
  ASSERT_TRUE(AdmitLaunch(kNow, &launch).ok());
  EXPECT_EQ(launch.time, kNow);
  EXPECT_EQ(launch.clock, kNow);
  EXPECT_EQ(launch.receive_time, kNow);
  EXPECT_FALSE(launch.import);
  const auto refuse = [](Input input, std::string_view reason, std::string_view field) {
    const absl::Status status = AdmitLaunch(kNow, &input);
    EXPECT_EQ(RejectionReason(status), reason) << status;
    EXPECT_EQ(RejectionField(status), field) << status;
  };
  refuse(Of(CampaignLaunch{"sale", {{"x", Value::String("\xFF")}}, "", false}), reasons::kInvalidField,
         "campaign_launch.properties.x");
  ValueMap many;
  for (size_t i = 0; i <= limits::kProperties; ++i) many.Set("p" + std::to_string(i), Value::Int(1));
  refuse(Of(CampaignLaunch{"sale", many, "", false}), reasons::kLimitExceeded, "campaign_launch.properties");
  launch.user = UserKey::User("acme", "");
  refuse(launch, reasons::kInvalidField, "user.user_id");
  Input event = Of(CustomEvent{"x", {}});
  EXPECT_EQ(AdmitLaunch(kNow, &event).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace cadenza::ingest
