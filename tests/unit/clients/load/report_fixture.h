// A report with something of everything, for the tests of what shows it.
#ifndef CADENZA_TESTS_UNIT_CLIENTS_LOAD_REPORT_FIXTURE_H_
#define CADENZA_TESTS_UNIT_CLIENTS_LOAD_REPORT_FIXTURE_H_

#include <string>

#include "clients/load/report.h"

namespace cadenza::load {

inline Spread Around(double median) { return {.median = median, .min = median * 0.9, .max = median * 1.2}; }

inline Measurement SampleMeasurement(const std::string& id) {
  Measurement m;
  m.id = id;
  m.title = "ingest | " + id;
  m.parameters = {{"streams", "4"}};
  m.rounds = 3;
  m.events_per_s = Around(60'000);
  m.latency = {.of = "ack", .p50_ms = Around(2), .p99_ms = Around(8.25), .p999_ms = Around(20)};
  m.cpu_us = {.server = Around(6), .postgres = Around(13), .redis = Around(2), .generator = Around(1.5)};
  m.ceilings = {{.name = "pg-ceiling", .events_per_s = 90'000, .ratio = 0.667}};
  m.figures = {{.name = "WAL", .value = Around(600), .unit = "B/event"}};
  m.notes = {"the machine was quiet"};
  return m;
}

inline Report SampleReport() {
  Report report;
  report.machine.cpu = "Test CPU";
  report.machine.cores = 2;
  report.machine.memory_bytes = int64_t{8} << 30;
  report.machine.postgres_settings = {{"fsync", "on"}, {"synchronous_commit", "on"}};
  report.started = absl::FromUnixSeconds(1'767'225'600);
  report.revision = "abc1234";
  report.rounds = 3;
  report.measurements = {SampleMeasurement("one")};
  Measurement bare;
  bare.id = "start";
  bare.title = "start to serving";
  bare.figures = {{.name = "start", .value = {.median = 0.5, .min = 0.5, .max = 0.5}, .unit = "s"}};
  report.measurements.push_back(bare);
  for (const Curve::Kind kind : {Curve::Kind::kLoad, Curve::Kind::kGrowth}) {
    Curve curve;
    curve.kind = kind;
    curve.id = kind == Curve::Kind::kLoad ? "load-100" : "growth-batch";
    curve.title = "Curve_of " + curve.id;
    curve.parameter = kind == Curve::Kind::kLoad ? "offered events/s" : "events a request";
    for (const double x : {1.0, 10.0, 100.0})
      curve.points.push_back({.x = x, .measurement = SampleMeasurement("point")});
    report.curves.push_back(curve);
  }
  report.goals = {{.scenario = "ingest",
                   .measure = "ratio",
                   .bound = Goal::Bound::kAtLeast,
                   .limit = 0.6,
                   .measured = 0.667,
                   .unit = ""},
                  {.scenario = "message",
                   .measure = "p99",
                   .bound = Goal::Bound::kAtMost,
                   .limit = 15,
                   .measured = 15.1,
                   .unit = "ms"}};
  return report;
}

}  // namespace cadenza::load

#endif  // CADENZA_TESTS_UNIT_CLIENTS_LOAD_REPORT_FIXTURE_H_
