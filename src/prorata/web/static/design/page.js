// What every page does: menus that submit themselves.

for (const menu of document.querySelectorAll("[data-submits]")) {
  menu.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set(menu.name, menu.value);
    location.assign(address);
  });
}

export {};
