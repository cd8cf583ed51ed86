// What a look at a number of users says about campaigns that somebody is about to put: names that nobody of them has,
// and audiences that nobody of them is in. Pure.
#ifndef CADENZA_SERVER_RULES_SURVEY_H_
#define CADENZA_SERVER_RULES_SURVEY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/rules/content_blocks.h"
#include "storage/model/campaign.h"
#include "storage/model/profile.h"

namespace cadenza::cel {
class Program;
}

namespace cadenza::rules {

// For one thread. Memory: the different names in the profiles, at most kNames of each kind.
class Survey {
 public:
  static constexpr size_t kNames = 100'000;

  // What does not compile is not looked at.
  explicit Survey(const std::vector<Campaign>& campaigns);

  // Counts a user, as his profile is at `now`.
  void Look(const Profile& profile, absl::Time now, absl::Duration session_gap);
  int64_t users() const { return users_; }

  // About the campaign at this place: attributes that its condition, audience, trigger and templates spell out, and
  // events that its condition, audience, trigger and exceptions do, which were seen in no profile, with the nearest
  // name that was; and an audience that nobody is in. `all`: those who were looked at are all that there are. None
  // before somebody was looked at.
  std::vector<TemplateWarning> Warnings(size_t campaign, bool all) const;

 private:
  // A name, and the field that spells it out first.
  using Named = std::map<std::string, std::string>;
  struct Subject {
    Named attributes;
    Named events;
    std::shared_ptr<const cel::Program> audience;  // null: everybody
    int64_t members = 0;
  };
  using Seen = std::set<std::string, std::less<>>;

  static Subject SubjectOf(const Campaign& campaign);
  static void ReadCondition(const std::string& field, const cel::Program& program, Subject* subject);
  static void ReadTemplate(const std::string& field, const std::string& source, Subject* subject);
  static void ReadMessage(const std::string& field, const MessageTemplate& message, Subject* subject);
  void WarnOfNames(const Named& named, const Seen& seen, std::string_view kind, std::string_view where,
                   std::vector<TemplateWarning>* warnings) const;

  std::vector<Subject> subjects_;
  Seen attributes_;
  Seen events_;
  int64_t users_ = 0;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_SURVEY_H_
