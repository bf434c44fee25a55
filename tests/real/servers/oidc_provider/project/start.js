// A certified OpenID Connect provider on loopback. Its development pages let anybody sign in under the login they type.
import http from 'node:http'

import Provider from 'oidc-provider'

const { PORT, CLIENT_ID, CLIENT_SECRET, COOKIE_KEY, GROUPS } = process.env
const issuer = `http://127.0.0.1:${PORT}`
const groups = JSON.parse(GROUPS)

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      // a native client may come back to any port of this machine's own address (RFC 8252, 7.3)
      application_type: 'native',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: ['http://127.0.0.1/auth/callback'],
      post_logout_redirect_uris: ['http://127.0.0.1/'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'groups'],
  claims: { openid: ['sub'], profile: ['preferred_username', 'name'], groups: ['groups'] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: [COOKIE_KEY] },
  async findAccount(_, id) {
    const claims = { sub: id, preferred_username: id, name: id, ...(groups[id] ? { groups: groups[id] } : {}) }
    return { accountId: id, claims: async () => claims }
  },
})

http.createServer(provider.callback()).listen(Number(PORT), '127.0.0.1')
