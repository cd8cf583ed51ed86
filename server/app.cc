#include "server/app.h"

#include <prometheus/exposer.h>
#include <unistd.h>

#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "server/control/campaign_admin.h"
#include "server/control/campaign_apply.h"
#include "server/control/campaign_stats.h"
#include "server/control/catalog_admin.h"
#include "server/control/content_block_admin.h"
#include "server/control/explain.h"
#include "server/control/launch_reader.h"
#include "server/control/launcher.h"
#include "server/control/preview.h"
#include "server/control/rule_loader.h"
#include "server/control/segment_admin.h"
#include "server/control/segment_evaluator.h"
#include "server/control/timer_admin.h"
#include "server/control/workspace_admin.h"
#include "server/delivery/hub.h"
#include "server/health_monitor.h"
#include "server/lanes/catalog_cache.h"
#include "server/lanes/lane_set.h"
#include "server/lanes/pacer.h"
#include "server/message_fanout.h"
#include "server/rpc/campaign_service.h"
#include "server/rpc/catalog_service.h"
#include "server/rpc/content_block_service.h"
#include "server/rpc/event_service.h"
#include "server/rpc/message_service.h"
#include "server/rpc/profile_service.h"
#include "server/rpc/segment_service.h"
#include "server/rpc/server_runtime.h"
#include "server/rpc/timer_service.h"
#include "server/rpc/workspace_service.h"
#include "server/timers/timer_pump.h"
#include "storage/base/clock.h"
#include "storage/base/log.h"
#include "storage/base/metrics.h"
#include "storage/base/status_macros.h"
#include "storage/caching_store.h"
#include "storage/memory/memory_store.h"
#include "storage/postgres/postgres_store.h"
#include "storage/redis/redis_message_hints.h"
#include "storage/redis/redis_profile_cache.h"
#include "storage/write_behind_cache.h"

namespace cadenza {
namespace {

constexpr int kWorkers = 4;
constexpr size_t kWorkerQueue = 1000;
constexpr absl::Duration kStartRetry = absl::Milliseconds(500);

std::string ProcessName() {
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  return StrCat("cadenza-", host, "-", getpid(), "-", NewUuidV7(absl::Now()).substr(24));
}

lanes::Options LaneOptions(const Config& config) {
  lanes::Options options;
  options.lanes = config.lanes;
  options.batch_inputs_max = config.batch_inputs;
  options.hot.users_max = static_cast<size_t>(config.hot_profiles / config.lanes);
  options.hot.bytes_max = static_cast<size_t>(config.hot_profile_bytes / config.lanes);
  options.session_gap = config.session_gap;
  options.session_gaps = config.session_gaps;
  options.import_timer_wait = config.import_timer_wait;
  return options;
}

class TheApp : public App {
 public:
  explicit TheApp(const Config& config)
      : config_(config),
        lane_options_(LaneOptions(config)),
        catalogs_({.bytes_max = static_cast<size_t>(config.catalog_cache_bytes)}) {}
  ~TheApp() override { Shutdown(); }

  absl::Status Build(const std::function<bool()>& cancelled) {
    CADENZA_RETURN_IF_ERROR(OpenStore());
    CADENZA_RETURN_IF_ERROR(AwaitStore(cancelled));
    RuleLoader::Options following;
    following.catalogs_changed = [this](const std::vector<CatalogRevision>& catalogs) { catalogs_.Follow(catalogs); };
    rule_loader_ = std::make_unique<RuleLoader>(following, store_);
    CADENZA_RETURN_IF_ERROR(rule_loader_->LoadNow());
    rule_loader_->Start();
    BuildEngine();
    BuildServices();
    CADENZA_RETURN_IF_ERROR(Listen());
    return absl::OkStatus();
  }

  std::string Describe() const override {
    std::string line = StrCat("cadenza-server listening on ", Address());
    if (!config_.metrics_listen.empty()) StrAppend(&line, ", metrics on ", config_.metrics_listen);
    StrAppend(&line, ", store ", store_->Describe(), cache_ != nullptr ? " behind redis" : "");
    return line;
  }

