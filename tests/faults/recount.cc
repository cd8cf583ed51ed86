#include "tests/faults/recount.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cadenza/v1/campaign_stats.pb.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
using Row = std::vector<std::string>;
using Granularity = v1::GetCampaignStatsRequest;

Connection Connect(const std::string& database) {
  Connection connection(PQconnectdb(database.c_str()), &PQfinish);
  return connection;
}

absl::Status Check(const Connection& connection, const Result& result) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return absl::OkStatus();
  return absl::InternalError(PQerrorMessage(connection.get()));
}

absl::StatusOr<std::vector<Row>> Query(const Connection& connection, const char* sql,
                                       const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  const Result result(
      PQexecParams(connection.get(), sql, static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0),
      &PQclear);
  CADENZA_RETURN_IF_ERROR(Check(connection, result));
  std::vector<Row> rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    Row& row = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      row.emplace_back(PQgetvalue(result.get(), i, column));
    }
  }
  return rows;
}

absl::Status RunFile(const Connection& connection, const std::string& path) {
  const char* const top = std::getenv("CADENZA_SOURCE");
  std::ifstream in(StrCat(top == nullptr ? "." : top, "/", path));
  std::stringstream sql;
  sql << in.rdbuf();
  if (!in.good() || sql.str().empty()) return absl::NotFoundError(Sv(StrCat("no file ", path)));
  return Check(connection, Result(PQexec(connection.get(), sql.str().c_str()), &PQclear));
}

std::string StartText(const google::protobuf::Timestamp& start, const Buckets& buckets) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(buckets.time_zone, &zone)) << buckets.time_zone;
  const absl::Time time = absl::FromUnixSeconds(start.seconds());
  const bool by_day = buckets.granularity == Granularity::GRANULARITY_DAY;
  return absl::FormatTime(by_day ? "%Y-%m-%d 00:00:00" : "%Y-%m-%d %H:00:00", time, zone);
}

void AddCount(const std::string& name, const v1::StatsCount& count, Numbers* numbers) {
  (*numbers)[name] += count.total();
  (*numbers)[name + " users"] += count.users();
}

void AddAttributed(const std::string& name, const v1::AttributedCounts& counts, Numbers* numbers) {
  AddCount(name, counts.converted(), numbers);
  for (const v1::Money& money : counts.revenue()) {
    (*numbers)[StrCat(name, " ", money.currency_code())] += money.units() * 1'000'000'000 + money.nanos();
  }
}

void AddCounts(const std::string& prefix, const v1::StatsCounts& counts, Numbers* numbers) {
  AddCount(prefix + " entered", counts.entered(), numbers);
  AddCount(prefix + " controls", counts.controls(), numbers);
  AddCount(prefix + " sent", counts.sent(), numbers);
  AddCount(prefix + " delivered", counts.delivered(), numbers);
  AddCount(prefix + " opened", counts.opened(), numbers);
  AddCount(prefix + " clicked", counts.clicked(), numbers);
  AddCount(prefix + " dismissed", counts.dismissed(), numbers);
  (*numbers)[prefix + " waited"] += counts.waited();
  (*numbers)[prefix + " cancelled"] += counts.cancelled();
  for (const v1::GateStops& stops : counts.stopped()) {
    const std::string name = StrCat(prefix, " stopped by ", stops.gate());
    (*numbers)[name] += stops.total();
    if (stops.has_users()) (*numbers)[name + " users"] += stops.users();
  }
  for (const v1::ConversionCounts& conversion : counts.conversions()) {
    const std::string name = StrCat(prefix, " ", conversion.conversion_id());
    AddAttributed(name + " any_touch", conversion.any_touch(), numbers);
    AddAttributed(name + " last_touch", conversion.last_touch(), numbers);
  }
}

Numbers WithoutZeros(Numbers numbers) {
  std::erase_if(numbers, [](const auto& entry) { return entry.second == 0; });
  return numbers;
}

}  // namespace

absl::Status Recount(const std::string& database, const std::string& workspace) {
  const Connection connection = Connect(database);
  CADENZA_ASSIGN_OR_RETURN(const std::vector<Row> made,
                           Query(connection, "SELECT to_regnamespace('recount') IS NOT NULL", {}));
  if (made[0][0] == "f") {
    CADENZA_RETURN_IF_ERROR(RunFile(connection, "tests/faults/recount/decode.sql"));
    CADENZA_RETURN_IF_ERROR(RunFile(connection, "tests/faults/recount/recount.sql"));
  }
  CADENZA_RETURN_IF_ERROR(Query(connection, "CALL recount.run($1)", {workspace}).status());
  CADENZA_ASSIGN_OR_RETURN(const std::vector<Row> wrong,
                           Query(connection, "SELECT * FROM recount.contradictions($1)", {workspace}));
  if (wrong.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(Sv(StrCat(wrong.size(), " contradictions, the first: ", wrong[0][0])));
}

absl::StatusOr<Numbers> RecountedNumbers(const std::string& database, const Buckets& buckets) {
  const Connection connection = Connect(database);
  const char* const unit = buckets.granularity == Granularity::GRANULARITY_DAY ? "day" : "hour";
  CADENZA_ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      Query(connection, "SELECT campaign_id, variant_id, start, what, value FROM recount.numbers($1, $2)",
            {unit, buckets.time_zone}));
  Numbers numbers;
  for (const Row& row : rows) {
    numbers[StrCat(row[0], "/", row[1], " ", row[2], " ", row[3])] = std::stoll(row[4]);
  }
  return numbers;
}

void AddNumbers(client::Client& client, const std::string& workspace, const std::string& campaign_id,
                const Buckets& buckets, Numbers* numbers) {
  v1::GetCampaignStatsRequest request;
  request.set_workspace(workspace);
  request.set_campaign_id(campaign_id);
  request.set_granularity(buckets.granularity);
  if (buckets.granularity == Granularity::GRANULARITY_DAY) request.set_time_zone(buckets.time_zone);
  const auto response = client.GetCampaignStats(request);
  ASSERT_TRUE(response.ok()) << response.status();
  Numbers of_all, of_variants;
  AddCounts("", response->stats().total(), &of_all);
  for (const v1::VariantStats& variant : response->stats().variants()) {
    AddCounts("", variant.total(), &of_variants);
    Numbers total, of_buckets;
    AddCounts("", variant.total(), &total);
    for (const v1::StatsBucket& bucket : variant.buckets()) {
      AddCounts("", bucket.counts(), &of_buckets);
      const std::string start = StartText(bucket.start_time(), buckets);
      AddCounts(StrCat(campaign_id, "/", variant.variant_id(), " ", start), bucket.counts(), numbers);
    }
    EXPECT_EQ(WithoutZeros(of_buckets), WithoutZeros(total)) << campaign_id << "/" << variant.variant_id();
  }
  EXPECT_EQ(WithoutZeros(of_variants), WithoutZeros(of_all)) << campaign_id;
  *numbers = WithoutZeros(std::move(*numbers));
}

}  // namespace cadenza::testing
