// What an edit does to a test of variants that is under way. Pure.
#ifndef CADENZA_SERVER_RULES_RUNNING_TEST_H_
#define CADENZA_SERVER_RULES_RUNNING_TEST_H_

#include <vector>

#include "server/rules/content_blocks.h"
#include "storage/model/campaign.h"

namespace cadenza::rules {

// Each way in which the change makes void what an active campaign with variants has measured: a variant comes, goes,
// becomes or ceases to be the control, says something else, or gets another part of the users. None if `before` is not
// active or has no variants.
std::vector<TemplateWarning> WarnOfRunningTest(const Campaign& before, const Campaign& after);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_RUNNING_TEST_H_
