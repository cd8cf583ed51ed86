#include "storage/postgres/event_sorter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

constexpr size_t kStretchEvents = 4000;
constexpr size_t kStretchBytes = size_t{4} << 20;
constexpr size_t kReadMin = size_t{4} << 10;
constexpr size_t kReadMax = size_t{1} << 20;
constexpr size_t kWriteBytes = size_t{1} << 20;

// A record: this, then the bytes of user_key, owner_key (none: the user himself), body and decisions.
struct Head {
  int64_t group;
  int64_t user_seq;
  int64_t time;
  int64_t receive_time;
  uint32_t user;
  uint32_t owner;
  uint32_t body;
  uint32_t decisions;

  size_t tail() const { return size_t{user} + owner + body + decisions; }
};

Head HeadOf(const char* record) {
  Head head;
  std::memcpy(&head, record, sizeof(head));
  return head;
}

std::string_view UserOf(const char* record, const Head& head) { return {record + sizeof(Head), head.user}; }
std::string_view OwnerOf(const char* record, const Head& head) {
  return head.owner == 0 ? UserOf(record, head) : std::string_view(record + sizeof(Head) + head.user, head.owner);
}

bool GoesBefore(const char* a, const char* b) {
  const Head first = HeadOf(a);
  const Head second = HeadOf(b);
  const bool first_last = first.owner == 0;
  const bool second_last = second.owner == 0;
  return std::make_tuple(first.group, OwnerOf(a, first), first_last, UserOf(a, first), first.user_seq) <
         std::make_tuple(second.group, OwnerOf(b, second), second_last, UserOf(b, second), second.user_seq);
}

ScannedEvent EventOf(const char* record) {
  const Head head = HeadOf(record);
  const char* body = record + sizeof(Head) + head.user + head.owner;
  return {UserOf(record, head),
          OwnerOf(record, head),
          head.group,
          head.user_seq,
          FromMicros(head.time),
          FromMicros(head.receive_time),
          std::string_view(body, head.body),
          std::string_view(body + head.body, head.decisions)};
}

}  // namespace

struct EventSorter::Source {
  Run left = {};       // what is still in the file
  std::string buffer;  // read from it, from `next` on
  size_t next = 0;
  size_t read_bytes = 0;
  bool in_memory = false;  // the run that was not written
  size_t place = 0;        // of it
  const char* record = nullptr;
  int64_t group = 0;
};

bool EventSorter::GoesAfter(const std::unique_ptr<Source>& a, const std::unique_ptr<Source>& b) {
  return a->group != b->group ? a->group > b->group : GoesBefore(b->record, a->record);
}

std::string SpillFolder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/var/tmp";
}

EventSorter::EventSorter(size_t run_bytes, std::string folder) : run_bytes_(run_bytes), folder_(std::move(folder)) {
  run_.reserve(run_bytes_);  // not to grow beyond it by doubling
}

EventSorter::~EventSorter() {
  if (file_ >= 0) close(file_);
}

absl::Status EventSorter::Add(const ScannedEvent& event) {
  const std::string_view owner = event.owner_key == event.user_key ? std::string_view() : event.owner_key;
  Head head{};
  head.group = static_cast<int64_t>(absl::HashOf(event.owner_key));
  head.user_seq = event.user_seq;
  head.time = ToMicros(event.time);
  head.receive_time = ToMicros(event.receive_time);
  head.user = static_cast<uint32_t>(event.user_key.size());
  head.owner = static_cast<uint32_t>(owner.size());
  head.body = static_cast<uint32_t>(event.body.size());
  head.decisions = static_cast<uint32_t>(event.decisions.size());
  const size_t bytes = sizeof(head) + head.tail();
  if (!places_.empty() && run_.size() + bytes + (places_.size() + 1) * sizeof(Place) > run_bytes_) {
    CADENZA_RETURN_IF_ERROR(WriteRun());
  }
  places_.push_back({head.group, run_.size()});
  run_.append(reinterpret_cast<const char*>(&head), sizeof(head));
  run_.append(event.user_key).append(owner).append(event.body).append(event.decisions);
  return absl::OkStatus();
}

void EventSorter::SortRun() {
  std::sort(places_.begin(), places_.end(), [this](const Place& a, const Place& b) {
    return a.group != b.group ? a.group < b.group : GoesBefore(run_.data() + a.offset, run_.data() + b.offset);
  });
}

