// Place: where this script came from; frames and the API live there, and nowhere else.

const TRAINS = ['acacia', 'basil', 'clover', 'dahlia', 'endive'];
const NEWEST_TRAIN = 'endive';
// The last version of the API within each train: what its pages were written for.
const VERSION_OF_TRAIN = {
  acacia: '2025-02-24.acacia',
  basil: '2025-08-27.basil',
  clover: '2025-12-15.clover',
  dahlia: '2026-08-26.dahlia',
  endive: '2026-10-28.endive',
};

const scriptAddress = (() => {
  const ours = /\/(v3\/?|(?:[a-z]+\/)?stripe\.js)$/;
  const running = document.currentScript && document.currentScript.src;
  if (running) return new URL(running);
  const found = Array.from(document.scripts)
    .filter((script) => script.src)
    .map((script) => new URL(script.src))
    .filter((address) => ours.test(address.pathname) && address.host !== 'js.stripe.com');
  return found[found.length - 1] || new URL('/stripe.js', location.href);
})();

const ORIGIN = scriptAddress.origin;
const TRAIN = TRAINS.find((train) => scriptAddress.pathname.startsWith(`/${train}/`))
  || (scriptAddress.pathname.startsWith('/v3') ? 'v3' : NEWEST_TRAIN);

// Whether the page was written for a train that had not come yet to a change of names.
const isBefore = (train) =>
  TRAIN !== 'v3' && TRAINS.indexOf(TRAIN) < TRAINS.indexOf(train);
