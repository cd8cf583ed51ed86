#include "clients/cpp/builders.h"

#include "clients/cpp/channel.h"
#include "clients/cpp/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace cadenza::client {
namespace {

struct MoneyCase {
  const char* text;
  int64_t units;
  int32_t nanos;
  const char* formatted;
};

TEST(MoneyTest, IsExact) {
  const MoneyCase cases[] = {
      {"139.12", 139, 120'000'000, "139.12 GBP"},
      {"22.2", 22, 200'000'000, "22.20 GBP"},
      {"0", 0, 0, "0.00 GBP"},
      {"0.0", 0, 0, "0.00 GBP"},
      {"-5.005", -5, -5'000'000, "-5.005 GBP"},
      {"-0.5", 0, -500'000'000, "-0.50 GBP"},
      {"0.000000001", 0, 1, "0.000000001 GBP"},
      {"1.1000000000000", 1, 100'000'000, "1.10 GBP"},
      {"1e2", 100, 0, "100.00 GBP"},
      {"1.5E+1", 15, 0, "15.00 GBP"},
      {"25e-1", 2, 500'000'000, "2.50 GBP"},
      {"9223372036854775807", 9223372036854775807, 0, "9223372036854775807.00 GBP"},
  };
  for (const MoneyCase& c : cases) {
    const auto money = ParseMoney(c.text, "GBP");
    ASSERT_TRUE(money.ok()) << c.text << ": " << money.status();
    EXPECT_EQ(money->units(), c.units) << c.text;
    EXPECT_EQ(money->nanos(), c.nanos) << c.text;
    EXPECT_EQ(money->currency_code(), "GBP");
    EXPECT_EQ(FormatMoney(*money), c.formatted);
  }
}

TEST(MoneyTest, RefusesWhatIsNoAmount) {
  for (const char* text : {"", "-", ".", ".5", "5.", "1,5", "abc", "1e", "1e999", "0.0000000001", "9223372036854775808",
                           "1.2.3", "--1", "NaN", " 1"}) {
    EXPECT_EQ(ParseMoney(text, "GBP").status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(BuildersTest, MakeWhatTheySay) {
  const v1::Input event =
      Event(UserId("ada"), "order", {{"n", Int(2)}, {"l", List({Bool(true), Null(), Map({{"k", Double(1.5)}})})}});
  EXPECT_EQ(event.user().user_id(), "ada");
  EXPECT_EQ(event.custom_event().properties().at("n").int64_value(), 2);
  const v1::ListValue& list = event.custom_event().properties().at("l").list_value();
  ASSERT_EQ(list.values_size(), 3);
  EXPECT_TRUE(list.values(0).bool_value());
  EXPECT_EQ(list.values(1).kind_case(), v1::Value::kNullValue);
  EXPECT_EQ(list.values(2).map_value().entries().at("k").double_value(), 1.5);
  EXPECT_EQ(Subscription(UserId("a"), "push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED).subscription_change().channel(),
            "push");
  EXPECT_EQ(SetAttributes(UserId("a"), {{"x.y", String("z")}}).attribute_change().operations(0).path(), "x.y");
  EXPECT_EQ(Identify(UserId("a"), "anon").identify().anonymous_id(), "anon");
  EXPECT_EQ(Describe(Alias("mail", "x")), "alias mail:x");
  EXPECT_EQ(Describe(v1::UserRef()), "(no user)");
}

TEST(BuildersTest, TimesSurviveTheProto) {
  for (const absl::Time time : {absl::UnixEpoch(), absl::FromUnixMicros(-1), absl::FromUnixMicros(1291191960123456)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_GE(ToProto(time).nanos(), 0);
  }
}

TEST(BackoffTest, DoublesItsLimitUpToTheMaximumAndResets) {
  Backoff backoff({.first = absl::Milliseconds(100), .max = absl::Milliseconds(350)});
  for (int round = 0; round < 200; ++round) {
    for (const int limit_ms : {100, 200, 350, 350}) {
      const absl::Duration wait = backoff.Next();
      EXPECT_GE(wait, absl::ZeroDuration());
      EXPECT_LE(wait, absl::Milliseconds(limit_ms));
    }
    backoff.Reset();
  }
}

TEST(StatusTest, CarriesTheDetails) {
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("campaign.condition");
  violation->set_description("line 1, column 3: no such field");
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  google::rpc::Status details;
  details.add_details()->PackFrom(bad);
  details.add_details()->PackFrom(info);
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "bad", details.SerializeAsString()));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(FieldViolations(status).size(), 1u);
  EXPECT_EQ(FieldViolations(status)[0].field, "campaign.condition");
  EXPECT_EQ(ErrorReason(status), "INVALID_FIELD");
  EXPECT_TRUE(IsFinal(status));
  EXPECT_FALSE(IsFinal(absl::UnavailableError("")));
  EXPECT_TRUE(FieldViolations(absl::InternalError("plain")).empty());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

}  // namespace
}  // namespace cadenza::client
