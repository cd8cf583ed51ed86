#include "storage/postgres/connection.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::postgres {
namespace {

// False once the deadline has passed; true if `events` may have come (or a signal did).
bool PollUntil(int fd, int16_t events, Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  if (left <= 0) return false;
  pollfd entry{fd, events, 0};
  const int ready = poll(&entry, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
  return ready != 0 || left > 60'000;
}

std::string ErrorField(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? std::string() : std::string(text);
}

bool IsFailure(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

}  // namespace

Deadline DeadlineAfter(absl::Duration duration) {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(duration);
}

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

int Rows::status() const { return PQresultStatus(result_.get()); }

int Rows::size() const { return PQntuples(result_.get()); }

int64_t Rows::Int(int row, int column) const {
  const std::string_view bytes = Bytes(row, column);
  // The first byte carries the sign.
  int64_t value = bytes.empty() ? 0 : static_cast<int8_t>(bytes[0]);
  for (size_t i = 1; i < bytes.size(); ++i) {
    value = static_cast<int64_t>(static_cast<uint64_t>(value) << 8 | static_cast<uint8_t>(bytes[i]));
  }
  return value;
}

bool Rows::Bool(int row, int column) const { return Int(row, column) != 0; }

std::string_view Rows::Bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

std::vector<std::string> Rows::Texts(int row, int column) const { return DecodeTexts(Bytes(row, column)); }

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& connection_string, Deadline deadline) {
  std::unique_ptr<Connection> connection(new Connection(PQconnectStart(connection_string.c_str())));
  CADENZA_RETURN_IF_ERROR(connection->FinishConnecting(deadline));
  return connection;
}

absl::Status Connection::FinishConnecting(Deadline deadline) {
  if (conn_ == nullptr) return absl::UnavailableError("cannot connect to PostgreSQL: out of memory");
  auto failed = [](std::string_view why) {
    return absl::UnavailableError(StrCat("cannot connect to PostgreSQL: ", why));
  };
  if (PQstatus(conn_) == CONNECTION_BAD) return failed(LibpqError());
  PQsetNoticeProcessor(
      conn_, [](void*, const char*) {}, nullptr);
  PostgresPollingStatusType want = PGRES_POLLING_WRITING;
  while (want != PGRES_POLLING_OK) {
    if (want == PGRES_POLLING_FAILED) return failed(LibpqError());
    if (!PollUntil(PQsocket(conn_), want == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
      return failed("no answer in time");
    }
    want = PQconnectPoll(conn_);
  }
  if (PQsetnonblocking(conn_, 1) != 0) return failed(LibpqError());
  return absl::OkStatus();
}

Connection::~Connection() { PQfinish(conn_); }

std::string Connection::LibpqError() const {
  return std::string(absl::StripTrailingAsciiWhitespace(PQerrorMessage(conn_)));
}

absl::Status Connection::Lose(std::string_view why, OnLoss on_loss) {
  lost_ = true;
  return LossStatus(why, on_loss);
}

bool Connection::IsIdle() const {
  if (lost_ || PQstatus(conn_) != CONNECTION_OK || PQtransactionStatus(conn_) != PQTRANS_IDLE) return false;
  pollfd entry{PQsocket(conn_), POLLIN, 0};
  return poll(&entry, 1, 0) == 0;
}

absl::Status Connection::Prepare(const Statement& statement, Deadline deadline) {
  if (prepared_.contains(&statement)) return absl::OkStatus();
  if (PQsendPrepare(conn_, statement.name, statement.sql, 0, nullptr) == 0) {
    return Lose(LibpqError(), OnLoss::kNothingChanged);
  }
  CADENZA_RETURN_IF_ERROR(Await(deadline, OnLoss::kNothingChanged).status());
  prepared_.insert(&statement);
  return absl::OkStatus();
}

void Connection::Count(int64_t statements) {
  if (traffic_ == nullptr) return;
  traffic_->statements += statements;
  ++traffic_->round_trips;
}

absl::Status Connection::Send(const Statement& statement, const Params& params, OnLoss on_loss) {
  const std::vector<std::string>& given = params.values();
  std::vector<const char*> values;
  std::vector<int> lengths;
  values.reserve(given.size());
  lengths.reserve(given.size());
  for (const std::string& value : given) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  const std::vector<int> formats(given.size(), 1);
  if (PQsendQueryPrepared(conn_, statement.name, static_cast<int>(given.size()), values.data(), lengths.data(),
                          formats.data(), /*resultFormat=*/1) == 0) {
    return Lose(LibpqError(), on_loss);
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> Connection::Run(const Statement& statement, const Params& params, Deadline deadline,
                                     OnLoss on_loss) {
  last_error_ = SqlError();
  CADENZA_RETURN_IF_ERROR(Prepare(statement, deadline));
  Count(1);
  CADENZA_RETURN_IF_ERROR(Send(statement, params, on_loss));
  return Await(deadline, on_loss);
}

absl::StatusOr<std::vector<Rows>> Connection::RunAll(const std::vector<Call>& calls, Deadline deadline,
                                                     OnLoss on_loss) {
  last_error_ = SqlError();
  for (const Call& call : calls) CADENZA_RETURN_IF_ERROR(Prepare(*call.statement, deadline));
  Count(static_cast<int64_t>(calls.size()));
  if (PQenterPipelineMode(conn_) == 0) return Lose(LibpqError(), OnLoss::kNothingChanged);
  for (const Call& call : calls) CADENZA_RETURN_IF_ERROR(Send(*call.statement, *call.params, on_loss));
  if (PQpipelineSync(conn_) == 0) return Lose(LibpqError(), on_loss);
  std::vector<Rows> answers;
  absl::Status status;
  while (status.ok() && answers.size() < calls.size()) {
    absl::StatusOr<Rows> rows = Await(deadline, on_loss);
    if (rows.ok()) {
      answers.push_back(*std::move(rows));
    } else {
      status = rows.status();
    }
  }
  if (!lost_) CADENZA_RETURN_IF_ERROR(LeavePipeline(deadline, on_loss));
  if (!status.ok()) return status;
  return answers;
}

absl::Status Connection::LeavePipeline(Deadline deadline, OnLoss on_loss) {
  // What was to run after a failure answers PGRES_PIPELINE_ABORTED, and each answer ends with a null.
  while (true) {
    CADENZA_RETURN_IF_ERROR(AwaitResult(deadline, on_loss));
    const Rows result(PQgetResult(conn_));
    if (result.status() == PGRES_PIPELINE_SYNC) break;
    if (PQstatus(conn_) != CONNECTION_OK) return Lose(LibpqError(), on_loss);
  }
  if (PQexitPipelineMode(conn_) == 0) return Lose(LibpqError(), on_loss);
  return absl::OkStatus();
}

absl::Status Connection::Script(const std::string& sql, Deadline deadline, OnLoss on_loss) {
  last_error_ = SqlError();
  Count(1);
  if (PQsendQuery(conn_, sql.c_str()) == 0) return Lose(LibpqError(), on_loss);
  return Await(deadline, on_loss).status();
}

absl::Status Connection::AwaitResult(Deadline deadline, OnLoss on_loss) {
  while (true) {
    const int unsent = PQflush(conn_);
    if (unsent == 0 && PQisBusy(conn_) == 0) return absl::OkStatus();
    // After a failed send there may still be the server's reason to read.
    const int16_t events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
    if (!PollUntil(PQsocket(conn_), events, deadline)) return Lose("no answer in time", on_loss);
    if (PQconsumeInput(conn_) == 0) return Lose(LibpqError(), on_loss);
    if (unsent < 0 && PQisBusy(conn_) == 0) return absl::OkStatus();
  }
}

absl::Status Connection::StatusOf(const PGresult* result, OnLoss on_loss) {
  if (!IsFailure(result)) return absl::OkStatus();
  last_error_ = {ErrorField(result, PG_DIAG_SQLSTATE), ErrorField(result, PG_DIAG_CONSTRAINT_NAME),
                 ErrorField(result, PG_DIAG_TABLE_NAME)};
  // Without an SQLSTATE it is libpq itself that speaks: the connection is gone.
  if (last_error_.sqlstate.empty()) return Lose(LibpqError(), on_loss);
  return StatusOfSqlState(last_error_.sqlstate, ErrorField(result, PG_DIAG_MESSAGE_PRIMARY), on_loss);
}

absl::StatusOr<Rows> Connection::Await(Deadline deadline, OnLoss on_loss) {
  Rows last(nullptr);
  absl::Status status;
  while (true) {
    CADENZA_RETURN_IF_ERROR(AwaitResult(deadline, on_loss));
    PGresult* result = PQgetResult(conn_);
    if (result == nullptr) break;
    last = Rows(result);
    if (status.ok()) status = StatusOf(result, on_loss);
  }
  // A plan that a migration made stale would fail again: the connection is not used again.
  if (last_error_.sqlstate == "0A000" || last_error_.sqlstate == "26000") lost_ = true;
  if (PQstatus(conn_) != CONNECTION_OK) lost_ = true;
  if (!status.ok()) return status;
  return last;
}

}  // namespace cadenza::postgres
