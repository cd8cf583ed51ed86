#include "tests/support/postgres_server.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/migrator.h"

namespace cadenza::testing {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kStartLimit = absl::Seconds(60);
constexpr absl::Duration kStopLimit = absl::Seconds(60);
constexpr absl::Duration kPollEvery = absl::Milliseconds(10);
constexpr char kPrefix[] = "cadenza-pg-";

// The folder of the newest installed version, or "".
std::string FindBinaries() {
  std::string best;
  int best_version = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version > best_version && fs::exists(entry.path() / "bin" / "initdb")) {
      best_version = version;
      best = (entry.path() / "bin").string();
    }
  }
  return best;
}

// PostgreSQL refuses to run as root.
const passwd* ServerUser() { return geteuid() == 0 ? getpwnam("postgres") : nullptr; }

// The process is the caller's child, in a session of its own (so that Ctrl-C reaches the test alone), and gets
// `death_signal` when the caller's thread ends. Its output goes to `log`.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log, int death_signal) {
  const passwd* user = ServerUser();
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;

  setsid();
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  close_range(3, ~0U, 0);
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, death_signal);  // a change of user clears it, so after that
  if (getppid() != parent) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

// Removes what tests that are no more have left behind.
void Sweep() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPrefix, 0) != 0) continue;
    const pid_t owner = std::atoi(name.c_str() + std::strlen(kPrefix));
    if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), error);
  }
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 5432;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::ifstream in(StrCat("/proc/", pid, "/task/", pid, "/children"));
  std::vector<pid_t> children;
  for (pid_t child; in >> child;) children.push_back(child);
  return children;
}

std::string TextOf(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Create(Options options) {
  Sweep();
  std::unique_ptr<PostgresServer> server(new PostgresServer);
  server->options_ = std::move(options);
  server->bin_ = FindBinaries();
  if (server->bin_.empty()) return absl::NotFoundError("there is no PostgreSQL under /usr/lib/postgresql");
  if (geteuid() == 0 && ServerUser() == nullptr) return absl::NotFoundError("there is no user postgres");
  CADENZA_RETURN_IF_ERROR(server->Initialize());
  CADENZA_RETURN_IF_ERROR(server->Start());
  return server;
}

PostgresServer& PostgresServer::Shared() {
  static std::unique_ptr<PostgresServer> server = [] {
    auto created = Create();
    if (!created.ok()) {
      std::cerr << "cannot start a private PostgreSQL: " << created.status() << std::endl;
      std::exit(1);
    }
    return *std::move(created);
  }();
  return *server;
}

absl::Status PostgresServer::Initialize() {
  std::string path = (fs::temp_directory_path() / StrCat(kPrefix, getpid(), "-XXXXXX")).string();
  if (mkdtemp(path.data()) == nullptr) return absl::InternalError(StrCat("mkdtemp: ", std::strerror(errno)));
  folder_ = path;
  if (const passwd* user = ServerUser(); user != nullptr && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return absl::InternalError(StrCat("chown: ", std::strerror(errno)));
  }
  if (options_.tcp) port_ = FreePort();
  const std::string log = folder_ + "/initdb.log";
  const pid_t pid = Spawn({bin_ + "/initdb", "--pgdata", folder_ + "/data", "--username", "postgres", "--auth", "trust",
                           "--encoding", "UTF8", "--no-locale", "--no-sync"},
                          log, SIGKILL);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
    return absl::InternalError(StrCat("initdb failed: ", TextOf(log)));
  }
  return absl::OkStatus();
}

