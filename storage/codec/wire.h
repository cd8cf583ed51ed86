// The public protos <-> the model: conversion only, no limits (server/ingest/validate.h has them) and no I/O. Pure,
// thread-safe.
//
// From* report what has no model form at all (a Value without a kind, a timestamp out of range, a UserRef without a
// name …) as INVALID_ARGUMENT whose message is "<field path>: <what is wrong>", the path relative to the message given.
#ifndef CADENZA_STORAGE_CODEC_WIRE_H_
#define CADENZA_STORAGE_CODEC_WIRE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/input.pb.h"
#include "cadenza/v1/message.pb.h"
#include "cadenza/v1/profile.pb.h"
#include "cadenza/v1/value.pb.h"
#include "storage/model/campaign.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"
#include "storage/model/value.h"

namespace cadenza {

absl::StatusOr<Value> FromProto(const v1::Value& proto);
void ToProto(const Value& value, v1::Value* proto);

// A time is kept to the microsecond (rounded down). OUT of 0001 … 9999: INVALID_ARGUMENT.
absl::StatusOr<absl::Time> FromProto(const google::protobuf::Timestamp& proto);
void ToProto(absl::Time time, google::protobuf::Timestamp* proto);
absl::StatusOr<absl::Duration> FromProto(const google::protobuf::Duration& proto);
void ToProto(absl::Duration duration, google::protobuf::Duration* proto);

absl::StatusOr<UserKey> FromProto(std::string_view workspace, const v1::UserRef& proto);
void ToProto(const UserKey& key, v1::UserRef* proto);

// Fills everything of Input but receive_time, clock and import; `time` is InfinitePast if the producer gave none.
// `body` and `digest` are those of the proto as given.
absl::StatusOr<Input> FromProto(std::string_view workspace, const v1::Input& proto);

// `now` decides whether the current session has lapsed: it is shown only if last_activity + session_gap > now.
void ToProto(const Profile& profile, absl::Time now, absl::Duration session_gap, v1::Profile* proto);

// The cursor is left empty: server/delivery makes it.
void ToProto(const Message& message, v1::Message* proto);

// Output-only fields of the proto are ignored, but etag, which becomes `revision` (0 if empty; INVALID_ARGUMENT if it
// is not one).
absl::StatusOr<Campaign> FromProto(std::string_view workspace, const v1::Campaign& proto);
void ToProto(const Campaign& campaign, v1::Campaign* proto);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_H_
