#include "storage/redis/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/text.h"

namespace cadenza::redis {
namespace {

// What is known of one name. Lives for ever: a lookup may outlast whoever asked for it.
struct Name {
  absl::Mutex mu;
  bool running ABSL_GUARDED_BY(mu) = false;
  std::string address ABSL_GUARDED_BY(mu);  // the last answer
  std::string error ABSL_GUARDED_BY(mu);    // of the last lookup
};

Name& NameOf(const std::string& host) {
  static absl::Mutex& mu = *new absl::Mutex;
  static auto& names = *new std::map<std::string, Name>;
  absl::MutexLock lock(&mu);
  return names[host];
}

bool IsNumeric(const std::string& host) {
  in6_addr ignored;
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

void LookUp(const std::string& host, Name* name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  char text[NI_MAXHOST] = "";
  if (error == 0) {
    error = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), nullptr, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
  }
  absl::MutexLock lock(&name->mu);
  if (error == 0) name->address = text;
  name->error = error == 0 ? "" : gai_strerror(error);
  name->running = false;
}

}  // namespace

absl::StatusOr<std::string> Resolve(const std::string& host, std::chrono::steady_clock::time_point deadline) {
  if (IsNumeric(host)) return host;
  Name& name = NameOf(host);
  absl::MutexLock lock(&name.mu);
  if (!name.running) {
    name.running = true;
    std::thread([host, &name] { LookUp(host, &name); }).detach();
  }
  auto done = [&name]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(name.mu) { return !name.running; };
  bool in_time =
      name.mu.AwaitWithTimeout(absl::Condition(&done), absl::FromChrono(deadline - std::chrono::steady_clock::now()));
  if (in_time && !name.error.empty()) {
    return absl::UnavailableError(StrCat("Redis host ", host, ": ", name.error));
  }
  if (!name.address.empty()) return name.address;
  return absl::DeadlineExceededError(StrCat("Redis host ", host, ": the name service did not answer in time"));
}

}  // namespace cadenza::redis
