// Frame: what the embedded page tells the page around it, and where a visitor goes at the end.

const facts = JSON.parse(document.getElementById('facts').textContent);
const query = new URLSearchParams(location.search);
const host = query.get('origin') || '*';
const framed = document.body.classList.contains('is-framed');

export function tell(type, rest = {}) {
  if (window.parent !== window) window.parent.postMessage({ type, ...rest }, host);
}

let calls = 0;
const ANSWER_MILLISECONDS = 20000;

// Ask the page around what it makes of a change; return {type: 'accept'} or {type: 'reject', …}.
export function askHost(kind, event) {
  calls += 1;
  const call = calls;
  return new Promise((resolve) => {
    const hear = ({ source, data }) => {
      if (source !== window.parent || data?.type !== `prorata:${kind}:answer`) return;
      if (data.call !== call) return;
      window.removeEventListener('message', hear);
      resolve(data.answer || { type: 'accept' });
    };
    window.addEventListener('message', hear);
    setTimeout(() => resolve({ type: 'reject' }), ANSWER_MILLISECONDS);
    tell(`prorata:${kind}`, { call, event });
  });
}

// Go where the seller wants, once the session is complete.
export async function finish(page) {
  const url = page.completion?.redirect_url;
  if (framed) {
    const stays = facts.then === 'never' || (facts.then === 'if_required' && !wentAway());
    if (url && !stays) {
      tell('prorata:redirect', { url });
      return;
    }
    tell('prorata:complete', { session: page.id });
    location.reload();
    return;
  }
  // A moment for the eye to see that it worked.
  await new Promise((resolve) => { setTimeout(resolve, 350); });
  if (url) location.assign(url);
  else {
    const address = new URL(location.href);
    address.searchParams.set('done', '1');
    location.replace(address);
  }
}

const wentAway = () => query.has('redirect_status');

if (framed) {
  const measure = () => tell('prorata:height', {
    height: Math.ceil(document.body.getBoundingClientRect().height),
  });
  new ResizeObserver(measure).observe(document.body);
  measure();
  // The visitor comes back from a bank, in a frame of a page that still shows the form.
  if (facts.complete && wentAway()) tell('prorata:redirect', { url: facts.url });
}
