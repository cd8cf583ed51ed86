// The rules of CONTRIBUTING.md that a program can check, checked over the source tree.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLinesMax = 450;

struct Source {
  std::string path;  // from the top of the repository
  std::vector<std::string> lines;

  std::string folder() const { return fs::path(path).parent_path().string(); }
  bool is_header() const { return path.ends_with(".h"); }
  bool is_test() const { return path.starts_with("tests/"); }
};

const fs::path& Top() {
  static const fs::path& top = *new fs::path([] {
    const char* given = std::getenv("CADENZA_SOURCE");
    return given != nullptr ? fs::path(given) : fs::current_path();
  }());
  return top;
}

// Every file of ours in C++.
const std::vector<Source>& Sources() {
  static const std::vector<Source>& sources = *new std::vector<Source>([] {
    std::vector<Source> found;
    for (const char* folder : {"storage", "server", "clients", "tests"}) {
      for (const auto& entry : fs::recursive_directory_iterator(Top() / folder)) {
        const std::string extension = entry.path().extension().string();
        if (extension != ".h" && extension != ".cc") continue;
        Source source{fs::relative(entry.path(), Top()).string(), {}};
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) source.lines.push_back(line);
        found.push_back(std::move(source));
      }
    }
    std::sort(found.begin(), found.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
    return found;
  }());
  return sources;
}

std::string At(const Source& source, size_t line) { return source.path + ":" + std::to_string(line + 1); }

// The path of an #include, or nothing.
std::string Included(const std::string& line) {
  static const std::regex& include = *new std::regex(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::smatch match;
  return std::regex_search(line, match, include) ? match[1].str() : "";
}

// Who may include whom. A folder stands for what lies directly in it, and may always include itself.
const std::map<std::string, std::vector<std::string>>& Arrows() {
  static const auto& arrows = *new std::map<std::string, std::vector<std::string>>([] {
    const std::vector<std::string> ground = {"storage/base", "storage/model"};
    const std::vector<std::string> store = {"storage", "storage/base", "storage/model"};
    auto with = [](std::vector<std::string> list, std::initializer_list<const char*> more) {
      list.insert(list.end(), more.begin(), more.end());
      return list;
    };
    const char* const sinks = "server/lanes/sinks.h";
    std::map<std::string, std::vector<std::string>> table = {
        {"storage/base", {}},
        {"storage/model", {"storage/base"}},
        {"storage/codec", with(ground, {"protos"})},
        {"storage", ground},
        {"storage/memory", store},
        {"storage/postgres", store},
        {"storage/redis", store},
        {"server/apply", ground},
        {"server/rules/cel", ground},
        {"server/rules/liquid", ground},
        {"server/rules/gates", ground},
        {"server/rules/schedule", with(ground, {"server/rules/cel/zones.h"})},
        {"server/rules", with(ground, {"server/apply", "server/rules/cel", "server/rules/liquid", "server/rules/gates",
                                       "server/rules/schedule"})},
        {"server/ingest", with(ground, {sinks})},
        {"server/lanes",
         with(store, {"storage/codec", "server/apply", "server/rules", "server/rules/gates", "server/ingest"})},
        {"server/timers", with(store, {"storage/codec", "server/ingest", sinks})},
        {"server/delivery", with(store, {sinks})},
        {"server/control", with(store, {"storage/codec", "server/rules", "server/rules/schedule", "server/apply", sinks,
                                        "server/ingest/work_item.h"})},
        {"server/backtest", with(store, {"storage/codec", "server/rules", "server/rules/schedule", "server/apply",
                                         "server/control/launch_input.h"})},
        {"server/rpc", with(store, {"storage/codec", "protos", "grpc", "server/apply", "server/rules", "server/ingest",
                                    "server/lanes", "server/delivery", "server/control"})},
        {"clients/cpp", {"storage/base", "protos", "grpc"}},
        {"clients/gnuplot", {"storage/base"}},
        {"clients/cli/backtest", with(ground, {"clients/gnuplot", "server/backtest"})},
        {"clients/cli/cel", with(ground, {"server/rules/cel"})},
        {"clients/cli/liquid", with(ground, {"server/rules/liquid"})},
        {"clients/cli/report/plots", {"storage/base"}},
        {"clients/cli/report", {"clients/cli/report/plots", "clients/cpp", "storage/base", "protos"}},
    };
    return table;
  }());
  return arrows;
}

// What an included path belongs to: one of our folders, "protos", or a driver; nothing for the standard library and the
// like.
std::string OwnerOf(const std::string& included) {
  for (const char* top : {"storage/", "server/", "clients/", "tests/"}) {
    if (included.starts_with(top)) return fs::path(included).parent_path().string();
  }
  if (included.ends_with(".pb.h") || included.starts_with("google/")) return "protos";
  if (included.starts_with("grpc")) return "grpc";
  if (included.starts_with("libpq") || included.starts_with("pqxx")) return "postgres";
  if (included.starts_with("hiredis")) return "redis";
  return "";
}

TEST(TidyTest, FindsTheSources) { ASSERT_GT(Sources().size(), 100u) << "looked in " << Top(); }

TEST(TidyTest, EveryIncludeFollowsAnArrow) {
  for (const Source& source : Sources()) {
    auto row = Arrows().find(source.folder());
    if (row == Arrows().end()) continue;
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string included = Included(source.lines[i]);
      const std::string owner = OwnerOf(included);
      if (owner.empty() || owner == source.folder()) continue;
      const auto& allowed = row->second;
      const bool fine =
          std::count(allowed.begin(), allowed.end(), owner) + std::count(allowed.begin(), allowed.end(), included) >
              0 ||
          source.folder() == "storage/" + owner;
      EXPECT_TRUE(fine) << At(source, i) << ": " << source.folder() << " may not include " << included;
    }
  }
}

