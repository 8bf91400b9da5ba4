// usage: node tests/support/openapi_check.mjs ANSWERS
//
// ANSWERS holds a JSON line {method, path, status, headers, body} per HTTP answer, as the journeys record them. Each
// answer under /api/v1 and /oauth2 must be one that docs/openapi.yaml describes: the status, the media type, the body, the headers
// that must be there. Each operation must have been answered with success at least once. Paths that the document does
// not name are for the journeys to judge: they must be 404, or refused by the guard before anybody looked at the path.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const document = parse(readFileSync(join(root, 'docs/openapi.yaml'), 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'openapi:', ...document }, 'openapi:');

const resolve = (node) => {
  if (node?.$ref === undefined) return node;
  return node.$ref.slice(2).split('/').reduce((at, key) => at[key], document);
};
const pointer = (...keys) =>
  'openapi:#/' + keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

/** A schema of the document, compiled once. */
const compiled = new Map();
const validator = (reference) => {
  if (!compiled.has(reference)) compiled.set(reference, ajv.compile({ $ref: reference }));
  return compiled.get(reference);
};

const templates = Object.keys(document.paths).map((template) => {
  const pattern = template.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : part)).join('/');
  return { template, pattern: new RegExp(`^${pattern}$`), literal: !template.includes('{') };
});
templates.sort((a, b) => Number(b.literal) - Number(a.literal));

const header = (headers, name) => Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** A header as its schema's type: the wire has text only. */
const valueOf = (text, schema) => (schema.type === 'integer' && /^[0-9]+$/.test(text) ? Number(text) : text);

function checkHeaders(answer, response) {
  return Object.entries(response.headers ?? {}).flatMap(([name, described]) => {
    const text = header(answer.headers, name);
    if (text === undefined) return described.required ? [`${name} is missing`] : [];
    return ajv.validate(described.schema, valueOf(text, described.schema)) ? [] : [`${name}: ${text}`];
  });
}

function checkBody(answer, response, responsePointer) {
  if (answer.method === 'HEAD') return answer.body === '' ? [] : ['HEAD has a body'];
  if (response.content === undefined) return answer.body === '' ? [] : ['there should be no body'];
  const media = (header(answer.headers, 'Content-Type') ?? '').split(';')[0].trim();
  if (response.content[media] === undefined) return [`media type "${media}"`];
  let body;
  try {
    body = JSON.parse(answer.body);
  } catch {
    return ['the body is no JSON'];
  }
  const validate = validator(pointer(...responsePointer, 'content', media, 'schema'));
  return validate(body) ? [] : [ajv.errorsText(validate.errors, { dataVar: 'body' })];
}

/** The response object of an operation and where it stands; undefined: that status is not described. */
function describedResponse(keys, status) {
  const node = keys.reduce((at, key) => at?.[key], document)?.[status];
  if (node === undefined) return undefined;
  const where = node.$ref === undefined ? [...keys, String(status)] : node.$ref.slice(2).split('/');
  return { response: resolve(node), where };
}

/** Answers that no operation gives: of another method at a known path, or before anybody looked at the path. */
const kBeforeRouting = [400, 404, 405, 411, 413, 421, 431, 503];

/** The member of a path that describes an answer: HEAD is answered as GET is, without the body. */
const memberOf = ({ method }) => (method === 'HEAD' ? 'get' : method.toLowerCase());

function check(answer, succeeded) {
  const path = answer.path.split('?')[0];
  const found = templates.find(({ pattern }) => pattern.test(path));
  const operation = found && document.paths[found.template][memberOf(answer)];
  if (operation === undefined) {
    const described = kBeforeRouting.includes(answer.status)
      ? describedResponse(['components', 'responses'], `Problem${answer.status}`)
      : undefined;
    if (described === undefined) return ['no such operation is described'];
    if (found && answer.status === 404) return ['a known path should answer 405 to other methods'];
    return [...checkHeaders(answer, described.response), ...checkBody(answer, described.response, described.where)];
  }
  const described = describedResponse(['paths', found.template, memberOf(answer), 'responses'], answer.status);
  if (described === undefined) return [`status ${answer.status} is not described`];
  if (answer.status < 300) succeeded.add(operation.operationId);
  return [...checkHeaders(answer, described.response), ...checkBody(answer, described.response, described.where)];
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node tests/support/openapi_check.mjs ANSWERS');
  process.exit(2);
}
const answers = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
const ours = answers.filter(({ path }) => path === '/api/v1' || /^\/(api\/v1|oauth2)\//.test(path));
const succeeded = new Set();
let failures = 0;
const fail = (text) => {
  failures += 1;
  console.error(`FAILED: ${text}`);
};
for (const answer of ours) {
  for (const reason of check(answer, succeeded)) {
    fail(`${answer.method} ${answer.path} ${answer.status}: ${reason}\n  ${answer.body.slice(0, 300)}`);
  }
}
const operations = Object.values(document.paths).flatMap((item) => Object.values(item)).map((each) => each.operationId);
for (const operation of operations) {
  if (!succeeded.has(operation)) fail(`${operation} was never answered with success`);
}
console.log(`${ours.length} answers checked`);
process.exit(failures === 0 && ours.length > 0 ? 0 : 1);
