// Framed: tells the element around it how high the page is, and where a choice leads.

const host = new URLSearchParams(location.search).get('origin') || '*';
const isFramed = window.parent !== window;

export function go(url) {
  if (isFramed) window.parent.postMessage({ type: 'prorata:redirect', url }, host);
  else location.assign(url);
}

if (isFramed) {
  const measure = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    window.parent.postMessage({ type: 'prorata:height', height }, host);
  };
  new ResizeObserver(measure).observe(document.body);
  measure();
}

for (const link of document.querySelectorAll('a[data-leads]')) {
  link.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || !isFramed) return;
    event.preventDefault();
    go(link.href);
  });
}