TEST(TidyTest, EveryFolderOfTheHouseHasItsArrows) {
  // The composition, which wires everything, and the programs.
  const std::set<std::string> free = {"server", "clients/cli", "clients/cli/formats", "clients/load",
                                      "clients/examples/pizza"};
  std::set<std::string> folders;
  for (const Source& source : Sources()) {
    if (!source.is_test()) folders.insert(source.folder());
  }
  for (const std::string& folder : folders) {
    EXPECT_TRUE(Arrows().contains(folder) || free.contains(folder)) << folder << " is not in the table of tests/tidy";
  }
}

TEST(TidyTest, OnlyTheRightFoldersKnowADriver) {
  const std::map<std::string, std::vector<std::string>> knowers = {
      {"grpc", {"server/rpc", "clients/", "tests/"}},
      {"protos", {"storage/codec", "server/rpc", "clients/", "tests/"}},
      {"postgres", {"storage/postgres", "tests/"}},
      {"redis", {"storage/redis", "tests/"}},
  };
  for (const Source& source : Sources()) {
    for (size_t i = 0; i < source.lines.size(); ++i) {
      auto driver = knowers.find(OwnerOf(Included(source.lines[i])));
      if (driver == knowers.end()) continue;
      const bool fine = std::any_of(driver->second.begin(), driver->second.end(),
                                    [&](const std::string& prefix) { return source.path.starts_with(prefix); });
      EXPECT_TRUE(fine) << At(source, i) << ": " << source.lines[i];
    }
  }
}

TEST(TidyTest, ClientsKnowOnlyTheContract) {
  for (const Source& source : Sources()) {
    // The benchmark measures parts from within.
    if (!source.path.starts_with("clients/") || source.folder() == "clients/load") continue;
    const bool migrates = source.path.starts_with("clients/cli/migrate");
    const bool renders = source.folder() == "clients/cli/liquid";
    // `cadenza eval` and `cadenza render` are the rules without a server.
    const bool evaluates = source.path.starts_with("clients/cli/eval") ||
                           source.path.starts_with("clients/cli/render") ||
                           source.path.starts_with("clients/cli/given_facts") || source.folder() == "clients/cli/cel";
    // `cadenza campaign backtest` is the engine over a database, without a server.
    const bool backtests = source.path.starts_with("clients/cli/backtest");
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string included = Included(source.lines[i]);
      const bool inside = included.starts_with("server/") || included.starts_with("storage/");
      const bool fine =
          !inside || included.starts_with("storage/base/") || (migrates && included == "storage/postgres/migrator.h") ||
          (renders && (included.starts_with("server/rules/liquid/") || included.starts_with("storage/model/"))) ||
          (backtests && (included.starts_with("server/backtest/") || included.starts_with("storage/model/") ||
                         included == "storage/codec/wire.h" || included == "storage/postgres/postgres_store.h")) ||
          (evaluates && (included.starts_with("server/rules/") || included.starts_with("storage/model/") ||
                         included.starts_with("storage/codec/")));
      EXPECT_TRUE(fine) << At(source, i) << ": a client may not include " << included;
    }
  }
}

TEST(TidyTest, NoFileIsTooLong) {
  for (const Source& source : Sources()) {
    EXPECT_LE(source.lines.size(), kLinesMax) << source.path << " has two purposes, or one that is two files";
  }
}

TEST(TidyTest, IncludeGuardsAreNamedAfterThePath) {
  for (const Source& source : Sources()) {
    if (!source.is_header()) continue;
    std::string guard = "CADENZA_";
    for (char c : source.path)
      guard += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::toupper(c)) : '_';
    guard += '_';
    const auto first = std::find_if(source.lines.begin(), source.lines.end(),
                                    [](const std::string& line) { return line.starts_with("#"); });
    ASSERT_NE(first, source.lines.end()) << source.path;
    EXPECT_EQ(*first, "#ifndef " + guard) << source.path;
    EXPECT_EQ(*(first + 1), "#define " + guard) << source.path;
    EXPECT_EQ(source.lines.back(), "#endif  // " + guard) << source.path;
  }
}

