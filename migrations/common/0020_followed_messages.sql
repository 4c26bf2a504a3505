-- Messages whose end the carrier has not told, by the number they left from: its list is asked what became of them.
CREATE INDEX deliveries_underway ON deliveries (from_number, attempted_at) WHERE state IN ('accepted', 'sent');
