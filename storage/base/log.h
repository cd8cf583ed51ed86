// The log: one line an event, as text ("2026-11-23T00:00:00.000Z INFO commit failed status="UNAVAILABLE: …"") or as
// JSON, on standard error.
//
// At most kLinesPerSecond lines a second with the same message; what is left out is counted in the next line that gets
// through (suppressed=N). Never pass personal data (user ids, attributes, message texts) at level info or above, nor a
// secret at any level.
//
// Thread-safe.
#ifndef CADENZA_STORAGE_BASE_LOG_H_
#define CADENZA_STORAGE_BASE_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace cadenza::log {

inline constexpr int kLinesPerSecond = 5;

enum class Level { kDebug, kInfo, kWarn, kError };

// One key and value of a line.
struct Field {
  template <typename T>
  requires std::is_integral_v<T> Field(std::string_view k, T v) : key(k), value(std::to_string(v)), quoted(false) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const absl::Status& v)
      : key(k), value(v.ToString(absl::StatusToStringMode::kWithNoExtraData)) {}
  // In milliseconds.
  Field(std::string_view k, absl::Duration v)
      : key(k), value(std::to_string(absl::ToDoubleMilliseconds(v))), quoted(false) {}

  std::string_view key;
  std::string value;
  bool quoted = true;
};

// Call once, before other threads log. Without it: level info, text.
void Init(Level level, bool json);

// `message` must be a constant text: what varies goes into the fields.
void Write(Level level, std::string_view message, std::initializer_list<Field> fields);

inline void Debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Level::kDebug, message, fields);
}
inline void Info(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Level::kInfo, message, fields);
}
inline void Warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Level::kWarn, message, fields);
}
inline void Error(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, message, fields);
}

// The line itself, without the time; for tests.
std::string Format(bool json, Level level, std::string_view message, std::initializer_list<Field> fields);

}  // namespace cadenza::log

#endif  // CADENZA_STORAGE_BASE_LOG_H_
