// Where a Redis is and how to log in, from a URL:
//   redis://[[user]:password@]host[:port][/db]     port 6379, db 0; an IPv6 address in brackets
//   unix://[[user]:password@]/path/to.sock[?db=N]
//   /path/to.sock
// User and password may be percent-encoded.
#ifndef CADENZA_STORAGE_REDIS_ADDRESS_H_
#define CADENZA_STORAGE_REDIS_ADDRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cadenza::redis {

struct Address {
  std::string host;
  int port = 6379;
  std::string unix_path;  // if not empty: host and port are not used
  std::string user;       // empty: the default user
  std::string password;   // empty: no login
  int db = 0;

  // INVALID_ARGUMENT never quotes the URL: it may hold a password.
  static absl::StatusOr<Address> Parse(std::string_view url);
  // Without user and password, for logs: "redis://host:6379/0".
  std::string Describe() const;
};

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_ADDRESS_H_
