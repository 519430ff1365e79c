// Listeners: who wants to hear of what an element, or a checkout, goes through.

class Listeners {
  constructor() {
    this.byEvent = new Map();
  }

  on(event, handler) {
    refuseUnless(typeof event === 'string', 'The name of an event must be a string.');
    refuseUnless(typeof handler === 'function', `The handler of "${event}" must be a function.`);
    if (!this.byEvent.has(event)) this.byEvent.set(event, []);
    this.byEvent.get(event).push({ handler, once: false });
  }

  once(event, handler) {
    this.on(event, handler);
    this.byEvent.get(event).at(-1).once = true;
  }

  off(event, handler) {
    if (!handler) {
      this.byEvent.delete(event);
      return;
    }
    const kept = (this.byEvent.get(event) || []).filter((each) => each.handler !== handler);
    this.byEvent.set(event, kept);
  }

  has(event) {
    return (this.byEvent.get(event) || []).length > 0;
  }

  tell(event, detail) {
    for (const each of [...(this.byEvent.get(event) || [])]) {
      if (each.once) this.off(event, each.handler);
      try {
        each.handler(detail);
      } catch (fault) {
        // One handler's fault is the page's own; the others still hear.
        setTimeout(() => { throw fault; });
      }
    }
  }

  clear() {
    this.byEvent.clear();
  }
}
