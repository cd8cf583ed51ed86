#!/usr/bin/env python3
"""What a replay of the retail file must lead to, computed from the file alone.

    retail_expected.py FILE.ndjson.gz

Prints one JSON object: the counts of the file, and for each customer the orders, cancellations, revenue by currency
([units, nanos]) and messages of two campaigns, one on the first and one on the fifth order. Amounts are decimals from
the text of the file and never pass through a binary float.
"""

import datetime
import gzip
import json
import sys
from decimal import Decimal

NANOS = 1_000_000_000
HISTORY = datetime.timedelta(hours=72)  # later than this triggers nothing


def main():
    customers = {}
    without_user = 0
    other_events = 0
    inputs = 0
    history = 0
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            if record["event"] not in ("order_placed", "order_cancelled"):
                other_events += 1
                continue
            if not record.get("user_id"):
                without_user += 1
                continue
            customer = customers.setdefault(
                record["user_id"],
                {"orders": 0, "cancels": 0, "purchases": 0, "revenue": {}, "messages": 0, "last": None},
            )
            inputs += 1
            time = datetime.datetime.fromisoformat(record["ts"])
            if customer["last"] is not None and customer["last"] - time > HISTORY:
                history += 1
            customer["last"] = time if customer["last"] is None else max(customer["last"], time)
            if record["event"] == "order_cancelled":
                customer["cancels"] += 1
                continue
            customer["orders"] += 1
            if customer["orders"] in (1, 5):
                customer["messages"] += 1
            total = record["props"]["total"]
            if total < 0:
                continue
            inputs += 1
            customer["purchases"] += 1
            nanos = total * NANOS
            assert nanos == nanos.to_integral_value(), line
            revenue = customer["revenue"]
            currency = record["props"]["currency"]
            revenue[currency] = revenue.get(currency, 0) + int(nanos)
    for customer in customers.values():
        del customer["last"]
        customer["revenue"] = {code: list(divmod(nanos, NANOS)) for code, nanos in customer["revenue"].items()}
    json.dump(
        {
            "without_user": without_user,
            "other_events": other_events,
            "inputs": inputs,
            "history": history,
            "customers": customers,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
