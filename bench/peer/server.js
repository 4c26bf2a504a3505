// What a team would otherwise pick, written as well as it goes: Fastify, better-sqlite3, one commit for all texts that wait.
// It checks the signature, knows repeats, and stores lead, turn and job. It has no events, receipts, contacts or search.
//
//     node server.js PORT DATABASE
'use strict';
const crypto = require('node:crypto');
const Fastify = require('fastify');
const Database = require('better-sqlite3');

const [port, file] = process.argv.slice(2);
const PATH = '/api/webhooks/twilio/sms/incoming';
const SIGNED = 'https://desk.example.com' + PATH;
const TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

const db = new Database(file);
for (const setting of ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -16384', 'temp_store = MEMORY']) {
  db.pragma(setting);
}
db.exec(`
  CREATE TABLE lead (k INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization INTEGER NOT NULL, phone TEXT NOT NULL,
      last_message TEXT, created_at INTEGER, updated_at INTEGER, UNIQUE (organization, phone));
  CREATE INDEX lead_recent ON lead (organization, updated_at);
  CREATE TABLE turn (k INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization INTEGER NOT NULL, lead TEXT NOT NULL,
      sid TEXT, channel TEXT, author TEXT, body TEXT, created_at INTEGER, UNIQUE (sid, organization));
  CREATE INDEX turn_of_lead ON turn (lead);
  CREATE TABLE job (k INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization INTEGER NOT NULL, kind TEXT, turn TEXT,
      run_at INTEGER, state TEXT DEFAULT 'ready');
  CREATE INDEX job_ready ON job (run_at) WHERE state = 'ready';`);
const known = db.prepare('SELECT id FROM turn WHERE sid = ? AND organization = ?');
const upsert = db.prepare(`INSERT INTO lead (id, organization, phone, last_message, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organization, phone)
  DO UPDATE SET last_message = excluded.last_message, updated_at = excluded.updated_at RETURNING id`);
const say = db.prepare(`INSERT INTO turn (id, organization, lead, sid, channel, author, body, created_at)
  VALUES (?, ?, ?, ?, 'sms', 'customer', ?, ?)`);
const enqueue = db.prepare(
  "INSERT INTO job (id, organization, kind, turn, run_at) VALUES (?, ?, 'reply_with_agent', ?, ?)");

function store({ organization, sid, from, body }) {
  if (known.get(sid, organization)) return;
  const now = Date.now();
  const lead = upsert.get(crypto.randomUUID(), organization, from, body, now, now).id;
  const turn = crypto.randomUUID();
  say.run(turn, organization, lead, sid, body, now);
  enqueue.run(crypto.randomUUID(), organization, turn, now);
}

const commit = db.transaction((texts) => texts.forEach(store));
let waiting = [];

function queue(text) {
  return new Promise((resolve, reject) => {
    if (waiting.push({ text, resolve, reject }) > 1) return;
    setImmediate(() => {
      const batch = waiting;
      waiting = [];
      try {
        commit(batch.map((entry) => entry.text));
        batch.forEach((entry) => entry.resolve());
      } catch (error) {
        batch.forEach((entry) => entry.reject(error));
      }
    });
  });
}

// The shops of the benchmark.
const shops = new Map();
for (let n = 0; n < 10; n++) {
  const hex = (number) => number.toString(16).padStart(32, '0');
  shops.set('AC' + hex(n), { organization: n + 1, token: hex(n + 0xc0ffee) });
}

function isSigned(form, token, signature) {
  const signed = Object.keys(form).sort().reduce((text, name) => text + name + form[name], SIGNED);
  const expected = crypto.createHmac('sha1', token).update(signed).digest();
  const given = Buffer.from(signature ?? '', 'base64');
  return given.length === expected.length && crypto.timingSafeEqual(given, expected);
}

const app = Fastify();
app.register(require('@fastify/formbody'));
app.get('/readyz', async () => ({}));
app.post(PATH, async (request, reply) => {
  const form = request.body;
  const shop = shops.get(form.AccountSid);
  if (!shop || !isSigned(form, shop.token, request.headers['x-twilio-signature'])) {
    return reply.code(403).send();
  }
  await queue({ organization: shop.organization, sid: form.MessageSid, from: form.From, body: form.Body });
  return reply.type('text/xml').send(TWIML);
});
app.listen({ port: Number(port), host: '127.0.0.1' });
process.on('SIGTERM', () => process.exit(0));
