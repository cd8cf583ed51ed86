#!/usr/bin/env python3
"""What five campaigns send to the customers of the retail file, computed from the file and docs/campaigns.md alone.

    shop_expected.py FILE.ndjson.gz WORKSPACE

Prints one JSON object: the messages by campaign, by variant of the experiment, and by customer and campaign. The
campaigns are those of shop_replay_test.cc.
"""

import collections
import datetime
import gzip
import json
import sys
import zoneinfo
from decimal import Decimal

LONDON = zoneinfo.ZoneInfo("Europe/London")
DAY = datetime.timedelta(days=1)
BUCKETS = 10_000
HOLDOUT = 500  # basis points
VARIANTS = [("gift", 3), ("discount", 3), ("nothing", 2)]
CONTROL = "nothing"
UPSELL_COOLDOWN = 14 * DAY
COME_BACK_DELAY = 30 * DAY
CAP_MOST, CAP_WINDOW = 2, 7 * DAY
QUIET_FROM, QUIET_TO = 17 * 60, 9 * 60  # minutes of the day in London
VIP_POUNDS = Decimal(1000)


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def bucket(seed, key):
    return fnv1a(str(fnv1a(seed + key))) % BUCKETS


def variant_of(workspace, campaign, variants, key):
    place = bucket(f"{workspace}/{campaign}", key) / BUCKETS
    total = sum(weight for _, weight in variants)
    start = 0
    for name, weight in variants:
        if start / total <= place < (start + weight) / total:
            return name
        start += weight
    raise AssertionError(place)


class Customer:
    def __init__(self, workspace, user_id):
        self.key = "u:" + user_id
        self.held_out = bucket(f"__holdout/{workspace}/", self.key) < HOLDOUT
        self.variant = variant_of(workspace, "upsell", VARIANTS, self.key)
        self.orders = 0
        self.spent = Decimal(0)
        self.is_vip = False
        self.last_upsell = None
        self.advertised = []  # when
        self.waiting = []  # when messages of come_back are due
        self.sent = collections.Counter()
        self.variants = collections.Counter()

    def advertise(self, now, campaign, quiet=False):
        """Through quiet hours and the cap; the moment of sending, or None. Time does not go back for one user."""
        now = max([now] + self.advertised[-1:])
        if quiet:
            wall = now.astimezone(LONDON)
            minute = wall.hour * 60 + wall.minute
            if minute >= QUIET_FROM or minute < QUIET_TO:
                return None
        if sum(1 for time in self.advertised if time > now - CAP_WINDOW) >= CAP_MOST:
            return None
        self.advertised.append(now)
        self.sent[campaign] += 1
        return now

    def fire(self, now):
        due = [time for time in self.waiting if now is None or time <= now]
        self.waiting = [time for time in self.waiting if time not in due]
        self.sent["come_back"] += len(due)

    def order(self, now, total):
        self.fire(now)
        self.orders += 1
        self.waiting = []  # what comes back needs no calling
        if self.held_out:
            return
        if total > Decimal(150):
            last = self.last_upsell
            if last is None or now - last >= UPSELL_COOLDOWN:
                if self.variant == CONTROL:
                    self.last_upsell = now if last is None else max(last, now)
                else:
                    time = self.advertise(now, "upsell")
                    if time is not None:
                        self.variants[self.variant] += 1
                        self.last_upsell = time if last is None else max(last, time)
        self.waiting.append(now + COME_BACK_DELAY)
        self.advertise(now, "weekly_offer", quiet=True)
        if self.orders == 1:
            self.sent["welcome"] += 1

    def purchase(self, now, amount, currency):
        self.fire(now)
        if currency == "GBP":
            self.spent += amount
        if not self.is_vip and self.spent >= VIP_POUNDS:
            self.is_vip = True
            if not self.held_out:
                self.sent["vip"] += 1


def main():
    workspace = sys.argv[2]
    customers = {}
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            if record["event"] not in ("order_placed", "order_cancelled") or not record.get("user_id"):
                continue
            user_id = record["user_id"]
            customer = customers.setdefault(user_id, Customer(workspace, user_id))
            now = datetime.datetime.fromisoformat(record["ts"]).replace(tzinfo=LONDON).astimezone(datetime.timezone.utc)
            if record["event"] == "order_cancelled":
                customer.fire(now)
                continue
            total = record["props"]["total"]
            customer.order(now, total)
            if total >= 0:
                customer.purchase(now, total, record["props"]["currency"])
    for customer in customers.values():
        customer.fire(None)
    campaigns, variants = collections.Counter(), collections.Counter()
    for customer in customers.values():
        campaigns.update(customer.sent)
        variants.update(customer.variants)
    json.dump(
        {
            "campaigns": campaigns,
            "variants": variants,
            "held_out": sum(customer.held_out for customer in customers.values()),
            "customers": {customer.key: {k: v for k, v in customer.sent.items() if v} for customer in customers.values()},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
