// Frames: iframes on our own origin, and what they and the page say to each other.
//
// A message is believed only when it comes from our origin and from the very window it claims.

const openFrames = new Map();
const PATIENCE_MILLISECONDS = 30_000;
let frameCount = 0;

window.addEventListener('message', (event) => {
  if (event.origin !== ORIGIN || !isObject(event.data) || event.data.prorata !== true) return;
  const frame = openFrames.get(event.data.frame);
  if (frame && event.source === frame.iframe.contentWindow) frame.hear(event.data);
});

class Frame {
  constructor(kind, { title, locale, init, hear, hidden }) {
    frameCount += 1;
    this.name = `__privateStripeFrame${Math.floor(Math.random() * 1e6)}${frameCount}`;
    this.init = init;
    this.onMessage = hear || (() => {});
    this.calls = new Map();
    this.callCount = 0;
    this.queue = [];
    this.isReady = false;
    this.failure = null;
    this.iframe = document.createElement('iframe');
    this.iframe.name = this.name;
    this.iframe.title = title;
    this.iframe.setAttribute('allow', 'publickey-credentials-get *');
    this.iframe.setAttribute('frameborder', '0');
    this.iframe.setAttribute('scrolling', 'no');
    this.iframe.setAttribute('allowtransparency', 'true');
    if (hidden) {
      this.iframe.setAttribute('aria-hidden', 'true');
      this.iframe.tabIndex = -1;
    }
    styleFrame(this.iframe, hidden ? HIDDEN : SHOWN);
    const query = new URLSearchParams({ locale: locale || 'en' });
    this.iframe.src = `${ORIGIN}/elements/${kind}?${query}`;
    openFrames.set(this.name, this);
    this.patience = setTimeout(() => this.giveUp(), PATIENCE_MILLISECONDS);
  }

  // A frame that never comes (our server is down, or forbidden here) must not keep a page waiting.
  giveUp() {
    const error = {
      type: 'api_connection_error',
      message: `A frame of ${ORIGIN} could not be loaded. Does the page's Content-Security-Policy`
        + ' allow it in frame-src?',
    };
    this.failure = { error };
    this.queue = [];
    for (const waiting of this.calls.values()) waiting(this.failure);
    this.calls.clear();
    this.onMessage('loaderror', this.failure);
  }

  async begin() {
    // Also after the browser loaded it anew, because the page moved it.
    clearTimeout(this.patience);
    this.failure = null;
    this.isReady = false;
    const detail = await this.init();
    if (!openFrames.has(this.name)) return;
    this.isReady = true;
    this.post({ type: 'init', detail });
    for (const message of this.queue.splice(0)) this.post(message);
  }

  hear({ type, detail, call }) {
    if (type === 'loaded') {
      this.begin();
    } else if (type === 'answer') {
      const waiting = this.calls.get(call);
      this.calls.delete(call);
      if (waiting) waiting(detail);
    } else {
      this.onMessage(type, detail || {});
    }
  }

  post(message) {
    this.iframe.contentWindow.postMessage({ prorata: true, frame: this.name, ...message }, ORIGIN);
  }

  send(type, detail) {
    if (this.isReady) this.post({ type, detail });
    else this.queue.push({ type, detail });
  }

  call(type, detail) {
    if (this.failure) return Promise.resolve(this.failure);
    this.callCount += 1;
    const call = this.callCount;
    const message = { type, detail, call };
    return new Promise((resolve) => {
      this.calls.set(call, resolve);
      if (this.isReady) this.post(message);
      else this.queue.push(message);
    });
  }

  remove() {
    clearTimeout(this.patience);
    openFrames.delete(this.name);
    this.iframe.remove();
    for (const waiting of this.calls.values()) {
      waiting({ error: invalidRequest('The element was taken off the page meanwhile.') });
    }
    this.calls.clear();
  }
}

const SHOWN = {
  'border': '0', 'margin': '0', 'padding': '0', 'width': '1px', 'min-width': '100%',
  'overflow': 'hidden', 'display': 'block', 'user-select': 'none', 'height': '0px',
  'color-scheme': 'light', 'opacity': '0', 'transition': 'height 0.16s, opacity 0.2s',
};
const ROOMY = { 'margin': '-4px', 'min-width': 'calc(100% + 8px)' };
const HIDDEN = {
  'border': '0', 'margin': '0', 'padding': '0', 'width': '1px', 'height': '1px',
  'min-width': '0', 'position': 'fixed', 'top': '0', 'left': '0', 'display': 'block',
  'opacity': '0', 'pointer-events': 'none', 'visibility': 'hidden',
};

const styleFrame = (node, styles) => {
  // Said one by one: a page may forbid style attributes, and may style all its iframes.
  for (const [name, value] of Object.entries(styles)) {
    node.style.setProperty(name, value, 'important');
  }
};
