// The interval of one rate.
#ifndef CADENZA_CLIENTS_CLI_REPORT_WILSON_H_
#define CADENZA_CLIENTS_CLI_REPORT_WILSON_H_

#include <cstdint>

namespace cadenza::report {

struct RateInterval {
  double rate = 0;
  double low = 0;
  double high = 0;
};

// converted / users with its 95% score interval (Wilson 1927, without continuity correction), of which the server's
// interval of a difference (Newcombe 1998, method 10) is made too. REQUIRES: 0 <= converted <= users, users > 0.
RateInterval Wilson(int64_t converted, int64_t users);

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_WILSON_H_
