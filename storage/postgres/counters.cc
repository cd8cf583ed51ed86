#include "storage/postgres/counters.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

// Two lanes of one slot may meet in a row, and only wait then; so few are enough.
constexpr int64_t kSlots = 16;

// Counters with what they grow by: parallel columns.
struct Growth {
  ArrayParam keys{Element::kInt8};
  ArrayParam places{Element::kInt2};
  ArrayParam values{Element::kText};

  void Add(size_t key, int place, absl::int128 value) {
    keys.AddInt(static_cast<int64_t>(key) + 1);
    places.AddInt(place);
    values.AddBytes(DecimalText(value));
  }
  void MoveTo(Params* params) && { params->Array(std::move(keys)).Array(std::move(places)).Array(std::move(values)); }
};

void AddKeys(const std::vector<CounterKey>& keys, Params* params) {
  ArrayParam workspaces(Element::kText), campaigns(Element::kText), hours(Element::kInt8), variants(Element::kText),
      conversions(Element::kText), currencies(Element::kText);
  for (const CounterKey& key : keys) {
    workspaces.AddBytes(key.workspace);
    campaigns.AddBytes(key.campaign_id);
    hours.AddInt(key.hour);
    variants.AddBytes(key.variant_id);
    conversions.AddBytes(key.conversion_id);
    currencies.AddBytes(key.currency);
  }
  params->Array(std::move(workspaces)).Array(std::move(campaigns)).Array(std::move(hours)).Array(std::move(variants));
  params->Array(std::move(conversions)).Array(std::move(currencies));
}

}  // namespace

absl::StatusOr<Rows> PostgresCounters::Run(const Statement& statement, const Params& params) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return connection->Run(statement, params, deadline, OnLoss::kNothingChanged);
}

absl::StatusOr<std::optional<CounterExtent>> PostgresCounters::ReadExtent(std::string_view workspace,
                                                                          std::string_view campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kCounterExtent, Params().Text(workspace).Text(campaign_id)));
  if (rows.size() == 0) return std::nullopt;
  return CounterExtent{rows.Int(0, 0), rows.Int(0, 1)};
}

absl::StatusOr<std::vector<CounterSum>> PostgresCounters::ReadSums(std::string_view workspace,
                                                                   std::string_view campaign_id,
                                                                   const std::vector<int64_t>& starts, int64_t end) {
  if (starts.empty()) return absl::InvalidArgumentError("starts: is empty");
  ArrayParam bounds(Element::kInt8);
  for (const int64_t start : starts) bounds.AddInt(start);
  Params params;
  params.Text(workspace).Text(campaign_id).Int(starts.front()).Int(end).Array(std::move(bounds));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kSumCounters, params));
  std::vector<CounterSum> sums;
  sums.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) {
    const std::optional<absl::int128> value = FromDecimalText(rows.Bytes(i, 5));
    if (!value.has_value()) return absl::InternalError("PostgreSQL: a counter is no whole number");
    sums.push_back({static_cast<size_t>(rows.Int(i, 0)) - 1, rows.String(i, 1), rows.String(i, 2), rows.String(i, 3),
                    static_cast<int>(rows.Int(i, 4)), *value});
  }
  return sums;
}

void AddCounters(const CommitBatch& batch, const std::vector<int64_t>& positions, Params* params) {
  AddKeys(batch.counter_keys, params);
  params->Int(batch.journal % kSlots);
  std::vector<std::vector<absl::int128>> totals;
  totals.reserve(batch.counter_keys.size());
  for (const CounterKey& key : batch.counter_keys) totals.emplace_back(key.places());
  for (const CounterWrite& write : batch.counters) totals[write.key][write.place - 1] += write.value;
  Growth all, parts;
  for (size_t key = 0; key < totals.size(); ++key) {
    for (size_t i = 0; i < totals[key].size(); ++i) all.Add(key, static_cast<int>(i) + 1, totals[key][i]);
  }
  std::move(all).MoveTo(params);
  ArrayParam owners(Element::kInt8);
  for (const CounterWrite& write : batch.counters) {
    owners.AddInt(positions[write.owner]);
    parts.Add(write.key, write.place, write.value);
  }
  params->Array(std::move(owners));
  std::move(parts).MoveTo(params);
}

std::string DecimalText(absl::int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string text;
  for (; value != 0; value /= 10) {
    const int digit = static_cast<int>(value % 10);
    text.push_back(static_cast<char>('0' + (negative ? -digit : digit)));
  }
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

std::optional<absl::int128> FromDecimalText(std::string_view text) {
  constexpr size_t kDigits = 38;  // as many always fit
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kDigits) return std::nullopt;
  absl::int128 value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

}  // namespace cadenza::postgres
