#!/usr/bin/env python3
"""What three campaigns with goals bring about among the customers of the retail file, computed from the file,
docs/campaigns.md and docs/statistics.md alone.

    retail_stats_expected.py FILE.ndjson.gz WORKSPACE

Prints one JSON object: for each campaign and variant the users who entered, the messages, and for each conversion how
often and how many users converted, by any touch and by last touch, with the revenue in billionths of a pound. The
campaigns are those of retail_stats_test.cc.
"""

import collections
import datetime
import gzip
import json
import sys
from decimal import Decimal

from shop_expected import LONDON, variant_of

DAY = datetime.timedelta(days=1)
WINDOW = 30 * DAY
VARIANTS = [("plain", 2), ("warm", 2), ("nothing", 1)]
CONTROL = "nothing"
# By campaign: its trigger, its cooldown (None: once), and its goals by the kind of input.
CAMPAIGNS = {
    "big_order": ("order", 7 * DAY, {"order": "ordered_again"}),
    "first_order": ("order", None, {"order": "ordered_again"}),
    "monthly": ("purchase", 30 * DAY, {"order": "ordered_again", "purchase": "bought_again"}),
}


class Tally:
    def __init__(self):
        self.entered = self.users = self.sent = 0
        self.conversions = {}

    def conversion(self, name):
        blank = {"any": 0, "any_users": 0, "any_revenue": 0, "last": 0, "last_users": 0, "last_revenue": 0}
        return self.conversions.setdefault(name, blank)


class Customer:
    def __init__(self, workspace, user_id, tallies):
        self.tallies = tallies
        self.variants = {campaign: variant_of(workspace, campaign, VARIANTS, "u:" + user_id) for campaign in CAMPAIGNS}
        self.orders = 0
        self.last = {}
        self.touches = []
        self.converted = set()

    def convert(self, kind, now, revenue):
        found = []
        for campaign, (_, _, goals) in CAMPAIGNS.items():
            goal = goals.get(kind)
            open_touches = [
                touch
                for touch in self.touches
                if touch["campaign"] == campaign
                and goal is not None
                and goal not in touch["done"]
                and touch["time"] <= now <= touch["time"] + WINDOW
            ]
            if open_touches:
                found.append((max(open_touches, key=lambda touch: touch["time"]), goal))
        if not found:
            return
        latest = max(touch["time"] for touch, _ in found)
        owner = min(touch["campaign"] for touch, _ in found if touch["time"] == latest)
        for touch, goal in found:
            touch["done"].add(goal)
            campaign = touch["campaign"]
            counts = self.tallies[campaign, self.variants[campaign]].conversion(goal)
            for attribution in ["any"] + (["last"] if campaign == owner else []):
                counts[attribution] += 1
                counts[attribution + "_revenue"] += revenue
                if (campaign, goal, attribution) not in self.converted:
                    self.converted.add((campaign, goal, attribution))
                    counts[attribution + "_users"] += 1

    def enter(self, campaign, now):
        cooldown = CAMPAIGNS[campaign][1]
        if campaign in self.last and (cooldown is None or now - self.last[campaign] < cooldown):
            return
        tally = self.tallies[campaign, self.variants[campaign]]
        tally.entered += 1
        tally.users += campaign not in self.last
        tally.sent += self.variants[campaign] != CONTROL
        self.last[campaign] = now
        self.touches.append({"campaign": campaign, "time": now, "done": set()})


def main():
    workspace = sys.argv[2]
    customers, tallies = {}, collections.defaultdict(Tally)
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            if record["event"] != "order_placed" or not record.get("user_id"):
                continue
            customer = customers.setdefault(record["user_id"], None)
            if customer is None:
                customer = customers[record["user_id"]] = Customer(workspace, record["user_id"], tallies)
            now = datetime.datetime.fromisoformat(record["ts"]).replace(tzinfo=LONDON).astimezone(datetime.timezone.utc)
            total = record["props"]["total"]
            pounds = record["props"]["currency"] == "GBP"
            nanos = int(total * 1_000_000_000)
            customer.convert("order", now, nanos)  # before what the order itself sets off
            customer.orders += 1
            if total > 300:
                customer.enter("big_order", now)
            if customer.orders == 1:
                customer.enter("first_order", now)
            if total >= 0:
                assert pounds, line
                customer.convert("purchase", now, nanos)
                customer.enter("monthly", now)
    result = {}
    for (campaign, variant), tally in tallies.items():
        result.setdefault(campaign, {})[variant] = {
            "entered": tally.entered,
            "users": tally.users,
            "sent": tally.sent,
            "conversions": tally.conversions,
        }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
