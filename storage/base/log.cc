#include "storage/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "storage/base/text.h"

namespace cadenza::log {
namespace {

struct Seen {
  int64_t second = 0;
  int lines = 0;
  int64_t suppressed = 0;
};

struct State {
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
  absl::Mutex mu;
  StringMap<Seen> seen ABSL_GUARDED_BY(mu);

  State() : logger(std::make_shared<spdlog::logger>("cadenza", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    SetPattern();
    logger->set_level(spdlog::level::info);
    logger->flush_on(spdlog::level::trace);
  }
  void SetPattern() {
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
  }
};

State& TheState() {
  static State& state = *new State();
  return state;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view Name(Level level) {
  constexpr std::string_view kNames[] = {"DEBUG", "INFO", "WARN", "ERROR"};
  return kNames[static_cast<int>(level)];
}

// Control characters, quotes and backslashes escaped as in JSON, so that no field can forge a line.
std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
  return out;
}

void AppendField(bool json, std::string_view key, std::string_view value, bool quoted, std::string* line) {
  std::string shown = quoted ? Quote(value) : std::string(value);
  if (json) {
    StrAppend(line, ",", Quote(key), ":", shown);
  } else {
    StrAppend(line, " ", key, "=", shown);
  }
}

}  // namespace

void Init(Level level, bool json) {
  State& state = TheState();
  state.json = json;
  state.SetPattern();
  state.logger->set_level(ToSpdlog(level));
}

std::string Format(bool json, Level level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = json ? StrCat("\"level\":", Quote(Name(level)), ",\"message\":", Quote(message))
                          : StrCat(Name(level), " ", message);
  for (const Field& field : fields) AppendField(json, field.key, field.value, field.quoted, &line);
  return line;
}

void Write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  State& state = TheState();
  if (!state.logger->should_log(ToSpdlog(level))) return;
  int64_t suppressed = 0;
  {
    absl::MutexLock lock(&state.mu);
    Seen& seen = state.seen.try_emplace(std::string(message)).first->second;
    int64_t second = absl::ToUnixSeconds(absl::Now());
    if (seen.second != second) {
      seen.second = second;
      seen.lines = 0;
    }
    if (seen.lines >= kLinesPerSecond) {
      ++seen.suppressed;
      return;
    }
    ++seen.lines;
    suppressed = std::exchange(seen.suppressed, 0);
  }
  std::string line = Format(state.json, level, message, fields);
  if (suppressed > 0) AppendField(state.json, "suppressed", StrCat(suppressed), false, &line);
  state.logger->log(ToSpdlog(level), "{}", line);
}

}  // namespace cadenza::log
