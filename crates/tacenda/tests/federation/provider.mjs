// A hospital's identity provider: oidc-provider with its own login form, Keycloak-shaped claims, and a tap on the token
// endpoint by which a test answers in its place. Says its issuer on standard output; configured by the first argument.
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { packages, clients, people, audience } = JSON.parse(process.argv[2]);
// It talks about itself, and nobody reads it.
console.info = console.warn = () => {};
const load = (path) => import(pathToFileURL(`${packages}/node_modules/${path}`));
const { Provider, interactionPolicy } = await load('oidc-provider/lib/index.js');
const { SignJWT, importJWK } = await load('jose/dist/webapi/index.js');

const makeKey = (kid) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
};

let key = makeKey('first');
const stranger = makeKey('first');
let provider;
let nextIdToken;
let lastIdToken;

const form = (uid) => `<!doctype html><form method="post" action="/interaction/${uid}">
<input name="user"><input name="password" type="password"><button>Sign in</button></form>`;

const read = async (request) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

const makeProvider = (issuer) => {
  const made = new Provider(issuer, {
    clients,
    jwks: { keys: [key] },
    cookies: { keys: ['of a test'] },
    claims: {
      openid: ['sub', 'realm_access', 'amr'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    // Its own would tell nobody on this machine that somebody signed out.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'role:researcher', 'role:clinician', 'user/Observation.rs'],
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...people[id].claims, realm_access: { roles: people[id].roles } }),
    }),
    extraTokenClaims: (_, token) => ({
      name: people[token.accountId].claims.name,
      amr: people[token.accountId].amr,
      realm_access: { roles: people[token.accountId].roles },
    }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}`, policy: interactionPolicy.base() },
    loadExistingGrant: async (ctx) => {
      const grant = new made.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile email role:researcher role:clinician');
      grant.addResourceScope(audience, 'openid role:researcher role:clinician user/Observation.rs');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (ctx.oidc.client.clientId === 'tacenda' ? undefined : audience),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope: 'openid role:researcher role:clinician user/Observation.rs',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  for (const event of ['server_error', 'backchannel.error']) made.on(event, (_, error) => console.error(event, error));
  made.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route !== 'token' || !ctx.body?.id_token) return;
    lastIdToken = ctx.body.id_token;
    if (nextIdToken) ctx.body.id_token = nextIdToken;
    nextIdToken = undefined;
  });
  return made;
};

const interact = async (request, response) => {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    response.end(form(details.uid));
    return;
  }
  const sent = new URLSearchParams(await read(request));
  const person = people[sent.get('user')];
  const right = person && sent.get('password') === person.password;
  const result = right
    ? { login: { accountId: sent.get('user'), amr: person.amr } }
    : { error: 'access_denied', error_description: 'wrong password' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
};

// Signs as the provider (or as a stranger who calls the key the same), or in a way that nobody should believe.
const sign = async ({ claims, how, typ }) => {
  const base64 = (value) => Buffer.from(value).toString('base64url');
  const parts = (alg) => [{ alg, kid: key.kid, typ }, { jti: randomUUID(), ...claims }]
    .map((part) => base64(JSON.stringify(part))).join('.');
  if (how === 'none') return `${parts('none')}.`;
  if (how === 'public key as secret') {
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const text = parts('HS256');
    return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
  }
  const signing = await importJWK(how === 'stranger' ? stranger : key, 'RS256');
  const header = { alg: 'RS256', kid: key.kid, typ };
  return new SignJWT({ jti: randomUUID(), ...claims }).setProtectedHeader(header).sign(signing);
};

const control = {
  '/test/sign': sign,
  '/test/answer-with': ({ token }) => { nextIdToken = token; },
  '/test/last-id-token': () => lastIdToken,
  '/test/claims': ({ person, claims }) => { people[person].claims = claims; },
  '/test/roles': ({ person, roles }) => { people[person].roles = roles; },
  '/test/rotate': ({ issuer }) => { key = makeKey(randomUUID()); provider = makeProvider(issuer); },
};

const server = createServer(async (request, response) => {
  try {
    const path = request.url.split('?')[0];
    if (control[path]) {
      response.end(await control[path](JSON.parse(await read(request))) ?? '');
    } else if (path.startsWith('/interaction/')) {
      await interact(request, response);
    } else {
      provider.callback()(request, response);
    }
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end();
  }
});

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = makeProvider(issuer);
  process.stdout.write(`${issuer}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
