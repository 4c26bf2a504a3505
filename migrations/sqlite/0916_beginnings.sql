-- A trigram's list grows with the customers. The beginnings of words, up to ten letters, are lists of their own, each
-- looked up by itself and read from its newest row on: a search of them costs the same in a large store.
CREATE VIRTUAL TABLE search_leads_words USING fts5(
    text, content='', contentless_delete=1, prefix='1 2 3 4 5 6 7 8 9 10', tokenize='unicode61 remove_diacritics 0'
);
-- Who a lead is, by words. A phone number is its runs of four digits in order, each a character of the private plane from
-- U+F0000 on: any digits in a row are runs in a row, and a run has no beginnings that would be lists as well.
CREATE VIEW search_leads_in_words AS
SELECT s.k, concat_ws(' ', l.name, l.vehicle, (
    SELECT string_agg(CASE c.kind WHEN 'email' THEN c.value ELSE (
        SELECT string_agg(char(983040 + substr(c.value, n.value, 4)), ' ' ORDER BY n.value)
        FROM json_each('[2,3,4,5,6,7,8,9,10,11,12,13]') n WHERE n.value <= length(c.value) - 3) END, ' ' ORDER BY c.kind)
    FROM lead_contacts c WHERE c.lead_id = l.id AND c.organization_id = l.organization_id)) AS text
FROM search_leads s JOIN leads l ON l.id = s.lead_id AND l.organization_id = s.organization_id;

CREATE TRIGGER search_leads_words_added AFTER INSERT ON search_leads
BEGIN INSERT INTO search_leads_words (rowid, text) SELECT k, text FROM search_leads_in_words WHERE k = new.k; END;
CREATE TRIGGER search_leads_words_changed AFTER UPDATE OF text ON search_leads
BEGIN
    DELETE FROM search_leads_words WHERE rowid = old.k;
    INSERT INTO search_leads_words (rowid, text) SELECT k, text FROM search_leads_in_words WHERE k = new.k;
END;
CREATE TRIGGER search_leads_words_removed AFTER DELETE ON search_leads
BEGIN DELETE FROM search_leads_words WHERE rowid = old.k; END;

INSERT INTO search_leads_words (rowid, text) SELECT k, text FROM search_leads_in_words ORDER BY k;
