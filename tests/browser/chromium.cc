#include "tests/browser/chromium.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

using nlohmann::json;

constexpr char kProgram[] = "/usr/bin/chromium";
// A pass never takes it, on however slow a machine.
constexpr absl::Duration kPatience = absl::Seconds(120);

void CloseBoth(const int (&pipe)[2]) {
  close(pipe[0]);
  close(pipe[1]);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Chromium>> Chromium::Start() {
  if (access(kProgram, X_OK) != 0) return absl::NotFoundError(StrCat(kProgram, " is not there"));
  std::unique_ptr<Chromium> browser(new Chromium());
  CADENZA_RETURN_IF_ERROR(browser->Launch());
  CADENZA_RETURN_IF_ERROR(browser->Attach());
  return browser;
}

// It reads commands from descriptor 3 and writes to 4.
absl::Status Chromium::Launch() {
  std::string folder = (std::filesystem::temp_directory_path() / "cadenza-browser.XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("no temporary folder");
  folder_ = folder;
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  if (pipe2(from, O_CLOEXEC) != 0) {
    CloseBoth(to);
    return absl::InternalError("no pipe");
  }
  const std::string profile = "--user-data-dir=" + folder_;
  pid_ = fork();
  if (pid_ == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("HOME", folder_.c_str(), 1);
    // Out of the way of 3 and 4 first.
    const int in = fcntl(to[0], F_DUPFD, 10), out = fcntl(from[1], F_DUPFD, 10);
    const int silence = open("/dev/null", O_RDWR);
    dup2(silence, 1);
    dup2(silence, 2);
    dup2(in, 3);
    dup2(out, 4);
    close(in);
    close(out);
    // Root has no sandbox; the page is our own.
    execl(kProgram, kProgram, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
          "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
          "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb",
          "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe", profile.c_str(), "about:blank",
          static_cast<char*>(nullptr));
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  to_ = to[1];
  from_ = from[0];
  return pid_ > 0 ? absl::OkStatus() : absl::InternalError("no process");
}

absl::Status Chromium::Attach() {
  CADENZA_ASSIGN_OR_RETURN(const json target, Call("Target.createTarget", {{"url", "about:blank"}}));
  CADENZA_ASSIGN_OR_RETURN(const json attached,
                           Call("Target.attachToTarget", {{"targetId", target["targetId"]}, {"flatten", true}}));
  session_ = attached["sessionId"];
  for (const char* domain : {"Page", "Runtime", "Log", "Network"}) {
    CADENZA_RETURN_IF_ERROR(Call(StrCat(domain, ".enable")).status());
  }
  return absl::OkStatus();
}

Chromium::~Chromium() {
  if (pid_ > 0) {
    // The group is its own: all its processes, and nobody else's.
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (to_ >= 0) close(to_);
  if (from_ >= 0) close(from_);
  std::error_code ignored;  // a process of it may still write
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

absl::Status Chromium::Open(const std::string& path, const View& view) {
  CADENZA_RETURN_IF_ERROR(
      Call("Emulation.setDeviceMetricsOverride",
           {{"width", view.width}, {"height", view.height}, {"deviceScaleFactor", 1}, {"mobile", view.width < 600}})
          .status());
  const json scheme = {{"name", "prefers-color-scheme"}, {"value", view.dark ? "dark" : "light"}};
  CADENZA_RETURN_IF_ERROR(Call("Emulation.setEmulatedMedia", {{"features", json::array({scheme})}}).status());
  url_ = "file://" + path;
  loaded_ = false;
  requests_.clear();
  complaints_.clear();
  CADENZA_ASSIGN_OR_RETURN(const json answer, Call("Page.navigate", {{"url", url_}}));
  if (answer.contains("errorText")) return absl::InternalError(answer["errorText"].get<std::string>());
  while (!loaded_) {
    CADENZA_ASSIGN_OR_RETURN(const json event, Next());
    Note(event);
  }
  return absl::OkStatus();
}

absl::StatusOr<json> Chromium::Run(const std::string& script, const json& arguments) {
  CADENZA_ASSIGN_OR_RETURN(const json answer,
                           Call("Runtime.evaluate", {{"expression", StrCat("(", script, ")(", arguments.dump(), ")")},
                                                     {"returnByValue", true}}));
  if (answer.contains("exceptionDetails")) return absl::InternalError(answer["exceptionDetails"].dump());
  return answer["result"].value("value", json());
}

absl::StatusOr<std::string> Chromium::Screenshot() {
  CADENZA_ASSIGN_OR_RETURN(const json shot,
                           Call("Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", true}}));
  std::string png;
  if (!absl::Base64Unescape(shot["data"].get<std::string>(), &png)) return absl::InternalError("no base64");
  return png;
}

absl::StatusOr<json> Chromium::Call(const std::string& method, json parameters) {
  json command = {{"id", ++last_id_}, {"method", method}, {"params", std::move(parameters)}};
  if (!session_.empty()) command["sessionId"] = session_;
  const std::string text = command.dump() + '\0';
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t count = write(to_, text.data() + sent, text.size() - sent);
    if (count <= 0) return absl::UnavailableError("chromium does not read");
    sent += static_cast<size_t>(count);
  }
  while (true) {
    CADENZA_ASSIGN_OR_RETURN(json answer, Next());
    if (!answer.contains("id")) {
      Note(answer);
    } else if (answer["id"] == last_id_) {
      if (answer.contains("error")) return absl::InternalError(StrCat(method, ": ", answer["error"].dump()));
      return answer["result"];
    }
  }
}

// The next message, which ends with a NUL.
absl::StatusOr<json> Chromium::Next() {
  const absl::Time deadline = absl::Now() + kPatience;
  while (true) {
    if (const size_t end = unread_.find('\0'); end != std::string::npos) {
      json message = json::parse(unread_.substr(0, end), nullptr, /*allow_exceptions=*/false);
      unread_.erase(0, end + 1);
      if (message.is_discarded()) return absl::InternalError("chromium writes no JSON");
      return message;
    }
    pollfd ready{from_, POLLIN, 0};
    const auto left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) == 0) {
      return absl::DeadlineExceededError("chromium does not answer");
    }
    char bytes[65536];
    const ssize_t count = read(from_, bytes, sizeof(bytes));
    if (count <= 0) return absl::UnavailableError("chromium has ended");
    unread_.append(bytes, static_cast<size_t>(count));
  }
}

void Chromium::Note(const json& event) {
  const std::string method = event.value("method", "");
  const json& parameters = event.contains("params") ? event["params"] : json::object();
  if (method == "Page.loadEventFired") loaded_ = true;
  if (method == "Network.requestWillBeSent" && parameters["request"]["url"] != url_) {
    requests_.push_back(parameters["request"]["url"]);
  }
  if (method == "Runtime.exceptionThrown" || method == "Runtime.consoleAPICalled" || method == "Log.entryAdded") {
    complaints_.push_back(parameters.dump());
  }
}

}  // namespace cadenza::testing
