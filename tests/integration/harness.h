// What every integration test stands on: servers over a fresh database, and one workspace of one server with calls that
// fail the test where they fail.
#ifndef CADENZA_TESTS_INTEGRATION_HARNESS_H_
#define CADENZA_TESTS_INTEGRATION_HARNESS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cpp/builders.h"
#include "clients/cpp/client.h"
#include "gtest/gtest.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace cadenza::testing {

// How long anything is waited for before the test fails; a pass never takes it.
inline constexpr absl::Duration kPatience = absl::Seconds(30);
inline absl::Time Soon() { return absl::Now() + kPatience; }

// Of clients whose server comes back.
inline const client::BackoffOptions kBackoff = {.first = absl::Milliseconds(20), .max = absl::Milliseconds(500)};

// Looks until `condition` holds; false after kPatience.
bool Eventually(const std::function<bool()>& condition);

// The one of this test program.
RedisServer& SharedRedis();

// The connection string of a new, migrated database in the shared PostgreSQL.
std::string NewDatabase();

// Over `database`, with Redis as its cache if asked, and further flags; ends the program if it does not start.
std::unique_ptr<ServerProcess> StartServer(const std::string& database, bool redis = true,
                                           std::vector<std::string> flags = {});

// `event_id` is put where the input has none: a new UUIDv7.
v1::Input WithId(v1::Input input, std::string_view event_id = "");
v1::Input At(v1::Input input, absl::Time time);

// An exact amount: Money("3.50", "EUR").
v1::Money Amount(std::string_view decimal, std::string_view currency);

// On `event_name`, with a plain body and channel "push".
v1::Campaign CampaignOn(std::string_view campaign_id, std::string_view event_name, std::string_view body = "Hello");

// One workspace of one server. Thread-safe, but for the constructor.
class Workspace {
 public:
  Workspace(const std::string& target, std::string name);
  // The same workspace through another server.
  Workspace Through(const std::string& target) const { return Workspace(target, name_); }

  const std::string& name() const { return name_; }
  client::Client& client() const { return *client_; }
  // With short pauses between attempts to connect, as for all clients of tests.
  client::ChannelOptions channel() const { return {.target = target_, .backoff = kBackoff}; }

  // SubmitEvents, one result for each input. Inputs get an id if they have none.
  std::vector<v1::InputResult> SubmitAll(std::vector<v1::Input> inputs,
                                         v1::StreamOpen::Mode mode = v1::StreamOpen::MODE_LIVE) const;
  v1::InputResult Submit(v1::Input input, v1::StreamOpen::Mode mode = v1::StreamOpen::MODE_LIVE) const;
  // An input that must be applied; its user_seq.
  int64_t Apply(v1::Input input, v1::StreamOpen::Mode mode = v1::StreamOpen::MODE_LIVE) const;
  int64_t Import(v1::Input input, absl::Time time) const {
    return Apply(At(std::move(input), time), v1::StreamOpen::MODE_IMPORT);
  }

  absl::StatusOr<v1::Profile> TryProfile(const v1::UserRef& user, int64_t min_seq = 0) const;
  v1::Profile Profile(const v1::UserRef& user, int64_t min_seq = 0) const;
  // All of them, page by page, oldest first.
  std::vector<v1::UserEvent> Events(const v1::UserRef& user) const;
  std::vector<v1::Message> Messages(const v1::UserRef& user) const;
  // Their bodies.
  std::vector<std::string> Bodies(const v1::UserRef& user) const;

  // Stored and activated; what it is then.
  v1::Campaign Activate(v1::Campaign campaign) const;
  v1::UpdateCampaignRequest Update(const v1::Campaign& campaign) const;
  // ActivateCampaignRequest, PauseCampaignRequest, ArchiveCampaignRequest, GetCampaignRequest.
  template <typename Request>
  Request For(std::string_view campaign_id, std::string_view etag = "") const {
    Request request;
    request.set_workspace(name_);
    request.set_campaign_id(std::string(campaign_id));
    if constexpr (requires { request.set_etag(""); }) request.set_etag(std::string(etag));
    return request;
  }

 private:
  std::string target_;
  std::string name_;
  std::shared_ptr<client::Client> client_;
};

// A suite over one server process, which all its tests share, each in a workspace of its own.
class ServedTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  static const std::string& database() { return database_; }
  static ServerProcess& server() { return *server_; }
  Workspace& shop() { return *shop_; }

 private:
  static std::string database_;
  static std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Workspace> shop_;
};

// A name that no other test of this run has, fit for a workspace.
std::string FreshName();

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_HARNESS_H_
