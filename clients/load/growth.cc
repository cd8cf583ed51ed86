// How the cost of an event grows with what surrounds it.
#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "clients/load/scenarios.h"
#include "clients/load/seed.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

// One point: what the stage and the round are like at this value of the parameter.
struct Point {
  double x;
  StageOptions stage;
  RoundOptions round;
};

// A stage for each point; one round after a warm-up.
absl::Status Draw(Bench* bench, Report* report, std::string id, std::string title, std::string parameter,
                  const std::vector<Point>& points) {
  Curve curve{Curve::Kind::kGrowth, std::move(id), std::move(title), std::move(parameter), {}};
  for (const Point& point : points) {
    CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, point.stage));
    CADENZA_ASSIGN_OR_RETURN(Round round, stage->Run(point.round));
    curve.points.push_back({point.x, Measure(StrCat(curve.id, "-", FormatNumber(point.x)), FormatNumber(point.x),
                                             {std::move(round)}, point.round)});
  }
  report->curves.push_back(std::move(curve));
  return absl::OkStatus();
}

RoundOptions Ordinary(const Bench& bench) {
  RoundOptions round;
  round.inputs = Scaled(bench, 150'000);
  round.warm_up = Scaled(bench, 100'000);
  return round;
}

absl::Status ByStreams(Bench* bench, Report* report) {
  std::vector<Point> points;
  for (int streams : {1, 2, 4, 8}) {
    Point point{static_cast<double>(streams), {}, Ordinary(*bench)};
    point.round.streams = streams;
    points.push_back(std::move(point));
  }
  return Draw(bench, report, "growth-streams", "by streams", "streams", points);
}

absl::Status ByBatch(Bench* bench, Report* report) {
  std::vector<Point> points;
  for (int batch : {1, 10, 100, 1000}) {
    Point point{static_cast<double>(batch), {}, Ordinary(*bench)};
    point.round.batch = batch;
    points.push_back(std::move(point));
  }
  return Draw(bench, report, "growth-batch", "by events a request", "events a request", points);
}

absl::Status ByProfileSize(Bench* bench, Report* report) {
  std::vector<Point> points;
  for (int kilobytes : {0, 1, 5, 20}) {
    Point point{std::max(0.4, kilobytes + 0.4), {}, Ordinary(*bench)};
    point.stage.workload.users = 20'000;
    point.stage.workload.profile_bytes = kilobytes * 1'000;
    point.stage.server_flags = {"--hot-profile-bytes", "1000000000"};
    point.round.inputs /= std::max(1, kilobytes / 2);
    point.round.warm_up /= std::max(1, kilobytes / 4);
    points.push_back(std::move(point));
  }
  return Draw(bench, report, "growth-profile", "by the size of a profile", "kB of attributes in a profile", points);
}

absl::Status ByCampaigns(Bench* bench, Report* report) {
  std::vector<Point> points;
  for (int campaigns : {10, 100, 1'000, 10'000, 100'000}) {
    Point point{static_cast<double>(campaigns), {}, Ordinary(*bench)};
    point.stage.workload.campaigns = 10;
    point.stage.workload.idle_campaigns = static_cast<int>(campaigns * std::min(1.0, bench->scale)) - 10;
    point.x = point.stage.workload.idle_campaigns + 10;
    if (point.stage.workload.idle_campaigns >= 0) points.push_back(std::move(point));
  }
  return Draw(bench, report, "growth-campaigns", "by active campaigns", "active campaigns", points);
}

// One stage: the same few users get ever more events.
absl::Status ByEventsPerUser(Bench* bench, Report* report) {
  Curve curve{Curve::Kind::kGrowth, "growth-history", "by events that a user has had", "events a user has had", {}};
  StageOptions options;
  options.workload.users = 1'000;
  options.workload.zipf = 0;
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, options));
  RoundOptions round = Ordinary(*bench);
  round.inputs = Scaled(*bench, 50'000);
  int64_t had = 0;
  for (int64_t events : {10, 100, 500, 1'000, 2'000}) {
    round.warm_up = std::max<int64_t>(Scaled(*bench, events * options.workload.users) - had, 5'000);
    CADENZA_ASSIGN_OR_RETURN(Round measured, stage->Run(round));
    had += round.warm_up;
    const double x = static_cast<double>(had) / static_cast<double>(options.workload.users);
    had += round.inputs;
    curve.points.push_back(
        {x, Measure(StrCat("growth-history-", FormatNumber(x)), FormatNumber(x), {std::move(measured)}, round)});
  }
  report->curves.push_back(std::move(curve));
  return absl::OkStatus();
}

// One stage: the table of events grows under it.
absl::Status ByTableSize(Bench* bench, Report* report) {
  Curve curve{Curve::Kind::kGrowth, "growth-table", "by rows in the table of events", "millions of event rows", {}};
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, StageOptions()));
  const RoundOptions round = Ordinary(*bench);
  int64_t rows = 0;
  for (int64_t millions : {1, 5, 20, 50}) {
    const int64_t wanted = Scaled(*bench, millions * 1'000'000);
    CADENZA_RETURN_IF_ERROR(SeedEvents(stage->database(), stage->NewWorkload(), rows, wanted - rows));
    rows = wanted;
    CADENZA_ASSIGN_OR_RETURN(Round measured, stage->Run(round));
    const double x = static_cast<double>(rows) / 1e6;
    curve.points.push_back(
        {x, Measure(StrCat("growth-table-", millions, "m"), FormatNumber(x), {std::move(measured)}, round)});
  }
  report->curves.push_back(std::move(curve));
  return absl::OkStatus();
}

}  // namespace

std::vector<Scenario> GrowthScenarios() {
  return {{"growth-streams", "cost by streams", ByStreams},
          {"growth-batch", "cost by events a request", ByBatch},
          {"growth-profile", "cost by the size of a profile", ByProfileSize},
          {"growth-campaigns", "cost by active campaigns", ByCampaigns},
          {"growth-history", "cost by events a user has had", ByEventsPerUser},
          {"growth-table", "cost by rows in the table of events", ByTableSize, /*slow=*/true}};
}

}  // namespace cadenza::load
