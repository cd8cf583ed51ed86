#include "clients/load/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/base/text.h"

namespace cadenza::load {
namespace {

std::string CpuModel() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  }
  return "";
}

// The type of the mount with the longest point above `path`.
std::string FilesystemOf(const std::string& path) {
  std::ifstream in("/proc/mounts");
  std::string best, type_of_best;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string device, point, type;
    fields >> device >> point >> type;
    const bool above = path == point || path.starts_with(point.ends_with('/') ? point : point + "/");
    if (above && point.size() >= best.size()) {
      best = point;
      type_of_best = type;
    }
  }
  return type_of_best;
}

}  // namespace

Machine DescribeMachine(const std::string& data_directory) {
  Machine machine;
  machine.cpu = CpuModel();
  machine.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  machine.memory_bytes = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  if (utsname system{}; uname(&system) == 0) machine.kernel = StrCat(system.sysname, " ", system.release);
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(data_directory, error);
  machine.filesystem = FilesystemOf(error ? data_directory : real.string());
  return machine;
}

}  // namespace cadenza::load
