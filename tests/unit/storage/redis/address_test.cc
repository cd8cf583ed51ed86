#include "storage/redis/address.h"

#include <gtest/gtest.h>

namespace cadenza::redis {
namespace {

struct Case {
  std::string url;
  Address address;
  std::string described;
};

TEST(AddressTest, Parses) {
  const Case cases[] = {
      {"redis://localhost",
       {.host = "localhost", .port = 6379, .unix_path = "", .user = "", .password = "", .db = 0},
       "redis://localhost:6379/0"},
      {"redis://10.0.0.1:7000/3",
       {.host = "10.0.0.1", .port = 7000, .unix_path = "", .user = "", .password = "", .db = 3},
       "redis://10.0.0.1:7000/3"},
      {"redis://[::1]:7000/",
       {.host = "::1", .port = 7000, .unix_path = "", .user = "", .password = "", .db = 0},
       "redis://[::1]:7000/0"},
      {"redis://:s%40cret%2f@h:1",
       {.host = "h", .port = 1, .unix_path = "", .user = "", .password = "s@cret/", .db = 0},
       "redis://h:1/0"},
      {"redis://app:pw@h/2",
       {.host = "h", .port = 6379, .unix_path = "", .user = "app", .password = "pw", .db = 2},
       "redis://h:6379/2"},
      {"/run/redis.sock",
       {.host = "", .port = 6379, .unix_path = "/run/redis.sock", .user = "", .password = "", .db = 0},
       "unix:///run/redis.sock"},
      {"unix://app:pw@/run/redis.sock?db=4",
       {.host = "", .port = 6379, .unix_path = "/run/redis.sock", .user = "app", .password = "pw", .db = 4},
       "unix:///run/redis.sock?db=4"},
  };
  for (const Case& c : cases) {
    absl::StatusOr<Address> address = Address::Parse(c.url);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->host, c.address.host);
    EXPECT_EQ(address->port, c.address.port);
    EXPECT_EQ(address->unix_path, c.address.unix_path);
    EXPECT_EQ(address->user, c.address.user);
    EXPECT_EQ(address->password, c.address.password);
    EXPECT_EQ(address->db, c.address.db);
    EXPECT_EQ(address->Describe(), c.described);
  }
}

TEST(AddressTest, RefusesAndNeverQuotesTheSecret) {
  for (std::string url :
       {"", "localhost:6379", "http://hush@h", "redis://", "redis://:hush@", "redis://hush@h", "redis://:hush@h:0",
        "redis://:hush@h:99999", "redis://:hush@h:x", "redis://:hush@h/x", "redis://:hush@h/-1", "redis://:hush%4@h",
        "redis://:hush%zz@h", "redis://:hush@[::1", "unix://:hush@relative", "unix://:hush@/s?database=1"}) {
    absl::StatusOr<Address> address = Address::Parse(url);
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_EQ(address.status().ToString().find("hush"), std::string::npos) << address.status();
  }
}

}  // namespace
}  // namespace cadenza::redis