TEST(TidyTest, EveryHeaderSaysWhatItIsFor) {
  for (const Source& source : Sources()) {
    if (source.is_header()) {
      EXPECT_TRUE(!source.lines.empty() && source.lines[0].starts_with("// ")) << source.path;
    }
  }
}

// A piece of text that may not be in a source, put together here so that this file does not hold it.
struct Banned {
  std::regex pattern;
  std::string why;
  bool tests_only;
  std::set<std::string> except;
};

TEST(TidyTest, NothingBannedIsInTheSources) {
  const std::string sleep = std::string("(sleep") + "_for|sleep_until|Sleep" + "For|\\busleep|\\bnanosleep)\\(";
  const std::string todo = std::string("\\b(TO") + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b";
  // A statement that is opened as a string and then added to.
  const std::string sql = std::string("(\"(SELECT|INSERT INTO|UPDATE|DELETE FROM) [^\"]*\" *(\\+|<<)|") +
                          "StrCat\\(\"(SELECT|INSERT INTO|UPDATE|DELETE FROM) )";
  const std::vector<Banned> list = {
      // Those who await a condition look at it now and then.
      {std::regex(sleep),
       "await a condition instead",
       true,
       {"tests/faults/traffic.cc", "tests/integration/harness.cc", "tests/support/postgres_server.cc",
        "tests/support/redis_server.cc", "tests/support/server_process.cc"}},
      {std::regex(todo), "do it, or say it in an issue", false, {}},
      {std::regex(sql), "parameters, never SQL built from strings", false, {"storage/postgres/statements.cc"}},
  };
  for (const Source& source : Sources()) {
    for (const Banned& banned : list) {
      if ((banned.tests_only && !source.is_test()) || banned.except.contains(source.path)) continue;
      for (size_t i = 0; i < source.lines.size(); ++i) {
        EXPECT_FALSE(std::regex_search(source.lines[i], banned.pattern))
            << At(source, i) << ": " << source.lines[i] << "\n  " << banned.why;
      }
    }
  }
}

TEST(TidyTest, PureCodeHasNoClockAndNoThread) {
  const std::regex impure(
      "absl::Now\\(|Clock::System|std::thread|absl::Mutex|std::mutex|system_clock|steady_clock|std::random_device");
  for (const Source& source : Sources()) {
    if (!source.path.starts_with("server/apply/") && !source.path.starts_with("server/rules/")) continue;
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string code = source.lines[i].substr(0, source.lines[i].find("//"));
      EXPECT_FALSE(std::regex_search(code, impure)) << At(source, i) << ": " << source.lines[i];
    }
  }
}

TEST(TidyTest, EveryPurePartHasItsTest) {
  // Tested through another file's test, as its reason says.
  const std::map<std::string, std::string> elsewhere = {
      {"storage/codec/profile_encoder.cc", "unit/storage/codec/profile_codec_test.cc"},
      {"storage/codec/serialize.cc", "unit/storage/codec/wire_input_test.cc"},
      {"storage/codec/value_wire.cc", "unit/storage/codec/input_wire_test.cc"},
      {"server/lanes/batch_commit.cc", "unit/server/lanes/batch_test.cc"},
      {"server/lanes/batch_timers.cc", "unit/server/timers/timer_pump_test.cc"},
      {"server/lanes/lane.cc", "unit/server/lanes/lane_set_test.cc"},
      {"server/timers/ledger.cc", "unit/server/timers/timer_pump_test.cc"},
      {"server/delivery/registry.cc", "unit/server/delivery/hub_test.cc"},
      {"server/rules/cel_scope.cc", "unit/server/rules/engine_test.cc"},
      {"server/rules/facts.cc", "unit/server/rules/engine_test.cc"},
      {"server/rules/fields.cc", "unit/server/rules/compile_test.cc"},
      {"server/rules/liquid_scope.cc", "unit/server/rules/engine_test.cc"},
  };
  // Liquid is held as a whole by the suite of its language.
  const std::set<std::string> folders = {"storage/base",          "storage/model",    "storage/codec",
                                         "server/apply",          "server/ingest",    "server/lanes",
                                         "server/rules",          "server/rules/cel", "server/rules/gates",
                                         "server/rules/schedule", "server/delivery",  "server/timers"};
  for (const Source& source : Sources()) {
    if (source.is_header() || !folders.contains(source.folder())) continue;
    const std::string stem = source.path.substr(0, source.path.size() - 3);
    const bool tested = fs::exists(Top() / ("tests/unit/" + stem + "_test.cc"));
    auto exception = elsewhere.find(source.path);
    if (exception == elsewhere.end()) {
      EXPECT_TRUE(tested) << source.path << " has no tests/unit/" << stem << "_test.cc";
    } else {
      EXPECT_TRUE(fs::exists(Top() / "tests" / exception->second))
          << source.path << " is said to be tested by tests/" << exception->second;
    }
  }
  for (const auto& [path, test] : elsewhere)
    EXPECT_TRUE(fs::exists(Top() / path)) << path << " is gone: take it off the list";
}

}  // namespace
}  // namespace cadenza
