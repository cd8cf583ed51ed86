// What a look at a number of users says about campaigns and segments that somebody is about to put: names that nobody
// of them has, and audiences and segments that nobody of them is in. Pure.
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
#include "storage/model/segment.h"

namespace cadenza::cel {
class Program;
}

namespace cadenza::rules {

struct Facts;

// For one thread. Memory: the different names in the profiles, at most kNames of each kind.
class Survey {
 public:
  static constexpr size_t kNames = 100'000;

  // What does not compile is not looked at. To the audiences, users are in `segments` as these say, and in all others
  // as their profiles do.
  explicit Survey(const std::vector<Campaign>& campaigns, const std::vector<Segment>& segments = {});

  // Counts a user, as his profile is at `now`.
  void Look(const Profile& profile, absl::Time now, absl::Duration session_gap);
  int64_t users() const { return users_; }

  // About the campaign at this place: attributes that its condition, audience, trigger and templates spell out, and
  // events that its condition, audience, trigger and exceptions do, which were seen in no profile, with the nearest
  // name that was; and an audience that nobody is in. `all`: those who were looked at are all that there are. None
  // before somebody was looked at.
  std::vector<TemplateWarning> Warnings(size_t campaign, bool all) const;
  // About the segment at this place, whose condition is looked at as an audience is. None if it is not active.
  std::vector<TemplateWarning> SegmentWarnings(size_t segment, bool all) const;

 private:
  // A name, and the field that spells it out first.
  using Named = std::map<std::string, std::string>;
  struct Subject {
    Named attributes;
    Named events;
    std::shared_ptr<const cel::Program> audience;  // null: everybody
    int64_t members = 0;
  };
  struct Group : Subject {
    std::string segment_id;
    bool active = false;
  };
  using Seen = std::set<std::string, std::less<>>;

  static Subject SubjectOf(const Campaign& campaign);
  void Count(const Facts& facts);
  static Group GroupOf(const Segment& segment);
  static void ReadCondition(const std::string& field, const cel::Program& program, Subject* subject);
  static void ReadTemplate(const std::string& field, const std::string& source, Subject* subject);
  static void ReadMessage(const std::string& field, const MessageTemplate& message, Subject* subject);
  std::vector<TemplateWarning> WarningsOf(const Subject& subject, std::string_view audience, bool all) const;
  void WarnOfNames(const Named& named, const Seen& seen, std::string_view kind, std::string_view where,
                   std::vector<TemplateWarning>* warnings) const;

  std::vector<Subject> subjects_;
  std::vector<Group> groups_;
  Seen attributes_;
  Seen events_;
  int64_t users_ = 0;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_SURVEY_H_
