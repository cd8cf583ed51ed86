#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "server/app.h"
#include "server/config.h"
#include "storage/base/log.h"

namespace {

cadenza::log::Level LevelOf(const std::string& name) {
  using cadenza::log::Level;
  if (name == "debug") return Level::kDebug;
  if (name == "warn") return Level::kWarn;
  if (name == "error") return Level::kError;
  return Level::kInfo;
}

// Blocked in every thread, so that only sigwait gets them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Serve(const cadenza::Config& config) {
  const sigset_t signals = BlockSignals();
  auto cancelled = [&signals] {
    const timespec now{};
    return sigtimedwait(&signals, nullptr, &now) > 0;
  };
  absl::StatusOr<std::unique_ptr<cadenza::App>> app = cadenza::App::Start(config, cancelled);
  if (!app.ok()) {
    if (app.status().code() == absl::StatusCode::kCancelled) return 0;
    std::fprintf(stderr, "cadenza-server: %s\n", std::string(app.status().message()).c_str());
    return 1;
  }
  std::printf("%s\n", (*app)->Describe().c_str());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  cadenza::log::Info("draining", {{"signal", signal_number}});
  (*app)->Shutdown();
  cadenza::log::Info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks at every lock, gRPC's too, under one lock of its own.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  try {
    cadenza::ParsedConfig parsed = cadenza::ParseConfig(argc, argv);
    if (!parsed.config.has_value()) return parsed.exit_code;
    cadenza::log::Init(LevelOf(parsed.config->log_level), parsed.config->log_json);
    return Serve(*parsed.config);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cadenza-server: %s\n", error.what());
    return 1;
  }
}
