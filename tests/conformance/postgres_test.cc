#include "storage/postgres/postgres_store.h"
#include "tests/conformance/launch_suite.h"
#include "tests/conformance/segment_suite.h"
#include "tests/conformance/timer_suite.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {
namespace {

// One database for all tests of the suite.
std::unique_ptr<Store> MakeStore() {
  static const std::string database = PostgresServer::Shared().CreateMigratedDatabase().value();
  postgres::Options options;
  options.connection_string = database;
  options.process_name = "conformance";
  return postgres::MakePostgresStore(options);
}

INSTANTIATE_TEST_SUITE_P(Postgres, StoreSuite, ::testing::Values(StoreFactory{"postgres", MakeStore}), StoreName);
INSTANTIATE_TEST_SUITE_P(Postgres, LaunchSuite, ::testing::Values(StoreFactory{"postgres", MakeStore}), StoreName);
INSTANTIATE_TEST_SUITE_P(Postgres, SegmentSuite, ::testing::Values(StoreFactory{"postgres", MakeStore}), StoreName);
INSTANTIATE_TEST_SUITE_P(Postgres, TimerSuite, ::testing::Values(StoreFactory{"postgres", MakeStore}), StoreName);

}  // namespace
}  // namespace cadenza::testing
