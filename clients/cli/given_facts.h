// A user and an event out of files, for `cadenza eval` and `cadenza render`.
#ifndef CADENZA_CLIENTS_CLI_GIVEN_FACTS_H_
#define CADENZA_CLIENTS_CLI_GIVEN_FACTS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/profile.pb.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::cli {

// What the contract tells of a profile is less than what the server keeps: of the times at which an event happened only
// the first and the last, so that a window never counts more than these two. INVALID_ARGUMENT: names the field.
absl::StatusOr<Profile> ProfileFromProto(const v1::Profile& proto);

// `event`, `user` and `now`, as far as they were given: reading another is an error of the evaluation.
class GivenFacts final : public cel::Activation {
 public:
  // The paths of JSON files, "" for none: an event and a profile as formats/plain_facts.h takes them. `now` is the time
  // of the event, or if there is none the one given.
  static absl::StatusOr<std::unique_ptr<GivenFacts>> Read(const std::string& event_path,
                                                          const std::string& profile_path, absl::Time now);

  std::optional<cel::Value> Find(std::string_view name) const override;
  // For templates, to which what was not given is empty.
  const rules::Facts& facts() const { return facts_; }

 private:
  GivenFacts(std::optional<Input> event, std::optional<Profile> profile, absl::Time now);

  const bool has_event_;
  const bool has_profile_;
  const Input event_;
  const Profile profile_;
  const rules::Facts facts_;
  const rules::CelScope scope_;
};

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_GIVEN_FACTS_H_
