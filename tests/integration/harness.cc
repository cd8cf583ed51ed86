#include "tests/integration/harness.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "storage/base/ids.h"
#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr absl::Duration kLook = absl::Milliseconds(10);

[[noreturn]] void Abort(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  for (const absl::Time deadline = Soon(); !condition(); absl::SleepFor(kLook)) {
    if (absl::Now() > deadline) return false;
  }
  return true;
}

RedisServer& SharedRedis() {
  static const std::unique_ptr<RedisServer> redis = RedisServer::Create();
  return *redis;
}

std::string NewDatabase() {
  absl::StatusOr<std::string> database = PostgresServer::Shared().CreateMigratedDatabase();
  if (!database.ok()) Abort(database.status());
  return *database;
}

std::unique_ptr<ServerProcess> StartServer(const std::string& database, bool redis, std::vector<std::string> flags) {
  std::vector<std::string> all = {"--database", database, "--log-level", "warn"};
  if (redis) {
    all.push_back("--redis");
    all.push_back(SharedRedis().url());
  }
  all.insert(all.end(), flags.begin(), flags.end());
  absl::StatusOr<std::unique_ptr<ServerProcess>> server = ServerProcess::Start(std::move(all));
  if (!server.ok()) Abort(server.status());
  return *std::move(server);
}

v1::Input WithId(v1::Input input, std::string_view event_id) {
  if (!event_id.empty()) input.set_event_id(std::string(event_id));
  if (input.event_id().empty()) input.set_event_id(NewUuidV7(absl::Now()));
  return input;
}

v1::Input At(v1::Input input, absl::Time time) {
  *input.mutable_time() = client::ToProto(time);
  return input;
}

v1::Money Amount(std::string_view decimal, std::string_view currency) {
  return client::ParseMoney(decimal, currency).value();
}

v1::Campaign CampaignOn(std::string_view campaign_id, std::string_view event_name, std::string_view body) {
  v1::Campaign campaign;
  campaign.set_campaign_id(std::string(campaign_id));
  campaign.mutable_trigger()->set_event_name(std::string(event_name));
  campaign.mutable_message()->set_channel("push");
  campaign.mutable_message()->set_body(std::string(body));
  return campaign;
}

Workspace::Workspace(const std::string& target, std::string name)
    : target_(target), name_(std::move(name)), client_(std::make_shared<client::Client>(channel(), kCallTimeout)) {}

std::vector<v1::InputResult> Workspace::SubmitAll(std::vector<v1::Input> inputs, v1::StreamOpen::Mode mode) const {
  v1::SubmitEventsRequest request;
  request.set_workspace(name_);
  request.set_mode(mode);
  for (v1::Input& input : inputs) *request.add_inputs() = WithId(std::move(input));
  absl::StatusOr<v1::SubmitEventsResponse> response = client_->SubmitEvents(request);
  EXPECT_TRUE(response.ok()) << response.status();
  if (!response.ok()) return std::vector<v1::InputResult>(inputs.size());
  EXPECT_EQ(response->results_size(), request.inputs_size());
  return {response->results().begin(), response->results().end()};
}

v1::InputResult Workspace::Submit(v1::Input input, v1::StreamOpen::Mode mode) const {
  return SubmitAll({std::move(input)}, mode).at(0);
}

int64_t Workspace::Apply(v1::Input input, v1::StreamOpen::Mode mode) const {
  const v1::InputResult result = Submit(std::move(input), mode);
  EXPECT_TRUE(result.has_applied()) << result.ShortDebugString();
  return result.applied().user_seq();
}

absl::StatusOr<v1::Profile> Workspace::TryProfile(const v1::UserRef& user, int64_t min_seq) const {
  v1::GetProfileRequest request;
  request.set_workspace(name_);
  *request.mutable_user() = user;
  request.set_min_seq(min_seq);
  absl::StatusOr<v1::GetProfileResponse> response = client_->GetProfile(request);
  if (!response.ok()) return response.status();
  return response->profile();
}

v1::Profile Workspace::Profile(const v1::UserRef& user, int64_t min_seq) const {
  absl::StatusOr<v1::Profile> profile = TryProfile(user, min_seq);
  EXPECT_TRUE(profile.ok()) << profile.status();
  return profile.ok() ? *std::move(profile) : v1::Profile();
}

std::vector<v1::UserEvent> Workspace::Events(const v1::UserRef& user) const {
  std::vector<v1::UserEvent> events;
  v1::ListUserEventsRequest request;
  request.set_workspace(name_);
  *request.mutable_user() = user;
  request.set_page_size(1000);
  do {
    absl::StatusOr<v1::ListUserEventsResponse> response = client_->ListUserEvents(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) break;
    events.insert(events.end(), response->events().begin(), response->events().end());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return events;
}

std::vector<v1::Message> Workspace::Messages(const v1::UserRef& user) const {
  std::vector<v1::Message> messages;
  v1::ListMessagesRequest request;
  request.set_workspace(name_);
  *request.mutable_user() = user;
  request.set_page_size(1000);
  do {
    absl::StatusOr<v1::ListMessagesResponse> response = client_->ListMessages(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) break;
    messages.insert(messages.end(), response->messages().begin(), response->messages().end());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return messages;
}

std::vector<std::string> Workspace::Bodies(const v1::UserRef& user) const {
  std::vector<std::string> bodies;
  for (const v1::Message& message : Messages(user)) bodies.push_back(message.body());
  return bodies;
}

v1::Campaign Workspace::Activate(v1::Campaign campaign) const {
  v1::CreateCampaignRequest create;
  create.set_workspace(name_);
  *create.mutable_campaign() = campaign;
  const absl::Status created = client_->CreateCampaign(create).status();
  EXPECT_TRUE(created.ok()) << created;
  auto activated = client_->ActivateCampaign(For<v1::ActivateCampaignRequest>(campaign.campaign_id()));
  EXPECT_TRUE(activated.ok()) << activated.status();
  return activated.ok() ? activated->campaign() : campaign;
}

v1::UpdateCampaignRequest Workspace::Update(const v1::Campaign& campaign) const {
  v1::UpdateCampaignRequest request;
  request.set_workspace(name_);
  *request.mutable_campaign() = campaign;
  return request;
}

std::string ServedTest::database_;
std::unique_ptr<ServerProcess> ServedTest::server_;

void ServedTest::SetUpTestSuite() {
  database_ = NewDatabase();
  server_ = StartServer(database_);
}

void ServedTest::TearDownTestSuite() { server_.reset(); }

void ServedTest::SetUp() { shop_ = std::make_unique<Workspace>(server_->target(), FreshName()); }

std::string FreshName() {
  static std::atomic<int> next{1};
  return StrCat("shop-", next++);
}

}  // namespace cadenza::testing
