// Books: who the users are, what they may use, and which events were acted upon; one JSON file.
// One process writes it, one change after the other; with several, take a database instead.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { database } from './settings.mjs';

const empty = { users: {}, cookies: {}, events: [] };
const books = existsSync(database) ? JSON.parse(readFileSync(database, 'utf8')) : empty;
const seen = new Set(books.events.map(({ id }) => id));

export function save() {
  writeFileSync(`${database}.new`, JSON.stringify(books));
  renameSync(`${database}.new`, database);
}

// Does one thing after the other, so that an older look never overwrites a newer one.
let last = Promise.resolve();
export function inTurn(work) {
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
}

export const users = () => Object.values(books.users);
export const userWith = (field, value) => users().find((user) => user[field] === value);

export function userCalled(email) {
  const key = email.trim().toLowerCase();
  books.users[key] ||= { id: randomBytes(8).toString('hex'), email: key, features: [] };
  return books.users[key];
}

export function signIn(email) {
  const cookie = randomBytes(24).toString('base64url');
  books.cookies[cookie] = userCalled(email).email;
  save();
  return cookie;
}

export function signOut(cookie) {
  delete books.cookies[cookie];
  save();
}

export const userOfCookie = (cookie) => books.users[books.cookies[cookie]];
export const wasTold = (id) => seen.has(id);

export function remember(event) {
  seen.add(event.id);
  books.events.push(event);
}

export const toldOf = (customer) => books.events
  .filter((event) => customer && event.customer === customer).slice(-40).reverse();
