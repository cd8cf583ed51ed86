#include "clients/cli/command.h"

#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/cli/formats/proto_json.h"
#include "clients/cpp/status.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

ExitCode CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnavailable;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kRefused;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return kConflict;
    default:
      return kFailure;
  }
}

}  // namespace

absl::StatusOr<client::ChannelOptions> Globals::Channel() const {
  client::ChannelOptions channel{.target = server};
  if (tls || !ca_file.empty()) {
    grpc::SslCredentialsOptions ssl;
    if (!ca_file.empty()) {
      absl::StatusOr<std::string> certificates = ReadFile(ca_file);
      if (!certificates.ok()) return certificates.status();
      ssl.pem_root_certs = *std::move(certificates);
    }
    channel.credentials = grpc::SslCredentials(ssl);
  }
  return channel;
}

Action WithClient(const Globals& globals, std::function<absl::StatusOr<int>(client::Client&)> body) {
  return [&globals, body = std::move(body)] {
    const absl::StatusOr<client::ChannelOptions> channel = globals.Channel();
    if (!channel.ok()) return Fail(globals, channel.status());
    client::Client client(*channel, globals.timeout());
    const absl::StatusOr<int> code = body(client);
    return code.ok() ? *code : Fail(globals, code.status());
  };
}

absl::Status WithPlace(const std::string& where, const absl::Status& status) {
  absl::Status placed(status.code(), Sv(StrCat(where, ": ", Std(status.message()))));
  status.ForEachPayload(
      [&placed](absl::string_view url, const absl::Cord& payload) { placed.SetPayload(url, payload); });
  return placed;
}

int Fail(const Globals& globals, const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string message(status.message().data(), status.message().size());
  if (globals.json) {
    nlohmann::json error = {{"code", code}, {"message", message}};
    for (const client::FieldViolation& violation : client::FieldViolations(status)) {
      error["fields"].push_back({{"field", violation.field}, {"description", violation.description}});
    }
    const auto replace = nlohmann::json::error_handler_t::replace;
    std::fprintf(stderr, "%s\n", nlohmann::json{{"error", error}}.dump(-1, ' ', false, replace).c_str());
    return CodeOf(status);
  }
  std::fprintf(stderr, "cadenza: %s: %s\n", code.c_str(), message.empty() ? "(no further word)" : message.c_str());
  for (const client::FieldViolation& violation : client::FieldViolations(status)) {
    std::fprintf(stderr, "  %s: %s\n", violation.field.c_str(), violation.description.c_str());
  }
  if (absl::IsUnavailable(status)) std::fprintf(stderr, "  server: %s (see --server)\n", globals.server.c_str());
  return CodeOf(status);
}

void CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  // The second one ends the program the hard way.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

}  // namespace cadenza::cli
