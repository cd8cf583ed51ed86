#include "tests/faults/tcp_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace cadenza::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = send(fd, bytes, size, MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

std::unique_ptr<TcpGate> TcpGate::Open(int target_port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  int wake[2];
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0 || pipe2(wake, O_CLOEXEC) != 0) {
    close(listener);
    return nullptr;
  }
  return std::unique_ptr<TcpGate>(new TcpGate(listener, ntohs(address.sin_port), target_port, wake[0], wake[1]));
}

TcpGate::TcpGate(int listener, int port, int target_port, int wake_read, int wake_write)
    : listener_(listener),
      port_(port),
      target_port_(target_port),
      wake_read_(wake_read),
      wake_write_(wake_write),
      thread_([this] { Run(); }) {}

TcpGate::~TcpGate() {
  {
    absl::MutexLock lock(&mu_);
    stop_ = true;
  }
  Wake();
  thread_.join();
  Cut();
  for (int fd : {listener_, wake_read_, wake_write_}) close(fd);
}

void TcpGate::Wake() {
  const char byte = 0;
  (void)!write(wake_write_, &byte, 1);
}

void TcpGate::SwallowReplies(std::string pattern, int nth) {
  absl::MutexLock lock(&mu_);
  pattern_ = std::move(pattern);
  nth_ = nth;
  matches_ = 0;
}

int64_t TcpGate::swallowed() const {
  absl::MutexLock lock(&mu_);
  return swallowed_;
}

void TcpGate::Cut() {
  absl::MutexLock lock(&mu_);
  for (Link& link : links_) {
    close(link.client);
    close(link.server);
  }
  links_.clear();
}

void TcpGate::Freeze(bool frozen) {
  {
    absl::MutexLock lock(&mu_);
    frozen_ = frozen;
  }
  Wake();
}

void TcpGate::Run() {
  while (true) {
    std::vector<pollfd> fds = {{.fd = wake_read_, .events = POLLIN, .revents = 0}};
    {
      absl::MutexLock lock(&mu_);
      if (stop_) return;
      if (!frozen_) {
        fds.push_back({.fd = listener_, .events = POLLIN, .revents = 0});
        for (const Link& link : links_) {
          fds.push_back({.fd = link.client, .events = POLLIN, .revents = 0});
          fds.push_back({.fd = link.server, .events = POLLIN, .revents = 0});
        }
      }
    }
    // Cut may close what is polled: so never for long.
    poll(fds.data(), fds.size(), 50);
    char drained[16];
    if (fds[0].revents != 0) (void)!read(wake_read_, drained, sizeof(drained));
    auto ready = [&fds](int fd) {
      return std::any_of(fds.begin() + 1, fds.end(), [fd](const pollfd& p) { return p.fd == fd && p.revents != 0; });
    };
    absl::MutexLock lock(&mu_);
    if (frozen_) continue;
    std::erase_if(links_, [&](Link& link) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      const bool alive = (!ready(link.client) || Carry(link, true)) && (!ready(link.server) || Carry(link, false));
      if (!alive) {
        close(link.client);
        close(link.server);
      }
      return !alive;
    });
    if (ready(listener_)) Accept();
  }
}

void TcpGate::Accept() {
  Link link;
  link.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  link.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(target_port_);
  if (link.client < 0 || connect(link.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(link.client);
    close(link.server);
    return;
  }
  links_.push_back(std::move(link));
}

bool TcpGate::Carry(Link& link, bool from_client) {
  char buffer[64 << 10];
  const ssize_t size = recv(from_client ? link.client : link.server, buffer, sizeof(buffer), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
  if (size <= 0) return false;
  if (from_client) {
    link.swallowing |= Watch(link, buffer, static_cast<size_t>(size));
    return WriteAll(link.server, buffer, static_cast<size_t>(size));
  }
  if (!link.swallowing) return WriteAll(link.client, buffer, static_cast<size_t>(size));
  ++swallowed_;
  return false;
}

// Whether these bytes complete a request whose reply is to be swallowed.
bool TcpGate::Watch(Link& link, const char* bytes, size_t size) {
  if (nth_ == 0) return false;
  link.tail.append(bytes, size);
  const bool found = link.tail.find(pattern_) != std::string::npos;
  link.tail = found ? "" : link.tail.substr(link.tail.size() - std::min(link.tail.size(), pattern_.size() - 1));
  return found && ++matches_ % nth_ == 0;
}

}  // namespace cadenza::testing