  void Shutdown() override {
    if (std::exchange(shut_down_, true)) return;
    if (health_ != nullptr) health_->Stop();
    if (timers_ != nullptr) timers_->Stop();
    if (runtime_ != nullptr) runtime_->Shutdown(&registry_, config_.drain);
    if (pool_ != nullptr) pool_->Stop();
    if (segment_evaluator_ != nullptr) segment_evaluator_->Stop();
    if (launcher_ != nullptr) launcher_->Stop();
    if (lanes_ != nullptr) lanes_->Stop();
    if (pacer_.has_value()) pacer_->GiveBack(absl::InfiniteFuture());
    if (hub_ != nullptr) hub_->Stop();
    if (rule_loader_ != nullptr) rule_loader_->Stop();
  }

 private:
  absl::Status OpenStore() {
    if (config_.store == "memory") {
      durable_store_ = std::make_unique<MemoryStore>();
      store_ = durable_store_.get();
      return absl::OkStatus();
    }
    durable_store_ = postgres::MakePostgresStore({.connection_string = config_.database,
                                                  .pool_size = config_.database_connections,
                                                  .deadline = config_.database_deadline,
                                                  .event_retention_days = config_.event_retention_days,
                                                  .allow_unsafe_durability = config_.unsafe_allow_non_durable_database,
                                                  .process_name = process_name_});
    store_ = durable_store_.get();
    if (config_.redis.empty()) return absl::OkStatus();
    CADENZA_ASSIGN_OR_RETURN(redis_address_, redis::Address::Parse(config_.redis));
    redis::RedisProfileCache::Options options;
    options.client.address = redis_address_;
    cache_ = std::make_unique<redis::RedisProfileCache>(options);
    write_behind_ = std::make_unique<WriteBehindCache>(cache_.get());
    caching_store_ = std::make_unique<CachingStore>(durable_store_.get(), write_behind_.get());
    store_ = caching_store_.get();
    return absl::OkStatus();
  }

  absl::Status AwaitStore(const std::function<bool()>& cancelled) {
    while (true) {
      absl::Status ready = store_->CheckReady();
      if (ready.ok()) ready = store_->Maintain();
      if (ready.ok() || ready.code() == absl::StatusCode::kFailedPrecondition) return ready;
      if (cancelled()) return absl::CancelledError("stopped while waiting for the store");
      log::Warn("waiting for the store", {{"status", ready}});
      absl::SleepFor(kStartRetry);
    }
  }

  void BuildEngine() {
    hub_ = Hub::Create(Hub::Options(), store_, &Clock::System());
    if (cache_ != nullptr) {
      redis::RedisMessageHints::Options options;
      options.address = redis_address_;
      hints_ = std::make_unique<redis::RedisMessageHints>(
          options, [this](const std::vector<UserKey>& users) { hub_->Hint(users); });
    }
    fanout_ = std::make_unique<MessageFanout>(hub_.get(), hints_.get());
    pacer_.emplace(&store_->workspaces());
    lanes_ = std::make_unique<lanes::LaneSet>(
        lane_options_, lanes::Context{.store = store_,
                                      .clock = &Clock::System(),
                                      .metrics = &metrics_,
                                      .messages = fanout_.get(),
                                      .rule_set = [this] { return rule_loader_->Current(); },
                                      .timer_set = [this](absl::Time due) { timers_->Notify(due); },
                                      .catalogs = &catalogs_,
                                      .pacer = &*pacer_});
    timers_ = std::make_unique<TimerPump>(TimerPump::Options(), &store_->timers(), &Clock::System(), &metrics_,
                                          [this](std::vector<WorkItem> items) { lanes_->Push(std::move(items)); });
    admission_ =
        ingest::Admission::Create({.inputs_max = config_.queue_inputs, .bytes_max = config_.queue_bytes}, &metrics_);
    admin_ = std::make_unique<CampaignAdmin>(store_, &Clock::System(), [this] { rule_loader_->Refresh(); });
    applier_ = std::make_unique<CampaignApplier>(
        CampaignApplier::Options{
            .session_gap = [this](std::string_view workspace) { return lane_options_.GapOf(workspace); },
            .changed = [this] { rule_loader_->Refresh(); }},
        store_, &Clock::System());
    segment_admin_ = std::make_unique<SegmentAdmin>(store_, &Clock::System(), [this] { rule_loader_->Refresh(); });
    segment_evaluator_ = std::make_unique<SegmentEvaluator>(
        SegmentEvaluator::Options{.process_name = process_name_}, &store_->segments(), &Clock::System(),
        [this](std::vector<WorkItem> items) { lanes_->Push(std::move(items)); }, [this] { rule_loader_->Refresh(); });
    segment_evaluator_->Start();
    launcher_ = std::make_unique<Launcher>(
        Launcher::Options{.process_name = process_name_},
        Launcher::Context{.store = store_,
                          .clock = &Clock::System(),
                          .metrics = &metrics_,
                          .rule_set = [this] { return rule_loader_->Current(); },
                          .push = [this](std::vector<WorkItem> items) { lanes_->Push(std::move(items)); }});
    launcher_->Start();
    catalog_admin_ = std::make_unique<CatalogAdmin>(store_, &Clock::System(), [this] { rule_loader_->Refresh(); });
    content_block_admin_ =
        std::make_unique<ContentBlockAdmin>(store_, &Clock::System(), [this] { rule_loader_->Refresh(); });
    workspace_admin_ = std::make_unique<WorkspaceAdmin>(store_, &Clock::System(), [this] { rule_loader_->Refresh(); });
    explainer_ = std::make_unique<Explainer>(store_);
    launch_reader_ = std::make_unique<LaunchReader>(store_, &Clock::System());
    timer_admin_ = std::make_unique<TimerAdmin>(store_, &Clock::System());
    campaign_stats_ = std::make_unique<CampaignStatsReader>(store_);
    previewer_ = std::make_unique<Previewer>(
        Previewer::Options{.session_gap = [this](std::string_view workspace) { return lane_options_.GapOf(workspace); },
                           .rule_set = [this] { return rule_loader_->Current(); }},
        store_, &Clock::System());
  }

