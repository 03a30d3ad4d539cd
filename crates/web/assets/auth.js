// Vestibule's helper for a front end of your own: signing in and out, and requests that carry the token.
//
//     <script src="/assets/auth.js"></script>
//     <script>
//       VestibuleAuth.signIn("ada", "a quiet green harbour").then((user) => console.log(user.username));
//       VestibuleAuth.authFetch("/api/auth/profile").then((answer) => answer.json()).then(console.log);
//     </script>
//
// A classic script without dependencies. It defines `VestibuleAuth`:
//
//   configure({storage})      "session" (the default) or "local"; call it before anything else
//   signUp({username, email, password, ...})   opens an account; resolves to it, and signs nobody in
//   signIn(name, password)    resolves to the user
//   signOut()                 ends the session here and on the server
//   authFetch(url, options)   `fetch` with the token; refreshes it when it has expired, once
//   currentUser()             the user as of the last sign-in or refresh, or null
//   onChange(callback)        called with the user or null whenever that changes, in other tabs too; returns its end
//
// What is refused rejects with a `VestibuleAuth.AuthError`: `message` for people, `code`, `status`, `fields` and
// `retryAfter` (seconds) for programs.
//
// Where the tokens lie. Whatever script runs on your pages can read them, wherever they are kept, so let no stranger's
// script in: set a Content-Security-Policy, and write no HTML made of what people typed. "session" keeps them for one
// tab, until it is closed. "local" keeps them on the disk for all tabs, until somebody signs out or they expire: the
// next person at the same computer is then signed in as the last one. A cookie that no script can read is what the pages
// of Vestibule itself use; the API takes none, so that nobody else's page can ride on it.
(function (global) {
  "use strict";

  const PLACE = "vestibule.session";
  // A token that ends within this time may end on its way.
  const MARGIN = 5000;
  // Within this time news between tabs has come.
  const NEWS = 10000;

  let store = global.sessionStorage;
  let refreshing = null;
  const callbacks = new Set();
  // Tabs made by duplicating one hold the same tokens: whoever renews them tells the others.
  const channel = "BroadcastChannel" in global ? new BroadcastChannel(PLACE) : null;

  class AuthError extends Error {
    constructor(status, body, retryAfter) {
      super(body.error || body.detail || "The server answered " + status + ".");
      this.name = "AuthError";
      this.status = status;
      this.code = body.code || null;
      this.fields = body.fields || {};
      this.requestId = body.request_id || null;
      this.retryAfter = retryAfter;
    }
  }

  function configure(options) {
    const stores = { session: global.sessionStorage, local: global.localStorage };
    const chosen = stores[(options && options.storage) || "session"];
    if (!chosen) {
      throw new TypeError('storage is "session" or "local"');
    }
    store = chosen;
  }

  function read() {
    try {
      return JSON.parse(store.getItem(PLACE));
    } catch (_broken) {
      return null;
    }
  }

  // The one place where a session begins, changes or ends.
  function keep(session) {
    const before = read();
    if (session) {
      store.setItem(PLACE, JSON.stringify(session));
    } else {
      store.removeItem(PLACE);
    }
    if (channel && before) {
      channel.postMessage({ was: before.refresh_token, now: session });
    }
    tell();
  }

  function tell() {
    const user = currentUser();
    callbacks.forEach((callback) => callback(user));
  }

  // What the server answered, with how far its clock is ahead of this one.
  function sessionOf(answer, body) {
    const now = Date.parse(answer.headers.get("date"));
    const ahead = Number.isNaN(now) ? 0 : now - Date.now();
    return {
      access_token: body.access_token,
      expires_at: body.expires_at,
      refresh_token: body.refresh_token,
      refresh_expires_at: body.refresh_expires_at,
      user: body.user,
      ahead: ahead,
    };
  }

  function hasEnded(session, at, margin) {
    return Date.parse(at) - margin <= Date.now() + session.ahead;
  }

  async function post(path, fields, token) {
    const headers = { "Content-Type": "application/json" };
    if (token) {
      headers.Authorization = "Bearer " + token;
    }
    const options = { method: "POST", headers: headers, credentials: "omit", cache: "no-store" };
    if (fields) {
      options.body = JSON.stringify(fields);
    } else {
      delete headers["Content-Type"];
    }
    const answer = await global.fetch(path, options);
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      throw new AuthError(answer.status, body, Number(answer.headers.get("retry-after")) || null);
    }
    return { answer: answer, body: body };
  }

  async function signUp(fields) {
    const { body } = await post("/api/auth/register", fields);
    return body.user || null;
  }

  async function signIn(name, password) {
    const { answer, body } = await post("/api/auth/login", { username: name, password: password });
    keep(sessionOf(answer, body));
    return body.user;
  }

  async function signOut() {
    // A refresh under way would bring tokens for a session that is to end: it is waited for, and they end with it.
    await Promise.resolve(refreshing).catch(() => null);
    const session = read();
    keep(null);
    if (session) {
      // A session that has ended already is what was asked for.
      await post("/api/auth/logout", null, session.access_token).catch((error) => {
        if (!(error instanceof AuthError) || error.status !== 401) {
          throw error;
        }
      });
    }
  }

  function currentUser() {
    const session = read();
    return session && !hasEnded(session, session.refresh_expires_at, 0) ? session.user : null;
  }

  function onChange(callback) {
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  // Gets new tokens in the place of those of `stale`, once however many ask. Resolves to the session, or to null where it
  // has ended; rejects where nobody could tell.
  function refresh(stale) {
    if (!refreshing) {
      const renewing = () => renew(stale);
      // Tabs that share one session wait for each other; browsers have locks on https and on this machine alone.
      const turn = global.navigator.locks ? global.navigator.locks.request(PLACE, renewing) : renewing();
      refreshing = turn.finally(() => {
        refreshing = null;
      });
    }
    return refreshing;
  }

  // What tells other tabs that a refresh token is spent before the news of its successor has come to them: all tabs see
  // locks in one order, and news comes when it comes.
  function markOf(token) {
    return PLACE + ".spent." + token.slice(-16);
  }

  function mark(token) {
    if (!global.navigator.locks) {
      return Promise.resolve();
    }
    return new Promise((marked) => {
      const hold = () => {
        marked();
        return new Promise((end) => global.setTimeout(end, NEWS));
      };
      global.navigator.locks.request(markOf(token), hold).catch(marked);
    });
  }

  // The session as it is once the news has come, where another tab has spent its refresh token.
  async function heard(session) {
    if (!session || !global.navigator.locks) {
      return session;
    }
    const { held } = await global.navigator.locks.query();
    const spent = held.some((lock) => lock.name === markOf(session.refresh_token));
    let now = session;
    for (let waited = 0; spent && waited < NEWS && now && now.refresh_token === session.refresh_token; waited += 20) {
      await new Promise((next) => global.setTimeout(next, 20));
      now = read();
    }
    return now;
  }

  async function renew(stale) {
    const session = await heard(read());
    if (!session || session.access_token !== stale.access_token) {
      // Another tab was faster.
      return session;
    }
    try {
      const { answer, body } = await post("/api/auth/refresh", { refresh_token: session.refresh_token });
      await mark(session.refresh_token);
      const now = read();
      if (!now || now.refresh_token !== session.refresh_token) {
        // Somebody signed out, or in anew, in another tab meanwhile: these tokens are nobody's.
        await post("/api/auth/logout", null, body.access_token).catch(() => null);
        return now;
      }
      keep(sessionOf(answer, body));
    } catch (error) {
      if (!(error instanceof AuthError) || error.status !== 401) {
        throw error;
      }
      keep(null);
    }
    return read();
  }

  function withToken(request, session) {
    const headers = new Headers(request.headers);
    headers.set("Authorization", "Bearer " + session.access_token);
    return new Request(request, { headers: headers, credentials: "omit" });
  }

  async function authFetch(url, options) {
    const request = new Request(url, options);
    // The token is for this server. Whoever else gets it can act as the person.
    if (new URL(request.url).origin !== global.location.origin) {
      throw new TypeError("authFetch sends the token to its own origin alone");
    }
    let session = read();
    if (session && hasEnded(session, session.expires_at, MARGIN)) {
      session = await refresh(session);
    }
    if (!session) {
      return global.fetch(request);
    }
    const answer = await global.fetch(withToken(request.clone(), session));
    if (answer.status !== 401) {
      return answer;
    }
    const renewed = await refresh(session);
    return renewed ? global.fetch(withToken(request, renewed)) : answer;
  }

  if (channel) {
    channel.onmessage = (event) => {
      const session = read();
      const { was, now } = event.data;
      if (session && session.refresh_token === was) {
        if (now) {
          store.setItem(PLACE, JSON.stringify(now));
        } else {
          store.removeItem(PLACE);
        }
        tell();
      }
    };
  }
  global.addEventListener("storage", (event) => {
    if (event.storageArea === store && (event.key === PLACE || event.key === null)) {
      tell();
    }
  });

  global.VestibuleAuth = Object.freeze({
    AuthError,
    authFetch,
    configure,
    currentUser,
    onChange,
    signIn,
    signOut,
    signUp,
  });
})(window);
