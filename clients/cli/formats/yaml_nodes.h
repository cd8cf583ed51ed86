// YAML text as yaml-cpp's nodes, for those who read them with their places.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_YAML_NODES_H_
#define CADENZA_CLIENTS_CLI_FORMATS_YAML_NODES_H_

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::cli {

inline constexpr int kYamlDepth = 100;  // readers refuse what is nested deeper

// The documents of a text, in order; empty ones are left out. INVALID_ARGUMENT with line and column; also for an anchor
// or alias (&, *), which could make a small file huge.
absl::StatusOr<std::vector<YAML::Node>> LoadYaml(const std::string& yaml);

// INVALID_ARGUMENT: "line 3, column 5: <problem>".
absl::Status AtNode(const YAML::Node& node, std::string_view problem);

// Whether a scalar is written in quotes or as a block: then it is text, whatever it looks like.
bool IsQuoted(const YAML::Node& scalar);
// Nothing, "~" or "null", not quoted.
bool IsNothing(const YAML::Node& node);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_YAML_NODES_H_
