-- The filters that few customers pass, by last turn. They move with a message too, but only with those of customers whom a
-- person has given a status or a mood, or whom the AI does not serve.
CREATE INDEX leads_by_status ON leads (organization_id, status, last_turn_at, id) WHERE status <> 'new';
CREATE INDEX leads_by_sentiment ON leads (organization_id, sentiment, last_turn_at, id) WHERE sentiment IS NOT NULL;
CREATE INDEX leads_by_floor ON leads (organization_id, floor_kind, last_turn_at, id) WHERE floor_kind <> 'ai';