  void BuildServices() {
    pool_ = std::make_unique<rpc::WorkerPool>(kWorkers, kWorkerQueue);
    const rpc::IntakeContext intake{
        .clock = &Clock::System(), .lanes = lanes_.get(), .admission = admission_, .metrics = &metrics_};
    events_ = std::make_unique<rpc::EventServiceImpl>(
        rpc::EventContext{.intake = intake,
                          .registry = &registry_,
                          .metrics = &metrics_,
                          .inflight_inputs_max = static_cast<size_t>(config_.stream_inputs)});
    messages_ = std::make_unique<rpc::MessageServiceImpl>(rpc::MessageContext{.store = store_,
                                                                              .clock = &Clock::System(),
                                                                              .hub = hub_.get(),
                                                                              .pool = pool_.get(),
                                                                              .registry = &registry_,
                                                                              .metrics = &metrics_,
                                                                              .intake = intake});
    profiles_ = std::make_unique<rpc::ProfileServiceImpl>(rpc::ProfileContext{
        .store = store_,
        .clock = &Clock::System(),
        .pool = pool_.get(),
        .session_gap = [this](std::string_view workspace) { return lane_options_.GapOf(workspace); }});
    campaigns_ = std::make_unique<rpc::CampaignServiceImpl>(rpc::CampaignContext{
        .admin = admin_.get(),
        .applier = applier_.get(),
        .previewer = previewer_.get(),
        .explainer = explainer_.get(),
        .stats = campaign_stats_.get(),
        .launches = launch_reader_.get(),
        .pool = pool_.get(),
        .clock = &Clock::System(),
        .trigger = {
            .intake = intake, .registry = &registry_, .pool = pool_.get(), .admin = admin_.get(), .rule_set = [this] {
              return rule_loader_->Current();
            }}});
    segments_ = std::make_unique<rpc::SegmentServiceImpl>(
        rpc::SegmentContext{.admin = segment_admin_.get(), .pool = pool_.get()});
    timer_service_ =
        std::make_unique<rpc::TimerServiceImpl>(rpc::TimerContext{.admin = timer_admin_.get(), .pool = pool_.get()});
    workspace_service_ = std::make_unique<rpc::WorkspaceServiceImpl>(
        rpc::WorkspaceContext{.admin = workspace_admin_.get(), .pool = pool_.get()});
    catalog_service_ = std::make_unique<rpc::CatalogServiceImpl>(
        rpc::CatalogContext{.admin = catalog_admin_.get(), .pool = pool_.get()});
    content_block_service_ = std::make_unique<rpc::ContentBlockServiceImpl>(
        rpc::ContentBlockContext{.admin = content_block_admin_.get(), .pool = pool_.get()});
  }

