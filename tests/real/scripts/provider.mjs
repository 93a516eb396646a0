// An OpenID Connect provider by node-oidc-provider: node provider.mjs MODULES PORT REDIRECT_URI SECRET
import { pathToFileURL } from 'node:url';

const [modules, port, redirect, secret] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'posthouse', client_secret: secret, redirect_uris: [redirect] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  cookies: { keys: ['of this test'] },
  pkce: { required: () => true },
  findAccount: async (_context, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, email: `${id}@example.test`, email_verified: id !== 'mallory' }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
