#include "clients/cli/formats/line_reader.h"

#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace cadenza::cli {
namespace {

constexpr unsigned kChunkBytes = 256 << 10;

gzFile Gz(void* file) { return static_cast<gzFile>(file); }

}  // namespace

absl::StatusOr<LineReader> LineReader::Open(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return absl::ErrnoToStatus(errno, path);
  if (S_ISDIR(info.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, ": is a folder"));
  errno = 0;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return absl::ErrnoToStatus(errno == 0 ? ENOMEM : errno, path);
  gzbuffer(file, kChunkBytes);
  return LineReader(file, S_ISREG(info.st_mode) ? static_cast<int64_t>(info.st_size) : 0);
}

LineReader::LineReader(LineReader&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      bytes_total_(other.bytes_total_),
      line_number_(other.line_number_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      at_end_(other.at_end_) {}

LineReader::~LineReader() {
  if (file_ != nullptr) gzclose_r(Gz(file_));
}

int64_t LineReader::bytes_read() const { return gzoffset(Gz(file_)); }

absl::StatusOr<bool> LineReader::Fill() {
  if (at_end_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  if (buffer_.size() > kMaxLineBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("line ", line_number_ + 1, " is longer than ", kMaxLineBytes, " bytes"));
  }
  const size_t old_size = buffer_.size();
  buffer_.resize(old_size + kChunkBytes);
  const int got = gzread(Gz(file_), buffer_.data() + old_size, kChunkBytes);
  buffer_.resize(old_size + (got > 0 ? got : 0));
  int error = Z_OK;
  const char* text = gzerror(Gz(file_), &error);
  if (got < 0 || error == Z_BUF_ERROR)
    return absl::DataLossError(absl::StrCat("after line ", line_number_, ": ", text));
  at_end_ = got == 0;
  return got > 0;
}

absl::StatusOr<bool> LineReader::Next(std::string* line) {
  size_t searched = begin_;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line->assign(buffer_, begin_, end - begin_);
      begin_ = end + 1;
      break;
    }
    const size_t kept = buffer_.size() - begin_;
    const absl::StatusOr<bool> filled = Fill();
    if (!filled.ok()) return filled.status();
    searched = begin_ + kept;
    if (*filled) continue;
    if (begin_ == buffer_.size()) return false;
    line->assign(buffer_, begin_, std::string::npos);
    begin_ = buffer_.size();
    break;
  }
  if (!line->empty() && line->back() == '\r') line->pop_back();
  ++line_number_;
  return true;
}

}  // namespace cadenza::cli
