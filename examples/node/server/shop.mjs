// Shop: Lumen Photos, a photo-hosting company that sells in three ways; the server of its pages.
import express from 'express';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as books from './books.mjs';
import { buying } from './buying.mjs';
import { FEATURES, makeCatalogue, PLANS } from './catalogue.mjs';
import * as settings from './settings.mjs';
import { catchUp, listen, receive } from './webhooks.mjs';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const app = express();

const cookieOf = (request) => /(?:^|;\s*)lumen_node=([\w-]+)/.exec(request.headers.cookie || '')?.[1];

// A signature covers the very bytes that came: they are read before anything else is made of them.
app.post('/webhooks', express.raw({ type: '*/*' }), receive);
app.use('/static', express.static(join(here, 'static')));
// Only JSON is read: another site's form can't send it.
app.use('/api', express.json());
app.use('/api', (request, response, next) => {
  request.user = books.userOfCookie(cookieOf(request));
  next();
});

app.get('/api/me', ({ user }, response) => {
  response.json(user ? { ...user, told: books.toldOf(user.customer) } : null);
});
app.post('/api/sign-in', (request, response) => {
  const email = String(request.body?.email || '');
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
    response.status(400).json({ error: 'That is no address of e-mail.' });
    return;
  }
  const secure = settings.shopUrl.startsWith('https:');
  response.cookie('lumen_node', books.signIn(email), { httpOnly: true, sameSite: 'lax', secure });
  response.json({});
});
app.post('/api/sign-out', (request, response) => {
  books.signOut(cookieOf(request));
  response.json({});
});
app.use('/api', (request, response, next) => (
  request.user ? next() : response.status(401).json({ error: 'Sign in first.' })
), buying);

// Every other address is a page of the browser's; our script stands before the app's.
const known = JSON.stringify({
  key: settings.publishableKey, table: settings.pricingTable, plans: PLANS, features: FEATURES,
  prorata: settings.apiBase,
}).replaceAll('<', '\\u003c');
app.get('/{*path}', (request, response) => {
  response.send(`<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Lumen Photos</title>
<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/shop.css">
<script src="${settings.script}"></script><script async src="${settings.tableScript}"></script></head>
<body><div id="root"></div><script>window.shop = ${known}</script>
<script src="/static/app.js"></script></body></html>`);
});
// Express knows by its four parameters that this is for errors.
app.use((error, request, response, _next) => {
  console.error(error);
  response.status(500).json({ error: 'That did not work. Please try again.' });
});

// The door is open before the endpoint is made: nothing that is told finds it shut.
await makeCatalogue();
const server = app.listen(settings.port, '127.0.0.1', async () => {
  await listen();
  await catchUp();
  console.log(`Lumen Photos is open: ${settings.shopUrl}`);
});
process.on('SIGTERM', () => { server.close(); server.closeAllConnections(); });
