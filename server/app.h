// The composition root: builds every room in order from a Config, and tears them down in reverse. The only place that
// names an engine.
#ifndef CADENZA_SERVER_APP_H_
#define CADENZA_SERVER_APP_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/config.h"

namespace cadenza {

// Used by the main thread only.
class App {
 public:
  // Returns once the server serves. While PostgreSQL cannot be reached it waits, asking `cancelled` now and then
  // (CANCELLED if that says true). FAILED_PRECONDITION says what is wrong and what to do: a schema that is not ours, a
  // database that is not durable, a port that is taken.
  static absl::StatusOr<std::unique_ptr<App>> Start(const Config& config, const std::function<bool()>& cancelled);

  virtual ~App() = default;

  // One line: where it listens, which store, which schema.
  virtual std::string Describe() const = 0;

  // No new streams; what was admitted is committed and acked; then everything stops. Within Config::drain plus 5 s.
  virtual void Shutdown() = 0;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_APP_H_
