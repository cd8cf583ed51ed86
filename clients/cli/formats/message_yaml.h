// Messages of the contract as YAML that people write and read: the fields by their names in the .proto files, values as
// field_text.h has them, a cadenza.v1.Value as it looks (a map or list by its kind: {map_value: …}). By reflection, so
// every field of every message is covered.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_MESSAGE_YAML_H_
#define CADENZA_CLIENTS_CLI_FORMATS_MESSAGE_YAML_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace cadenza::cli {

// Reads each document of a text into the message that `add` gives for it, when it has seen which keys the document has
// (as they are written; none, if it is no map); an error of its ends the reading. What proto JSON takes is taken too:
// the camelCase names, STATE_ACTIVE, "3.5s"; null is absent. INVALID_ARGUMENT: "line 3, column 1: conditoin is no field
// of Campaign; did you mean 'condition'?".
using DocumentKeys = std::vector<std::string>;
absl::Status ReadYaml(const std::string& yaml,
                      const std::function<absl::StatusOr<google::protobuf::Message*>(const DocumentKeys& keys)>& add);

template <typename M>
absl::StatusOr<std::vector<M>> MessagesOfYaml(const std::string& yaml) {
  std::vector<std::unique_ptr<M>> read;
  absl::Status status =
      ReadYaml(yaml, [&read](const DocumentKeys&) { return read.emplace_back(std::make_unique<M>()).get(); });
  if (!status.ok()) return status;
  std::vector<M> messages;
  for (const std::unique_ptr<M>& message : read) messages.push_back(std::move(*message));
  return messages;
}

// The one text of a message: fields in the order of the .proto file, absent ones left out, those at the top that
// `leave_out` names too; text of several lines as a block. ReadYaml makes the same message of it.
std::string ToYaml(const google::protobuf::Message& message, const std::vector<std::string_view>& leave_out = {});

// A string as a scalar of YAML, on one line, quoted where it must be to stay a string.
std::string YamlString(std::string_view text);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_MESSAGE_YAML_H_
