// Numbers and times as text, both ways, in the forms of string(), double(), timestamp() and duration().
#ifndef CADENZA_SERVER_RULES_CEL_FORMAT_H_
#define CADENZA_SERVER_RULES_CEL_FORMAT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace cadenza::cel {

// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z, and about ten thousand years either way: the ranges of
// google.protobuf.Timestamp and Duration.
bool InRange(absl::Time time);
bool InRange(absl::Duration duration);

// Reads back as the same number: the shortest such text, but without an exponent from 1e-6 to 1e21. "NaN", "+Inf",
// "-Inf".
std::string DoubleText(double value);
// RFC 3339 in UTC, with as many digits of the second as needed.
std::string TimestampText(absl::Time time);
// Seconds: "90s", "1.5s".
std::string DurationText(absl::Duration duration);

// All of these: nothing if `text` is malformed or out of range. No surrounding space.
std::optional<double> ParseDouble(std::string_view text);
// RFC 3339: "2009-02-13T23:31:30.5Z", "2009-02-13T23:31:30+01:00"; at most nine digits after the point.
std::optional<absl::Time> ParseTimestamp(std::string_view text);
// "1h30m", "-1.5s", "250ms"; units h, m, s, ms, us, ns.
std::optional<absl::Duration> ParseDuration(std::string_view text);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_FORMAT_H_
