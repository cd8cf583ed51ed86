// One value of a proto field as people write it in a file: durations as "24h", "90m" or "7d", times in RFC 3339, enums
// by the short name ("active" for STATE_ACTIVE), the values of cadenza.v1.Value as they look. By reflection, so of any
// message.
//
// What a field is made of here: a leaf (all of these), or a message with fields of its own.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_FIELD_TEXT_H_
#define CADENZA_CLIENTS_CLI_FORMATS_FIELD_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"

namespace cadenza::cli {

// A scalar, an enum, a duration or a timestamp.
bool IsLeaf(const google::protobuf::FieldDescriptor& field);
// A cadenza.v1.Value.
bool IsValue(const google::protobuf::FieldDescriptor& field);
// A leaf that is a string or bytes: text that may look like something else.
bool IsText(const google::protobuf::FieldDescriptor& field);

// Sets a singular leaf, or adds to a repeated one. INVALID_ARGUMENT says what the value should look like. Bytes are
// base64.
absl::Status SetLeaf(std::string_view text, const google::protobuf::FieldDescriptor& field,
                     google::protobuf::Message* message);
// Of a singular leaf, or of one element of a repeated one. What SetLeaf takes back.
std::string LeafText(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                     int index = -1);

// "1h30m", "7d12h", "90s", "0.5s": days of 24 hours, then as absl::ParseDuration. INVALID_ARGUMENT.
absl::StatusOr<google::protobuf::Duration> ParseDurationText(std::string_view text);
// Whole days from two on ("7d"), else as absl::FormatDuration ("24h", "1h30m").
std::string DurationText(const google::protobuf::Duration& duration);

// "active" of STATE_ACTIVE in the enum State; the whole name where it does not begin with the enum's.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_FIELD_TEXT_H_
