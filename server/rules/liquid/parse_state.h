// What the parsing of one template gathers beside its tree. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_PARSE_STATE_H_
#define CADENZA_SERVER_RULES_LIQUID_PARSE_STATE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {

// A variable that the template reads, as far as its path is made of plain names.
struct VariableUse {
  std::string_view place;
  std::vector<std::string_view> path;
};

class ParseState {
 public:
  // Borrows both.
  ParseState(std::string_view source, const ParseOptions& options) : source_(source), options_(options) {}

  std::string_view source() const { return source_; }
  const Limits& limits() const { return options_.limits; }
  Mode mode() const { return options_.mode; }

  void Warn(std::string_view place, std::string text);
  void Uses(VariableUse use) { uses_.push_back(std::move(use)); }
  // A name that the template sets itself.
  void Sets(std::string_view name) { own_names_.insert(name); }
  bool HasSet(std::string_view name) const { return own_names_.contains(name); }
  // A loop that goes on where another ended: positions of loops must be kept.
  void ContinuesLoop() { continues_ = true; }
  bool NeedsLoopPositions() const { return continues_ || includes_; }
  // A partial may set names that the template reads.
  void IncludesPartial() { includes_ = true; }
  void ReadsPartial(std::string_view name) { reads_.partials.emplace_back(name); }
  void ReadsContentBlock(std::string_view name) { reads_.content_blocks.emplace_back(name); }
  void ReadsCatalog(std::string_view name) { reads_.catalogs.emplace_back(name); }

  // What was gathered so far, to be taken back when a way of parsing fails and another is tried.
  struct Mark {
    size_t warnings;
    size_t uses;
  };
  Mark Now() const { return {warnings_.size(), uses_.size()}; }
  void TakeBack(const Mark& mark);

  // Warns of unknown names. Called once, at the end; the results are to be taken after it.
  void Finish();
  std::vector<Warning> TakeWarnings() { return std::move(warnings_); }
  Reads TakeReads() { return std::move(reads_); }

 private:
  bool IsKnown(const VariableUse& use) const;

  const std::string_view source_;
  const ParseOptions& options_;
  std::vector<Warning> warnings_;
  std::vector<VariableUse> uses_;
  absl::flat_hash_set<std::string_view> own_names_;
  bool includes_ = false;
  bool continues_ = false;
  Reads reads_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_PARSE_STATE_H_
