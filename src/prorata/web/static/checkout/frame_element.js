// Frame element: an element of another site that shows a page of ours in a frame as high as it is.

const script = document.currentScript;
const ORIGIN = new URL(script ? script.src : location.href).origin;

class FrameElement extends HTMLElement {
  #frame = null;
  #drawn = '';

  connectedCallback() {
    window.addEventListener('message', this);
    this.draw();
  }

  disconnectedCallback() {
    window.removeEventListener('message', this);
    this.#frame?.remove();
    this.#frame = null;
    this.#drawn = '';
  }

  attributeChangedCallback() {
    if (this.isConnected) queueMicrotask(() => this.draw());
  }

  // Attributes may be set one after the other: the frame is loaded once for all of them.
  draw() {
    const address = this.isConnected ? this.address() : null;
    if (!address || address === this.#drawn) return;
    this.#drawn = address;
    if (!this.#frame) {
      this.#frame = document.createElement('iframe');
      this.#frame.title = this.constructor.title;
      this.#frame.allow = 'payment *';
      this.#frame.style.cssText = 'display:block;width:100%;border:0;margin:0;padding:0;'
        + `min-width:0;height:${this.constructor.height};color-scheme:light;background:transparent`;
      this.append(this.#frame);
    }
    this.#frame.src = address;
  }

  handleEvent({ origin, source, data }) {
    if (origin !== ORIGIN || source !== this.#frame?.contentWindow || !data) return;
    if (data.type === 'prorata:height') this.#frame.style.height = `${data.height}px`;
    else if (data.type === 'prorata:redirect' && isAddress(data.url)) location.assign(data.url);
  }

  // The attributes that lead on, under the names that our pages have for them.
  query(names) {
    const query = new URLSearchParams({ origin: location.origin, framed: '1' });
    for (const [attribute, name] of Object.entries(names)) {
      const value = this.getAttribute(attribute);
      if (value) query.set(name, value);
    }
    return query;
  }
}

const isAddress = (url) => /^https?:\/\//.test(url);

const define = (name, element) => {
  if (!customElements.get(name)) customElements.define(name, element);
};
