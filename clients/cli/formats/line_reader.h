// The lines of a text file, compressed with gzip or not.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_LINE_READER_H_
#define CADENZA_CLIENTS_CLI_FORMATS_LINE_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::cli {

// For one thread.
class LineReader {
 public:
  // A line longer than this is an error: RESOURCE_EXHAUSTED.
  static constexpr size_t kMaxLineBytes = 64 << 20;

  // Looks at the content, not at the name: gzip is recognized by its first bytes. NOT_FOUND if there is no such file.
  static absl::StatusOr<LineReader> Open(const std::string& path);
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  ~LineReader();

  // The next line without its end; false at the end of the file. DATA_LOSS if the compressed data is damaged or cut
  // short.
  absl::StatusOr<bool> Next(std::string* line);
  // Of the line that Next gave; from 1.
  int64_t line_number() const { return line_number_; }
  // How far the file has been read, compressed, and its size; 0 if that is unknown (a pipe).
  int64_t bytes_read() const;
  int64_t bytes_total() const { return bytes_total_; }

 private:
  LineReader(void* file, int64_t bytes_total) : file_(file), bytes_total_(bytes_total) {}
  absl::StatusOr<bool> Fill();

  void* file_;  // a gzFile
  int64_t bytes_total_;
  int64_t line_number_ = 0;
  std::string buffer_;
  size_t begin_ = 0;  // of what was not given out yet
  bool at_end_ = false;
};

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_LINE_READER_H_
