// What every page does: menus that submit themselves, buttons that are pressed once.

for (const menu of document.querySelectorAll("[data-submits]")) {
  menu.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set(menu.name, menu.value);
    location.assign(address);
  });
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) {
      // After the submission, so that the pressed button's value is sent.
      setTimeout(() => button.setAttribute("disabled", ""), 0);
      button.classList.add("is-busy");
    }
  });
}

export {};
