// The store suite over PostgreSQL behind Redis, with a healthy cache and with one that is lost between calls.
#include <memory>
#include <random>
#include <utility>

#include "storage/caching_store.h"
#include "storage/postgres/postgres_store.h"
#include "storage/redis/redis_profile_cache.h"
#include "tests/conformance/store_suite.h"
#include "tests/conformance/timer_suite.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"

namespace cadenza::testing {
namespace {

// Loses half of what it is told, and half of what it knows.
class ForgetfulCache : public ProfileCache {
 public:
  explicit ForgetfulCache(std::unique_ptr<ProfileCache> cache) : cache_(std::move(cache)) {}
  std::vector<std::optional<ProfileRow>> Get(const std::vector<UserKey>& keys) override {
    auto rows = cache_->Get(keys);
    for (auto& row : rows) {
      if (random_() % 2) row.reset();
    }
    return rows;
  }
  void PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) override {
    if (random_() % 2) cache_->PutIfNewer(rows);
  }
  void Drop(const std::vector<UserKey>& keys) override { cache_->Drop(keys); }

 private:
  std::unique_ptr<ProfileCache> cache_;
  std::minstd_rand random_{1};
};

// A CachingStore that owns its parts.
class OwningStore : public CachingStore {
 public:
  OwningStore(std::unique_ptr<Store> store, std::unique_ptr<ProfileCache> cache)
      : CachingStore(store.get(), cache.get()), store_(std::move(store)), cache_(std::move(cache)) {}

 private:
  std::unique_ptr<Store> store_;
  std::unique_ptr<ProfileCache> cache_;
};

std::unique_ptr<Store> MakePostgres() {
  static const std::string database = PostgresServer::Shared().CreateMigratedDatabase().value();
  postgres::Options options;
  options.connection_string = database;
  options.process_name = "conformance";
  return postgres::MakePostgresStore(options);
}

std::unique_ptr<ProfileCache> MakeCache() {
  static RedisServer& server = *RedisServer::Create().release();  // dies with this process
  redis::RedisProfileCache::Options options;
  options.client.address = *redis::Address::Parse(server.url());
  return std::make_unique<redis::RedisProfileCache>(options);
}

std::unique_ptr<Store> BehindRedis() { return std::make_unique<OwningStore>(MakePostgres(), MakeCache()); }
std::unique_ptr<Store> BehindForgetfulRedis() {
  return std::make_unique<OwningStore>(MakePostgres(), std::make_unique<ForgetfulCache>(MakeCache()));
}

INSTANTIATE_TEST_SUITE_P(PostgresBehindRedis, StoreSuite,
                         ::testing::Values(StoreFactory{"postgres_redis", BehindRedis},
                                           StoreFactory{"postgres_forgetful_redis", BehindForgetfulRedis}),
                         StoreName);
INSTANTIATE_TEST_SUITE_P(PostgresBehindRedis, TimerSuite,
                         ::testing::Values(StoreFactory{"postgres_redis", BehindRedis},
                                           StoreFactory{"postgres_forgetful_redis", BehindForgetfulRedis}),
                         StoreName);

}  // namespace
}  // namespace cadenza::testing
