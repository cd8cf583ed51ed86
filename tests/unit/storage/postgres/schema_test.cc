#include "storage/postgres/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace cadenza::postgres {
namespace {

using Kind = MigrationState::Kind;
using testing::HasSubstr;

const std::vector<Migration> kTwo = {{1, "first", "up", "down", "aa"}, {2, "second", "up", "down", "bb"}};

TEST(SchemaTest, ComparesFilesAndDatabase) {
  const absl::Time time = absl::UnixEpoch() + absl::Hours(1);
  const auto states = CompareSchema(kTwo, {{1, "first", "other", time}, {3, "third", "cc", time}});
  ASSERT_EQ(states.size(), 3u);
  EXPECT_EQ(states[0].kind, Kind::kChanged);
  EXPECT_EQ(states[0].applied_time, time);
  EXPECT_EQ(states[1].kind, Kind::kPending);
  EXPECT_EQ(states[1].applied_time, absl::InfinitePast());
  EXPECT_EQ(states[2].kind, Kind::kUnknown);
  EXPECT_EQ(states[2].name, "third");
}

TEST(SchemaTest, ServesOnlyFromTheSchemaItKnows) {
  auto check = [](const std::vector<AppliedMigration>& applied) {
    return SchemaCheck(kTwo, CompareSchema(kTwo, applied));
  };
  const AppliedMigration first{1, "first", "aa", {}}, second{2, "second", "bb", {}};
  EXPECT_EQ(check({first, second}), absl::OkStatus());
  EXPECT_THAT(std::string(check({}).message()), HasSubstr("lacks 2 migrations"));
  EXPECT_THAT(std::string(check({first}).message()), HasSubstr("run `cadenza migrate up --database"));
  EXPECT_THAT(std::string(check({first, second, {3, "third", "cc", {}}}).message()), HasSubstr("does not know"));
  EXPECT_THAT(std::string(check({first, {2, "second", "xx", {}}}).message()), HasSubstr("migrate verify"));
  EXPECT_TRUE(absl::IsFailedPrecondition(check({first})));
}

class ReadMigrationsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "migrations-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }
  std::string Error() { return std::string(ReadMigrations(folder_).status().message()); }

  std::string folder_;
};

TEST_F(ReadMigrationsTest, ReadsPairsInOrder) {
  Write("0002_second.up.sql", "two");
  Write("0002_second.down.sql", "undo two");
  Write("0001_first.down.sql", "undo one");
  Write("0001_first.up.sql", "abc");
  Write("README.md", "not a migration");
  auto migrations = ReadMigrations(folder_);
  ASSERT_TRUE(migrations.ok()) << migrations.status();
  ASSERT_EQ(migrations->size(), 2u);
  EXPECT_EQ(migrations->at(0).name, "first");
  EXPECT_EQ(migrations->at(0).down_sql, "undo one");
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(migrations->at(0).checksum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(migrations->at(1).version, 2);
}

TEST_F(ReadMigrationsTest, RefusesWhatIsNotWhole) {
  Write("0001_first.up.sql", "one");
  EXPECT_THAT(Error(), HasSubstr("needs an up and a down file"));
  Write("0001_first.down.sql", "undo");
  EXPECT_EQ(Error(), "");
  Write("0003_third.up.sql", "three");
  Write("0003_third.down.sql", "undo");
  EXPECT_THAT(Error(), HasSubstr("there is no migration 2"));
  Write("0001_other.up.sql", "one");
  EXPECT_THAT(Error(), HasSubstr("has two names"));
}

TEST_F(ReadMigrationsTest, RefusesBadNames) {
  for (const std::string name : {"first.up.sql", "0001_first.sql", "0001_.up.sql", "01_first.up.sql",
                                 "00x1_first.up.sql", "0000_first.up.sql", "0001.up.sql"}) {
    Write(name, "one");
    EXPECT_THAT(Error(), HasSubstr(name)) << name;
    std::filesystem::remove(folder_ + "/" + name);
  }
  EXPECT_TRUE(absl::IsNotFound(ReadMigrations(folder_ + "/none").status()));
}

}  // namespace
}  // namespace cadenza::postgres
