// The flags that name a user, and those that make one input.
#ifndef CADENZA_CLIENTS_CLI_INPUT_FLAGS_H_
#define CADENZA_CLIENTS_CLI_INPUT_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cadenza/v1/input.pb.h"
#include "clients/cpp/builders.h"

namespace cadenza::cli {

// "total=23.5" -> {"total", 23.5}: the value is JSON, or else text. INVALID_ARGUMENT names the flag.
absl::StatusOr<client::Entries> KeyValues(const std::string& flag, const std::vector<std::string>& arguments);

struct UserFlags {
  std::string user;
  std::string anonymous;
  std::string alias;

  // Exactly one of the three is needed, unless `optional`.
  void AddTo(CLI::App& command, bool optional = false);
  bool given() const { return !user.empty() || !anonymous.empty() || !alias.empty(); }
  // INVALID_ARGUMENT: an alias without a label.
  absl::StatusOr<v1::UserRef> User() const;
};

struct InputFlags {
  UserFlags user;
  std::string event_id;
  std::string time;
  std::string event;
  std::vector<std::string> properties;
  std::string purchase;
  std::string price;
  std::string currency;
  int quantity = 1;
  bool session_start = false;
  bool session_end = false;
  std::vector<std::string> set;
  std::vector<std::string> unset;
  std::vector<std::string> increment;
  std::string identify;
  std::string add_alias;
  std::string subscription;
  std::string channel;
  std::string receipt;
  std::string message_id;
  std::string link_id;

  void AddTo(CLI::App& command, bool user_optional = false);
  // INVALID_ARGUMENT names the flag.
  absl::StatusOr<v1::Input> Build() const;

 private:
  absl::StatusOr<v1::Input> BuildKind(const v1::UserRef& user) const;
  absl::StatusOr<v1::Input> BuildAttributes(const v1::UserRef& user) const;
};

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_INPUT_FLAGS_H_
