// Home: keys are copied with one press.

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const text = button.querySelector(".copy-text");
  const before = text.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    text.textContent = button.dataset.done;
    setTimeout(() => { text.textContent = before; }, 1600);
  });
}
