// What a run was measured on, for its report.
#ifndef CADENZA_CLIENTS_LOAD_MACHINE_H_
#define CADENZA_CLIENTS_LOAD_MACHINE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cadenza::load {

struct Machine {
  std::string cpu;  // "Intel(R) Xeon(R) Processor"
  int cores = 0;
  int64_t memory_bytes = 0;
  std::string kernel;      // "Linux 6.1.0-18-amd64"
  std::string filesystem;  // of the database: "ext4"
  std::string postgres;    // "15.5"
  std::string redis;       // "7.0.15"
  // Of PostgreSQL, those that matter for speed and durability.
  std::vector<std::pair<std::string, std::string>> postgres_settings;
};

// Of this machine: everything but PostgreSQL and Redis, whom the caller asks (database.h). `data_directory` is where
// the database lies. What cannot be learned stays empty.
Machine DescribeMachine(const std::string& data_directory);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_MACHINE_H_
