#include "clients/load/database.h"

#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(DatabaseTest, PutsAnotherDatabaseIntoAConnectionString) {
  const struct {
    const char* given;
    const char* expected;
  } cases[] = {
      {"postgresql:///postgres?host=/run/pg&user=postgres", "postgresql:///bench?host=/run/pg&user=postgres"},
      {"postgresql://?host=/run/pg", "postgresql:///bench?host=/run/pg"},
      {"postgres://me@db:5433/postgres", "postgres://me@db:5433/bench"},
      {"postgresql://db", "postgresql://db/bench"},
      {"postgresql://a,b/postgres", "postgresql://a,b/bench"},
      {"host=/run/pg user=postgres", "host=/run/pg user=postgres dbname=bench"},
      {"dbname=postgres", "dbname=postgres dbname=bench"},
  };
  for (const auto& c : cases) EXPECT_EQ(WithDatabase(c.given, "bench"), c.expected);
}

}  // namespace
}  // namespace cadenza::load
