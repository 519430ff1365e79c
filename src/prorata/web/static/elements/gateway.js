// Gateway: the gateway's own fields, in a frame that may load what is the gateway's. The frames and
// pages of ours that show it are of this origin, and call what stands in its window.

const { script, settings } = JSON.parse(document.body.dataset.fields);

function fit() {
  const { height } = document.body.getBoundingClientRect();
  if (window.frameElement && height) window.frameElement.style.height = `${Math.ceil(height)}px`;
}

// Draw the fields; return what they can do. See docs/gateways.md.
window.prorataMount = async (options) => {
  const { mount } = await import(script);
  const place = document.createElement('div');
  document.body.append(place);
  new ResizeObserver(fit).observe(document.body);
  return mount(place, { ...options, settings });
};