absl::Status EventSorter::WriteRun() {
  if (file_ < 0) {
    std::string name = folder_ + "/cadenza-backtest-XXXXXX";
    file_ = mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) {
      return absl::ResourceExhaustedError(
          StrCat("cannot make a file in ", folder_, " (TMPDIR chooses the folder): ", std::strerror(errno)));
    }
    unlink(name.c_str());
  }
  SortRun();
  Run run{file_end_, file_end_};
  std::string waiting;
  for (const Place& place : places_) {
    const char* record = run_.data() + place.offset;
    waiting.append(record, sizeof(Head) + HeadOf(record).tail());
    if (waiting.size() < kWriteBytes) continue;
    CADENZA_RETURN_IF_ERROR(Append(waiting));
    waiting.clear();
  }
  CADENZA_RETURN_IF_ERROR(Append(waiting));
  run.end = file_end_;
  runs_.push_back(run);
  run_.clear();
  places_.clear();
  return absl::OkStatus();
}

absl::Status EventSorter::Append(std::string_view bytes) {
  const int64_t begin = file_end_;
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), file_end_);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return absl::ResourceExhaustedError(
          StrCat("cannot write to a file in ", folder_, " (TMPDIR chooses the folder): ", std::strerror(errno)));
    }
    file_end_ += written;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  // To the disk little by little: a heap of it would hold up whoever waits for his own fsync there.
  sync_file_range(file_, begin, file_end_ - begin, SYNC_FILE_RANGE_WRITE);
  return absl::OkStatus();
}

absl::Status EventSorter::Finish() {
  SortRun();
  const size_t share = run_bytes_ / (runs_.size() + 1);
  const size_t read_bytes = std::clamp(share, kReadMin, kReadMax);
  for (const Run& run : runs_) {
    auto source = std::make_unique<Source>();
    source->left = run;
    source->read_bytes = read_bytes;
    sources_.push_back(std::move(source));
  }
  sources_.push_back(std::make_unique<Source>());
  sources_.back()->in_memory = true;
  for (const auto& source : sources_) CADENZA_RETURN_IF_ERROR(Advance(source.get()));
  std::erase_if(sources_, [](const auto& source) { return source->record == nullptr; });
  std::make_heap(sources_.begin(), sources_.end(), GoesAfter);
  return absl::OkStatus();
}

// The next `bytes` of the run; nothing at its end.
absl::StatusOr<std::string_view> EventSorter::Read(Source* source, size_t bytes) const {
  std::string& buffer = source->buffer;
  while (buffer.size() - source->next < bytes) {
    buffer.erase(0, source->next);
    source->next = 0;
    const auto left = static_cast<size_t>(source->left.end - source->left.begin);
    if (left == 0) {
      if (buffer.empty()) return std::string_view();
      return absl::DataLossError("a file of the sort ends within an input");
    }
    const size_t had = buffer.size();
    const size_t wanted = std::min(left, std::max(source->read_bytes, bytes - had));
    buffer.resize(had + wanted);
    const ssize_t got = pread(file_, buffer.data() + had, wanted, source->left.begin);
    buffer.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return absl::DataLossError(StrCat("cannot read a file in ", folder_, ": ", std::strerror(errno)));
    source->left.begin += got;
  }
  return std::string_view(buffer).substr(source->next, bytes);
}

absl::Status EventSorter::Advance(Source* source) const {
  source->record = nullptr;
  if (source->in_memory) {
    if (source->place == places_.size()) return absl::OkStatus();
    source->record = run_.data() + places_[source->place++].offset;
  } else {
    CADENZA_ASSIGN_OR_RETURN(const std::string_view head, Read(source, sizeof(Head)));
    if (head.empty()) return absl::OkStatus();
    const size_t bytes = sizeof(Head) + HeadOf(head.data()).tail();
    CADENZA_ASSIGN_OR_RETURN(const std::string_view record, Read(source, bytes));
    source->record = record.data();
    source->next += bytes;
  }
  source->group = HeadOf(source->record).group;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EventStretch>> EventSorter::Next() {
  if (sources_.empty()) return nullptr;
  auto bytes = std::make_shared<std::string>();
  std::vector<size_t> offsets;
  while (!sources_.empty() && offsets.size() < kStretchEvents && bytes->size() < kStretchBytes) {
    std::pop_heap(sources_.begin(), sources_.end(), GoesAfter);
    Source* const first = sources_.back().get();
    offsets.push_back(bytes->size());
    bytes->append(first->record, sizeof(Head) + HeadOf(first->record).tail());
    CADENZA_RETURN_IF_ERROR(Advance(first));
    if (first->record == nullptr) {
      sources_.pop_back();
    } else {
      std::push_heap(sources_.begin(), sources_.end(), GoesAfter);
    }
  }
  auto stretch = std::make_unique<EventStretch>();
  stretch->events.reserve(offsets.size());
  for (const size_t offset : offsets) stretch->events.push_back(EventOf(bytes->data() + offset));
  stretch->done = std::ldexp(static_cast<double>(stretch->events.back().group), -64) + 0.5;
  stretch->owner = std::move(bytes);
  return stretch;
}

}  // namespace cadenza::postgres
