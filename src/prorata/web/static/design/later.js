// Later: brings a page's scripts once the page is painted, and hands on what was done meanwhile;
// what has to be so from the first paint on is here.

(() => {
  const { at, runs, loads } = document.currentScript.dataset;
  const listed = (names) => names.split(' ').filter(Boolean);
  const isFramed = window.parent !== window;
  // A frame out of sight is not painted.
  const PATIENCE_MILLISECONDS = isFramed ? 150 : 1000;
  // A phone between two cells has no network for a moment.
  const RETRY_MILLISECONDS = [500, 2000, 6000];
  const done = [];

  const pressed = ({ target, ctrlKey, metaKey, shiftKey }) => {
    if (isFramed && !ctrlKey && !metaKey && !shiftKey) {
      return target.closest('button[type=button], a[data-leads]');
    }
    return target.closest('button[type=button]');
  };
  // What a script would do of each event, to what; null for what needs none.
  const subjects = {
    click: pressed,
    input: ({ target }) => target,
    change: ({ target }) => target,
    submit: ({ target }) => (target.matches('[data-held], :has([data-gateway])') ? target : null),
  };

  const keep = (event) => {
    const { type, submitter } = event;
    const subject = subjects[type](event);
    if (!subject) return;
    // A form or a link would lead away by itself.
    if (type === 'submit' || subject.localName === 'a') event.preventDefault();
    const isRepeated = done.some((each) => each.type === type && each.subject === subject);
    if (type !== 'click' && isRepeated) return;
    done.push({ type, subject, submitter });
    const button = submitter || subject;
    if (submitter || button.matches('button.wide')) button.classList.add('is-busy');
  };
  for (const type of Object.keys(subjects)) document.addEventListener(type, keep, true);

  // What is to be sent once is, however early and often its button is pressed.
  document.addEventListener('submit', ({ target, submitter, defaultPrevented }) => {
    if (defaultPrevented || !target.matches('[data-once]')) return;
    submitter?.classList.add('is-busy');
    const buttons = [...target.elements].filter((each) => each.localName === 'button');
    // After the submission, so that the pressed button's value is sent.
    setTimeout(() => { for (const each of buttons) each.disabled = true; }, 0);
  });
  // Who goes back sees how things are now, not a page as it was left, with its buttons pressed.
  addEventListener('pageshow', ({ persisted }) => {
    // Asked for anew, not loaded anew: what a form has led to would be sent a second time.
    if (persisted && !isFramed) location.replace(location.pathname + location.search);
  });

  const stopKeeping = () => {
    for (const type of Object.keys(subjects)) document.removeEventListener(type, keep, true);
    for (const { subject, submitter } of done) (submitter || subject).classList.remove('is-busy');
  };

  const handOn = () => {
    stopKeeping();
    for (const { type, subject, submitter } of done) {
      if (type === 'click') subject.click();
      else if (type === 'submit') subject.requestSubmit(submitter);
      else subject.dispatchEvent(new Event(type, { bubbles: true }));
    }
    document.documentElement.dataset.ready = 'true';
  };

  // The page is what it is where there is no JavaScript, and what a script alone may send is not.
  const doWithout = () => {
    stopKeeping();
    document.addEventListener('submit', (event) => {
      if (event.target.matches('[data-held]')) event.preventDefault();
    });
    for (const each of document.querySelectorAll('noscript')) each.outerHTML = each.textContent;
  };

  // Resolve to whether they run. What did not come is not asked for again under the same address.
  const run = async (names, tries = 0) => {
    const from = tries ? at.replace(/\/$/, `.${tries}/`) : at;
    const ends = await Promise.allSettled(names.map((each) => import(from + each)));
    const missing = names.filter((_, place) => ends[place].status === 'rejected');
    if (!missing.length || tries === RETRY_MILLISECONDS.length) return !missing.length;
    await new Promise((resolve) => { setTimeout(resolve, RETRY_MILLISECONDS[tries]); });
    return run(missing, tries + 1);
  };

  let isBrought = false;
  const bring = () => {
    if (isBrought) return;
    isBrought = true;
    for (const each of listed(loads)) {
      const link = document.createElement('link');
      document.head.append(Object.assign(link, { rel: 'modulepreload', href: at + each }));
    }
    run(listed(runs)).then((isRunning) => (isRunning ? handOn() : doWithout()));
  };

  // Nobody waits for a page in the background.
  if (document.hidden) bring();
  new PerformanceObserver(bring).observe({ type: 'paint', buffered: true });
  setTimeout(bring, PATIENCE_MILLISECONDS);
})();