  absl::Status Listen() {
    CADENZA_ASSIGN_OR_RETURN(
        runtime_, rpc::ServerRuntime::Start(
                      {.listen = config_.listen,
                       .tls_cert_file = config_.tls_cert,
                       .tls_key_file = config_.tls_key,
                       .durable = config_.store != "memory"},
                      {events_.get(), messages_.get(), profiles_.get(), campaigns_.get(), catalog_service_.get(),
                       content_block_service_.get(), segments_.get(), timer_service_.get(), workspace_service_.get()}));
    if (!config_.metrics_listen.empty()) {
      try {
        exposer_ = std::make_unique<prometheus::Exposer>(config_.metrics_listen);
        exposer_->RegisterCollectable(metrics_.registry());
      } catch (const std::exception& error) {
        return absl::FailedPreconditionError(StrCat("cannot listen on ", config_.metrics_listen,
                                                    " for metrics: choose another with --metrics-listen (",
                                                    error.what(), ")"));
      }
    }
    health_ = std::make_unique<HealthMonitor>(
        store_, &metrics_, [this](bool serving) { runtime_->SetServing(serving); },
        [this] {
          SetGauges();
          pacer_->GiveBack(Clock::System().Now());
        });
    timers_->Start();
    return absl::OkStatus();
  }

  void SetGauges() {
    const auto rule_set = rule_loader_->Current();
    metrics_.rule_set_revision.Set(static_cast<double>(rule_set->revision()));
    metrics_.active_campaigns.Set(static_cast<double>(rule_set->size()));
    metrics_.rules_left_out.Set(static_cast<double>(rule_loader_->left_out()));
  }

  std::string Address() const {
    if (runtime_->port() == 0) return config_.listen;
    return StrCat(config_.listen.substr(0, config_.listen.rfind(':')), ":", runtime_->port());
  }

  // In the order of building; torn down in reverse.
  const Config config_;
  const lanes::Options lane_options_;
  const std::string process_name_ = ProcessName();
  Metrics metrics_;
  std::unique_ptr<Store> durable_store_;
  redis::Address redis_address_;
  std::unique_ptr<redis::RedisProfileCache> cache_;
  std::unique_ptr<WriteBehindCache> write_behind_;
  std::unique_ptr<CachingStore> caching_store_;
  Store* store_ = nullptr;
  lanes::CatalogCache catalogs_;
  std::unique_ptr<RuleLoader> rule_loader_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<redis::RedisMessageHints> hints_;
  std::unique_ptr<MessageFanout> fanout_;
  std::shared_ptr<ingest::Admission> admission_;
  std::optional<lanes::StorePacer> pacer_;
  std::unique_ptr<lanes::LaneSet> lanes_;
  std::unique_ptr<TimerPump> timers_;
  std::unique_ptr<CampaignAdmin> admin_;
  std::unique_ptr<CampaignApplier> applier_;
  std::unique_ptr<CatalogAdmin> catalog_admin_;
  std::unique_ptr<ContentBlockAdmin> content_block_admin_;
  std::unique_ptr<Previewer> previewer_;
  std::unique_ptr<Explainer> explainer_;
  std::unique_ptr<LaunchReader> launch_reader_;
  std::unique_ptr<TimerAdmin> timer_admin_;
  std::unique_ptr<CampaignStatsReader> campaign_stats_;
  std::unique_ptr<WorkspaceAdmin> workspace_admin_;
  std::unique_ptr<SegmentAdmin> segment_admin_;
  std::unique_ptr<SegmentEvaluator> segment_evaluator_;
  std::unique_ptr<Launcher> launcher_;
  rpc::StreamRegistry registry_;
  std::unique_ptr<rpc::WorkerPool> pool_;
  std::unique_ptr<rpc::EventServiceImpl> events_;
  std::unique_ptr<rpc::MessageServiceImpl> messages_;
  std::unique_ptr<rpc::ProfileServiceImpl> profiles_;
  std::unique_ptr<rpc::CampaignServiceImpl> campaigns_;
  std::unique_ptr<rpc::SegmentServiceImpl> segments_;
  std::unique_ptr<rpc::TimerServiceImpl> timer_service_;
  std::unique_ptr<rpc::WorkspaceServiceImpl> workspace_service_;
  std::unique_ptr<rpc::CatalogServiceImpl> catalog_service_;
  std::unique_ptr<rpc::ContentBlockServiceImpl> content_block_service_;
  std::unique_ptr<rpc::ServerRuntime> runtime_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::unique_ptr<HealthMonitor> health_;
  bool shut_down_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Start(const Config& config, const std::function<bool()>& cancelled) {
  auto app = std::make_unique<TheApp>(config);
  CADENZA_RETURN_IF_ERROR(app->Build(cancelled));
  return app;
}

}  // namespace cadenza
