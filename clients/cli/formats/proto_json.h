// The contract's messages from and to people: proto JSON, and YAML by way of it. One schema, the proto's; field names
// as in the .proto files.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_PROTO_JSON_H_
#define CADENZA_CLIENTS_CLI_FORMATS_PROTO_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace cadenza::cli {

// On one line.
std::string ToJson(const google::protobuf::Message& message);
// INVALID_ARGUMENT: not JSON, an unknown field, a value of another type.
absl::Status FromJson(std::string_view json, google::protobuf::Message* message);

// Each document of a YAML text as JSON, in order; empty documents are left out. A plain scalar is what it looks like
// (null, bool, number), a quoted one is a string. INVALID_ARGUMENT with line and column; also for an alias (&, *),
// which could make a small file huge.
absl::StatusOr<std::vector<std::string>> YamlToJson(const std::string& yaml);

// The whole of a file; "-" is standard input. NOT_FOUND, or RESOURCE_EXHAUSTED over 16 MiB.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_PROTO_JSON_H_
