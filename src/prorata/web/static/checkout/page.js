// Page: what this page was told of its session, and how it speaks to the API and hears back.

import { ask } from '../elements/api.js';

export const facts = JSON.parse(document.getElementById('facts').textContent);
export const find = (id) => document.getElementById(id);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const isFramed = facts.room === 'embed';

// Return a text of the page; `{name}` in it stands for a value.
export const word = (key, values = {}) => (facts.words[key] || '')
  .replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

export function callApi(method, path, params = {}) {
  return ask({ key: facts.key }, method, path, params);
}

export function callPage(action = '', params = {}) {
  const secret = facts.secret ? { client_secret: facts.secret } : {};
  return callApi('POST', `/v1/payment_pages/${facts.session}${action}`, { ...params, ...secret });
}

export function readPage() {
  const secret = facts.secret ? { client_secret: facts.secret } : {};
  return callApi('GET', `/v1/payment_pages/${facts.session}`, secret);
}

// What an error of the API means to whoever pays.
export function explain(error) {
  if (error.type === 'rate_limit_error') return word('rate_limit');
  return word(error.decline_code) || word(error.code) || word(error.type)
    || (facts.locale === 'en' && error.message) || word('declined');
}

// Say something to those who hear the page instead of seeing it.
export function announce(text) {
  const status = find('status');
  status.textContent = '';
  setTimeout(() => { status.textContent = text; }, 60);
}

const hearers = [];
export const onParts = (hear) => hearers.push(hear);

// Ask for what looks different now, and let everybody draw it.
export async function refresh() {
  const query = new URLSearchParams({ locale: document.documentElement.lang });
  const answer = await fetch(`/c/${facts.room}/${facts.opener}/parts?${query}`, {
    credentials: 'same-origin',
  });
  if (!answer.ok) return location.reload();
  const parts = await answer.json();
  if (parts.status !== 'open') return location.reload();
  facts.due = parts.due;
  facts.mark = parts.mark;
  for (const hear of hearers) hear(parts);
  return parts;
}

let last = Promise.resolve();
let waiting = 0;

// Send a change after those that are under way; return the error, or null.
export function change(params) {
  waiting += 1;
  const send = async () => {
    const bill = find('bill');
    bill.setAttribute('aria-busy', 'true');
    try {
      const { error } = await callPage('', params).finally(() => { waiting -= 1; });
      if (['checkout_session_complete', 'checkout_session_expired'].includes(error?.code)) {
        location.reload();
      }
      if (!error) await refresh();
      return error || null;
    } finally {
      bill.removeAttribute('aria-busy');
    }
  };
  last = last.then(send, send);
  return last;
}

const MOMENT_MILLISECONDS = 250;
let soon = null;
let unsaid = Promise.resolve(null);

// Whether more was changed than what was answered tells of.
export const isAhead = () => waiting > 0 || soon !== null;

// Send a change after a moment: whoever presses + five times means one change of that subject.
export function changeSoon(subject, params) {
  if (soon && soon.subject !== subject) sendSoon();
  clearTimeout(soon?.timer);
  soon = { subject, params, timer: setTimeout(sendSoon, MOMENT_MILLISECONDS) };
}

function sendSoon() {
  if (!soon) return;
  const { params, timer } = soon;
  clearTimeout(timer);
  soon = null;
  unsaid = change(params).then(async (error) => {
    // What was not taken is not shown either.
    if (error) await refresh().catch(() => {});
    return error;
  });
}

// Resolve when all that was changed has been said: with the error of what was changed last after
// a moment and not taken, or null.
export async function settled() {
  sendSoon();
  await last;
  const error = await unsaid;
  unsaid = Promise.resolve(null);
  return error;
}
