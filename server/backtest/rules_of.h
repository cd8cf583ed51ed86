// The rules of a back-test's courses of events, from what a store has in force. See backtest.h for what is assumed.
#ifndef CADENZA_SERVER_BACKTEST_RULES_OF_H_
#define CADENZA_SERVER_BACKTEST_RULES_OF_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/backtest/backtest.h"
#include "server/backtest/world.h"

namespace cadenza::backtest {

struct Courses {
  std::vector<Course> courses;     // that of the draft; then, if against, that of the other
  std::vector<std::string> notes;  // for people: see Report::notes
};

// Errors: those of Run.
absl::StatusOr<Courses> CoursesOf(const Request& request, Store* store);

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_RULES_OF_H_
