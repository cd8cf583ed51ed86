#include "storage/redis/address.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::redis {
namespace {

absl::Status Invalid(std::string_view what) {
  return absl::InvalidArgumentError(
      StrCat("the Redis URL ", what, "; use redis://[user:password@]host:port/db, or the path of a unix socket"));
}

bool Consume(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3 || !absl::ascii_isxdigit(text[i + 1]) || !absl::ascii_isxdigit(text[i + 2])) {
      return std::nullopt;
    }
    out += absl::HexStringToBytes(Sv(text.substr(i + 1, 2)));
    i += 2;
  }
  return out;
}

// Takes "[user]:password@" off the front of `rest`.
absl::Status TakeLogin(std::string_view* rest, Address* address) {
  size_t at = rest->rfind('@');
  if (at == std::string_view::npos) return absl::OkStatus();
  std::string_view login = rest->substr(0, at);
  rest->remove_prefix(at + 1);
  size_t colon = login.find(':');
  if (colon == std::string_view::npos) return Invalid("has a user without a password");
  std::optional<std::string> user = PercentDecode(login.substr(0, colon));
  std::optional<std::string> password = PercentDecode(login.substr(colon + 1));
  if (!user || !password) return Invalid("has a broken percent-encoding before the '@'");
  address->user = *user;
  address->password = *password;
  return absl::OkStatus();
}

absl::Status SetDb(std::string_view text, Address* address) {
  if (!absl::SimpleAtoi(Sv(text), &address->db) || address->db < 0)
    return Invalid("has a database that is not a number");
  return absl::OkStatus();
}

absl::Status SetHostAndPort(std::string_view text, Address* address) {
  std::string_view port;
  if (Consume(&text, "[")) {
    size_t close = text.find(']');
    if (close == std::string_view::npos) return Invalid("has a '[' without its ']'");
    address->host = std::string(text.substr(0, close));
    port = text.substr(close + 1);
  } else {
    size_t colon = text.find(':');
    address->host = std::string(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (address->host.empty()) return Invalid("has no host");
  if (port.empty()) return absl::OkStatus();
  if (!Consume(&port, ":") || !absl::SimpleAtoi(Sv(port), &address->port) || address->port < 1 ||
      address->port > 65535) {
    return Invalid("has a port that is not one");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Address> Address::Parse(std::string_view url) {
  Address address;
  if (url.starts_with('/')) {
    address.unix_path = std::string(url);
    return address;
  }
  if (Consume(&url, "unix://")) {
    CADENZA_RETURN_IF_ERROR(TakeLogin(&url, &address));
    if (size_t query = url.find('?'); query != std::string_view::npos) {
      std::string_view db = url.substr(query + 1);
      if (!Consume(&db, "db=")) return Invalid("has a parameter that is not db=N");
      CADENZA_RETURN_IF_ERROR(SetDb(db, &address));
      url = url.substr(0, query);
    }
    if (!url.starts_with('/')) return Invalid("has no absolute socket path");
    address.unix_path = std::string(url);
    return address;
  }
  if (!Consume(&url, "redis://")) return Invalid("does not start with redis:// or unix://");
  CADENZA_RETURN_IF_ERROR(TakeLogin(&url, &address));
  if (size_t slash = url.find('/'); slash != std::string_view::npos) {
    if (slash + 1 < url.size()) CADENZA_RETURN_IF_ERROR(SetDb(url.substr(slash + 1), &address));
    url = url.substr(0, slash);
  }
  CADENZA_RETURN_IF_ERROR(SetHostAndPort(url, &address));
  return address;
}

std::string Address::Describe() const {
  if (!unix_path.empty()) return StrCat("unix://", unix_path, db == 0 ? "" : StrCat("?db=", db));
  bool v6 = host.find(':') != std::string::npos;
  return StrCat("redis://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port, "/", db);
}

}  // namespace cadenza::redis
