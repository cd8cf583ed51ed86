#include "storage/base/metrics.h"

#include <prometheus/text_serializer.h>

#include <string>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

std::string Scrape(const Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

TEST(MetricsTest, AScrapeHasWhatWasCounted) {
  Metrics metrics;
  metrics.inputs_applied.Increment(3);
  metrics.inputs_rejected.Increment();
  metrics.queue_inputs.Set(7);
  metrics.commit_seconds.Observe(0.003);
  const std::string text = Scrape(metrics);
  for (const char* line :
       {"cadenza_inputs_total{result=\"applied\"} 3", "cadenza_inputs_total{result=\"duplicate\"} 0",
        "cadenza_inputs_total{result=\"rejected\"} 1", "cadenza_queue_inputs 7", "cadenza_commit_seconds_count 1",
        "cadenza_commit_seconds_bucket{le=\"0.005\"} 1", "cadenza_commit_seconds_bucket{le=\"0.002\"} 0"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(MetricsTest, EveryNameIsThereFromTheStart) {
  const Metrics metrics;
  const std::string text = Scrape(metrics);
  for (const char* name :
       {"cadenza_batch_inputs", "cadenza_commits_total", "cadenza_fence_conflicts_total", "cadenza_queue_bytes",
        "cadenza_lag_seconds", "cadenza_profile_loads_total", "cadenza_messages_total", "cadenza_rule_errors_total",
        "cadenza_event_streams", "cadenza_subscribers", "cadenza_rule_set_revision", "cadenza_active_campaigns",
        "cadenza_rules_left_out", "cadenza_serving"}) {
    EXPECT_NE(text.find(std::string("# TYPE ") + name), std::string::npos) << name;
  }
}

TEST(MetricsTest, EachProcessPartHasItsOwn) {
  Metrics one, other;
  one.messages.Increment();
  EXPECT_EQ(other.messages.Value(), 0);
}

}  // namespace
}  // namespace cadenza
