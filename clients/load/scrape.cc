#include "clients/load/scrape.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

constexpr timeval kLimit = {10, 0};

// Closes at the end.
struct Socket {
  explicit Socket(int number) : fd(number) {}
  ~Socket() { close(fd); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  const int fd;
};

absl::StatusOr<std::string> HttpGet(const std::string& target, const std::string& path) {
  const size_t colon = target.rfind(':');
  int port = 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos || !absl::SimpleAtoi(target.substr(colon + 1), &port) ||
      inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    return absl::InvalidArgumentError(StrCat("this is no address: ", target));
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(socket.fd, SOL_SOCKET, SO_RCVTIMEO, &kLimit, sizeof(kLimit));
  setsockopt(socket.fd, SOL_SOCKET, SO_SNDTIMEO, &kLimit, sizeof(kLimit));
  const std::string request = StrCat("GET ", path, " HTTP/1.0\r\nHost: ", target, "\r\n\r\n");
  if (connect(socket.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      send(socket.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return absl::UnavailableError(StrCat("nobody answers at ", target));
  }
  std::string text;
  char buffer[16384];
  ssize_t n = 0;
  while ((n = read(socket.fd, buffer, sizeof(buffer))) > 0) text.append(buffer, static_cast<size_t>(n));
  const size_t head_end = text.find("\r\n\r\n");
  const size_t status_at = text.find(" 200 ");
  if (n < 0 || head_end == std::string::npos || status_at > text.find("\r\n"))
    return absl::UnavailableError(StrCat("no answer from ", target));
  return text.substr(head_end + 4);
}

// Where a sample's value begins: after its name and, if any, its labels, whose values may hold spaces and braces.
size_t EndOfSeries(std::string_view line) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ' ' && !quoted) {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

absl::StatusOr<Metrics> ParseMetrics(std::string_view text) {
  Metrics metrics;
  while (!text.empty()) {
    const size_t line_end = text.find('\n');
    std::string_view line = text.substr(0, line_end);
    text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const size_t series_end = EndOfSeries(line);
    double value = 0;
    // A timestamp may follow the value.
    std::string_view rest = series_end == std::string_view::npos ? "" : line.substr(series_end + 1);
    if (!absl::SimpleAtod(Sv(rest.substr(0, rest.find(' '))), &value))
      return absl::InvalidArgumentError(StrCat("this is no metric: ", line));
    metrics[std::string(line.substr(0, series_end))] = value;
  }
  return metrics;
}

absl::StatusOr<Metrics> ScrapeMetrics(const std::string& target) {
  CADENZA_ASSIGN_OR_RETURN(const std::string text, HttpGet(target, "/metrics"));
  return ParseMetrics(text);
}

double SumOf(const Metrics& metrics, std::string_view name) {
  double sum = 0;
  for (auto it = metrics.lower_bound(name); it != metrics.end() && it->first.starts_with(name); ++it) {
    if (it->first.size() == name.size() || it->first[name.size()] == '{') sum += it->second;
  }
  return sum;
}

}  // namespace cadenza::load
