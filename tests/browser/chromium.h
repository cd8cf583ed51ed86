// A headless Chromium, driven over a pipe by the DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol).
#ifndef CADENZA_TESTS_BROWSER_CHROMIUM_H_
#define CADENZA_TESTS_BROWSER_CHROMIUM_H_

#include <sys/types.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::testing {

// How a page is looked at.
struct View {
  int width = 1280;
  int height = 900;
  bool dark = false;
};

// One page at a time; one thread. It has a profile of its own in a temporary folder, and resolves no host name.
class Chromium {
 public:
  // NOT_FOUND if it is not installed.
  static absl::StatusOr<std::unique_ptr<Chromium>> Start();
  ~Chromium();  // ends it, and waits until it has

  // Opens a file by its absolute path; returns when it is loaded.
  absl::Status Open(const std::string& path, const View& view);
  // What the function `script` returns, given `arguments`, as JSON.
  absl::StatusOr<nlohmann::json> Run(const std::string& script, const nlohmann::json& arguments = nullptr);
  // The whole page, from its top to its end, as PNG.
  absl::StatusOr<std::string> Screenshot();

  // Of the page that is open: what it asked for beyond its own file, and what went wrong in it.
  const std::vector<std::string>& requests() const { return requests_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  Chromium() = default;
  absl::Status Launch();
  absl::Status Attach();
  absl::StatusOr<nlohmann::json> Call(const std::string& method, nlohmann::json parameters = nlohmann::json::object());
  absl::StatusOr<nlohmann::json> Next();
  void Note(const nlohmann::json& event);

  std::string folder_;  // of the profile
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
  std::string session_;
  std::string url_;
  int last_id_ = 0;
  bool loaded_ = false;
  std::vector<std::string> requests_;
  std::vector<std::string> complaints_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_BROWSER_CHROMIUM_H_
