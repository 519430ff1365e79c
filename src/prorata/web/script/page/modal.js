// Modal: a page of ours above the page, for what cannot be done in a field (3-D Secure, wallets).

const BACKDROP = {
  'position': 'fixed', 'inset': '0', 'z-index': '2147483647', 'margin': '0', 'padding': '0',
  'background': 'rgba(15, 20, 32, 0.55)', 'display': 'flex', 'align-items': 'center',
  'justify-content': 'center', 'border': '0', 'width': '100vw', 'height': '100vh',
  'max-width': '100vw', 'max-height': '100vh', 'opacity': '1', 'box-sizing': 'border-box',
};
const SHEET = {
  'position': 'relative', 'width': 'min(100vw, 30rem)', 'height': 'min(100vh, 38rem)',
  'background': '#fff', 'border-radius': 'min(14px, calc((100vw - 30rem) * 99))', 'margin': '0',
  'overflow': 'hidden', 'box-shadow': '0 24px 80px rgba(10, 15, 30, 0.4)', 'padding': '0',
};
const INNER = {
  'border': '0', 'width': '100%', 'height': '100%', 'display': 'block', 'margin': '0',
  'color-scheme': 'light dark', 'opacity': '1', 'transition': 'none', 'min-width': '100%',
  'overflow': 'auto',
};
const CLOSE = {
  'position': 'absolute', 'top': '8px', 'right': '8px', 'z-index': '1', 'width': '36px',
  'height': '36px', 'border': '0', 'border-radius': '18px', 'background': 'rgba(120, 130, 150, .16)',
  'color': '#3b4560', 'font': '20px/36px system-ui, sans-serif', 'padding': '0', 'margin': '0',
  'cursor': 'pointer',
};

class Modal {
  constructor({ iframe, label, onClose }) {
    this.before = document.activeElement;
    this.overflow = document.documentElement.style.overflow;
    this.dialog = document.createElement('dialog');
    this.dialog.setAttribute('aria-label', label);
    this.dialog.dataset.prorataModal = '';
    styleFrame(this.dialog, BACKDROP);
    const sheet = document.createElement('div');
    styleFrame(sheet, SHEET);
    styleFrame(iframe, INNER);
    iframe.removeAttribute('scrolling');
    sheet.appendChild(iframe);
    if (onClose) {
      const close = document.createElement('button');
      close.type = 'button';
      close.textContent = '×';
      close.setAttribute('aria-label', 'Close');
      styleFrame(close, CLOSE);
      close.addEventListener('click', onClose);
      sheet.appendChild(close);
      this.dialog.addEventListener('cancel', (event) => {
        event.preventDefault();
        onClose();
      });
    }
    this.dialog.appendChild(sheet);
    document.body.appendChild(this.dialog);
    // A real dialog: what is behind it can be neither reached nor read.
    this.dialog.showModal();
    document.documentElement.style.overflow = 'hidden';
    iframe.focus();
  }

  close() {
    document.documentElement.style.overflow = this.overflow;
    this.dialog.close();
    this.dialog.remove();
    if (this.before && this.before.focus) this.before.focus();
  }
}
