// Puts scanned inputs in order (storage/event_scan.h) here rather than in the database: an external merge sort (Knuth,
// "The Art of Computer Programming" 5.4). Runs as long as fit into memory are sorted and written to a file, and merged
// when they are read.
//
// Memory: `run_bytes` twice (the run that is made, or what is read ahead of all runs) and a stretch, however many
// inputs there are up to run_bytes / 4 KiB runs; 64 MiB, the default, do for a terabyte. On disk, if they do not fit
// into one run: as much as the inputs have. The file has no name from the moment it is made, so it goes with the
// process, and nobody else can open it.
#ifndef CADENZA_STORAGE_POSTGRES_EVENT_SORTER_H_
#define CADENZA_STORAGE_POSTGRES_EVENT_SORTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/event_scan.h"

namespace cadenza::postgres {

// $TMPDIR, else /var/tmp, where large files belong (file-hierarchy(7)).
std::string SpillFolder();

// One thread.
class EventSorter {
 public:
  explicit EventSorter(size_t run_bytes = size_t{64} << 20, std::string folder = SpillFolder());
  ~EventSorter();
  EventSorter(const EventSorter&) = delete;
  EventSorter& operator=(const EventSorter&) = delete;

  // Copies it; event.group is set here, from owner_key. RESOURCE_EXHAUSTED names the folder if the file cannot be
  // written.
  absl::Status Add(const ScannedEvent& event);
  // No more are added.
  absl::Status Finish();
  // After Finish: the next few thousand; null at the end.
  absl::StatusOr<std::unique_ptr<EventStretch>> Next();

  size_t runs_written() const { return runs_.size(); }

 private:
  struct Place {
    int64_t group;
    size_t offset;  // in run_
  };
  struct Run {
    int64_t begin;  // in the file
    int64_t end;
  };
  // Where a run is read, in the file or in memory.
  struct Source;

  static bool GoesAfter(const std::unique_ptr<Source>& a, const std::unique_ptr<Source>& b);
  absl::Status WriteRun();
  absl::Status Append(std::string_view bytes);
  void SortRun();
  absl::Status Advance(Source* source) const;
  absl::StatusOr<std::string_view> Read(Source* source, size_t bytes) const;

  const size_t run_bytes_;
  const std::string folder_;
  int file_ = -1;
  int64_t file_end_ = 0;
  std::string run_;  // records, one after another
  std::vector<Place> places_;
  std::vector<Run> runs_;
  std::vector<std::unique_ptr<Source>> sources_;  // a heap, the first at its front
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_EVENT_SORTER_H_
