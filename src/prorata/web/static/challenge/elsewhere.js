// Elsewhere: the payer acts on the gateway's own page, which tells us nothing when it is done.

const LOOK_MILLISECONDS = 1500;
const { secret } = document.querySelector(".ask-frame").dataset;

async function look() {
  try {
    const answer = await fetch(location.pathname, {
      method: "POST", body: new URLSearchParams({ client_secret: secret, answer: "look" }),
    });
    const { waits } = await answer.json();
    // Any other answer tells nothing: a page that is loaded anew forgets what was typed there.
    if (waits === false) {
      location.reload();
      return;
    }
  } catch {
    // The next look may find what this one did not.
  }
  setTimeout(look, LOOK_MILLISECONDS);
}

setTimeout(look, LOOK_MILLISECONDS);
