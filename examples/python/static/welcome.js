// Welcome: look every half second whether the event has come that gives access.

const waiting = document.getElementById('waiting');
const query = new URLSearchParams(waiting.dataset.plan ? { plan: waiting.dataset.plan } : {});
let looks = 0;

async function look() {
  const { arrived } = await (await fetch(`/welcome/arrived?${query}`)).json();
  if (arrived) return location.replace(`/welcome?${query}`);
  looks += 1;
  if (looks === 20) document.getElementById('late').hidden = false;
  if (looks < 240) setTimeout(look, 500);
}

look();
