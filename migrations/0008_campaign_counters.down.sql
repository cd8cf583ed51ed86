DROP TABLE campaign_counters;
