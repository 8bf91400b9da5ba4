// What the check of recorded answers refuses, and that it accepts what is right.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = join(dirname(fileURLToPath(import.meta.url)), 'openapi_check.mjs');

/** What it says of these answers, without the operations that are missing among them. */
function complaints(answers) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const file = join(folder, 'answers.jsonl');
  writeFileSync(file, answers.map((answer) => JSON.stringify(answer) + '\n').join(''));
  const done = spawnSync(process.execPath, [program, file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  assert.equal(done.status, 1, 'operations are missing, so it must fail');
  assert.match(done.stdout, new RegExp(`^${answers.length} answers checked$`, 'm'));
  const lines = done.stderr.split('\n').filter((line) => line.startsWith('FAILED: '));
  const missing = lines.filter((line) => line.endsWith(' was never answered with success'));
  return { missing, wrong: lines.filter((line) => !missing.includes(line)) };
}

const problem = (status, code) => ({
  method: 'POST',
  path: '/api/v1/links',
  status,
  headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '5' },
  body: JSON.stringify({ type: 'about:blank', title: 'x', status, code, trace: '0123456789abcdef' }),
});
const issued = {
  method: 'POST',
  path: '/api/v1/links',
  status: 202,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ request_tag: 'quiet harbor', expires_in: 600, csrf_token: 'A'.repeat(43) }),
};
const changed = (answer, change) => {
  const body = { ...JSON.parse(answer.body), ...change };
  return { ...answer, body: JSON.stringify(body) };
};

test('answers that are described pass', () => {
  assert.deepEqual(complaints([issued, problem(429, 'rate_limited'), problem(503, 'unavailable')]).wrong, []);
});

test('an operation without success is named', () => {
  const all = complaints([problem(400, 'bad_request')]).missing;
  const rest = complaints([issued]).missing;
  assert.equal(all.length, rest.length + 1);
  assert.ok(all.some((line) => line.includes('issueLink')) && !rest.some((line) => line.includes('issueLink')));
});

const refused = {
  'a status that is not described': [{ ...issued, status: 201 }, /status 201 is not described/],
  'another media type': [{ ...issued, headers: { 'Content-Type': 'text/html' } }, /media type "text\/html"/],
  'a body that is no JSON': [{ ...issued, body: '{' }, /no JSON/],
  'a surplus member': [changed(issued, { surplus: 1 }), /additional properties/],
  'a missing member': [changed(issued, { csrf_token: undefined }), /csrf_token/],
  'a value out of range': [changed(issued, { expires_in: 601 }), /expires_in must be <= 600/],
  'a code of another status': [problem(400, 'bad_csrf'), /code must be equal to one of/],
  'another status in the body': [changed(problem(403, 'bad_csrf'), { status: 400 }), /status must be equal/],
  'a limit without Retry-After': [
    { ...problem(429, 'rate_limited'), headers: { 'Content-Type': 'application/problem+json' } },
    /Retry-After is missing/,
  ],
  'a Retry-After of zero': [
    { ...problem(503, 'unavailable'), headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '0' } },
    /Retry-After: 0/,
  ],
  'a body of 204': [{ ...issued, path: '/api/v1/links/disown', status: 204 }, /there should be no body/],
  'success at an unknown path': [{ ...issued, path: '/api/v1/nothing' }, /no such operation/],
  '404 for a method of a known path': [{ ...problem(404, 'not_found'), method: 'PUT' }, /should answer 405/],
};
for (const [name, [answer, reason]] of Object.entries(refused)) {
  test(`refused: ${name}`, () => {
    const { wrong } = complaints([answer]);
    assert.equal(wrong.length, 1, wrong.join('\n'));
    assert.match(wrong[0], reason);
  });
}