absl::Status PostgresServer::Start() {
  std::vector<std::string> arguments = {bin_ + "/postgres", "-D", folder_ + "/data", "-k", folder_};
  auto set = [&](const std::string& setting) {
    arguments.push_back("-c");
    arguments.push_back(setting);
  };
  set(options_.tcp ? "listen_addresses=127.0.0.1" : "listen_addresses=");
  set(StrCat("port=", port_));
  set("shared_buffers=64MB");
  set("max_connections=100");
  set("checkpoint_timeout=1h");
  set("max_wal_size=2GB");
  for (const std::string& setting : options_.settings) set(setting);
  pid_ = Spawn(arguments, folder_ + "/log", SIGQUIT);  // SIGQUIT: the postmaster takes its children with it
  if (pid_ < 0) return absl::InternalError(StrCat("fork: ", std::strerror(errno)));
  return WaitUntilReady();
}

absl::Status PostgresServer::WaitUntilReady() {
  const std::string target = ConnectionString();
  for (const absl::Time limit = absl::Now() + kStartLimit; absl::Now() < limit; absl::SleepFor(kPollEvery)) {
    if (PQping(target.c_str()) == PQPING_OK) return absl::OkStatus();
    if (HasEnded()) return absl::InternalError(StrCat("PostgreSQL ended: ", TextOf(folder_ + "/log")));
  }
  return absl::DeadlineExceededError(StrCat("PostgreSQL does not answer: ", TextOf(folder_ + "/log")));
}

bool PostgresServer::HasEnded() {
  if (pid_ < 0) return true;
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  pid_ = -1;
  return true;
}

absl::Status PostgresServer::Stop(StopMode mode) {
  if (pid_ < 0) return absl::OkStatus();
  kill(pid_, mode == StopMode::kFast ? SIGINT : SIGQUIT);
  for (const absl::Time limit = absl::Now() + kStopLimit; absl::Now() < limit; absl::SleepFor(kPollEvery)) {
    if (HasEnded()) return absl::OkStatus();
  }
  return absl::DeadlineExceededError("PostgreSQL does not stop");
}

void PostgresServer::Pause() {
  kill(pid_, SIGSTOP);  // first: it then makes no more children
  for (pid_t child : ChildrenOf(pid_)) kill(child, SIGSTOP);
}

void PostgresServer::Resume() {
  for (pid_t child : ChildrenOf(pid_)) kill(child, SIGCONT);
  kill(pid_, SIGCONT);
}

PostgresServer::~PostgresServer() {
  if (pid_ > 0) {
    Resume();
    (void)Stop(StopMode::kImmediate);
  }
  std::error_code error;
  if (!folder_.empty()) fs::remove_all(folder_, error);
}

std::string PostgresServer::ConnectionString(const std::string& database) const {
  return StrCat("host=", folder_, " port=", port_, " user=postgres dbname=", database);
}

std::string PostgresServer::TcpConnectionString(const std::string& database) const {
  return StrCat("host=127.0.0.1 port=", port_, " user=postgres dbname=", database);
}

absl::StatusOr<std::string> PostgresServer::CreateDatabase() {
  const std::string name = StrCat("test_", ++databases_);
  CADENZA_RETURN_IF_ERROR(RunSql(ConnectionString(), StrCat("CREATE DATABASE ", name)).status());
  return name;
}

absl::StatusOr<std::string> PostgresServer::CreateMigratedDatabase() {
  CADENZA_ASSIGN_OR_RETURN(const std::string name, CreateDatabase());
  CADENZA_ASSIGN_OR_RETURN(auto migrations, postgres::EmbeddedMigrations());
  const std::string target = ConnectionString(name);
  CADENZA_RETURN_IF_ERROR(postgres::Migrator(target, std::move(migrations)).Up().status());
  return target;
}

absl::StatusOr<std::string> RunSql(const std::string& connection_string, const std::string& sql) {
  PGconn* connection = PQconnectdb(connection_string.c_str());
  absl::Cleanup finish = [connection] { PQfinish(connection); };
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PGresult* result = PQexec(connection, sql.c_str());
  absl::Cleanup clear = [result] { PQclear(result); };
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return absl::InternalError(PQerrorMessage(connection));
  if (PQntuples(result) == 0 || PQnfields(result) == 0) return std::string();
  return std::string(PQgetvalue(result, 0, 0));
}

}  // namespace cadenza::testing
