#include "storage/base/log.h"

#include <gtest/gtest.h>

namespace cadenza::log {
namespace {

TEST(LogTest, TextLine) {
  EXPECT_EQ(Format(false, Level::kWarn, "commit failed",
                   {{"inputs", 3}, {"status", absl::UnavailableError("away")}, {"took", absl::Milliseconds(5)}}),
            "WARN commit failed inputs=3 status=\"UNAVAILABLE: away\" took=5.000000");
}

TEST(LogTest, JsonLine) {
  EXPECT_EQ(Format(true, Level::kInfo, "up", {{"port", 7233}, {"store", "memory"}}),
            R"("level":"INFO","message":"up","port":7233,"store":"memory")");
}

TEST(LogTest, AFieldCannotForgeALine) {
  EXPECT_EQ(Format(false, Level::kInfo, "m", {{"k", "a\nERROR \"b\"\\\x01"}}), R"(INFO m k="a\nERROR \"b\"\\\u0001")");
}

}  // namespace
}  // namespace cadenza::log
