#include "server/rpc/status_map.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

template <typename Detail>
bool Find(const grpc::Status& status, Detail* detail) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return false;
  for (const auto& any : details.details()) {
    if (any.UnpackTo(detail)) return true;
  }
  return false;
}

TEST(StatusMapTest, OkIsOk) { EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok()); }

TEST(StatusMapTest, ARejectionCarriesItsFieldAndReason) {
  const grpc::Status status = ToGrpc(
      Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "inputs[3].event_id", "is too long"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(Find(status, &bad_request));
  ASSERT_EQ(bad_request.field_violations_size(), 1);
  EXPECT_EQ(bad_request.field_violations(0).field(), "inputs[3].event_id");
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(Find(status, &info));
  EXPECT_EQ(info.reason(), "LIMIT_EXCEEDED");
  EXPECT_EQ(info.domain(), "cadenza");
}

TEST(StatusMapTest, WhatPassesSaysWhenToTryAgain) {
  google::rpc::RetryInfo retry;
  EXPECT_TRUE(Find(ToGrpc(absl::UnavailableError("x")), &retry));
  EXPECT_GT(retry.retry_delay().nanos(), 0);
  EXPECT_FALSE(Find(ToGrpc(absl::NotFoundError("x")), &retry));
}

TEST(StatusMapTest, TroubleInsideIsNotDescribedToTheCaller) {
  for (const absl::Status& inside : {absl::InternalError("relation \"profiles\" secret"), absl::DataLossError("secret"),
                                     absl::UnavailableError("secret"), absl::UnknownError("secret")}) {
    EXPECT_EQ(ToGrpc(inside).error_message().find("secret"), std::string::npos) << inside;
    EXPECT_EQ(static_cast<int>(ToGrpc(inside).error_code()), static_cast<int>(inside.code()));
  }
}

TEST(StatusMapTest, AsAMessageItSaysTheSame) {
  const absl::Status rejection =
      Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "recipients[3].user", "is required");
  google::rpc::Status proto;
  ToProto(rejection, &proto);
  EXPECT_EQ(proto.SerializeAsString(), ToGrpc(rejection).error_details());
  EXPECT_EQ(proto.code(), 3);
}

TEST(StatusMapTest, ARejectionOfAnInput) {
  v1::Rejection proto;
  ToProto(Rejected(absl::StatusCode::kOutOfRange, reasons::kAttributeOverflow, "attribute_change", "overflows"),
          &proto);
  EXPECT_EQ(proto.code(), 11);
  EXPECT_EQ(proto.reason(), "ATTRIBUTE_OVERFLOW");
  EXPECT_EQ(proto.field(), "attribute_change");
  EXPECT_NE(proto.message().find("overflows"), std::string::npos);
}

}  // namespace
}  // namespace cadenza::rpc
