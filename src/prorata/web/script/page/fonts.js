// Fonts: what the page's style sheets say of fonts, as the frames can load it themselves.

const FONT_FACE = /@font-face\s*{([^}]*)}/g;

const readFonts = async (fonts) => {
  const lists = await Promise.all((fonts || []).map(async (font) => {
    if (!font.cssSrc) return font.family && font.src ? [font] : [];
    try {
      const address = new URL(font.cssSrc, location.href);
      const sheet = await (await fetch(address)).text();
      return Array.from(sheet.matchAll(FONT_FACE), (face) => parseFace(face[1], address));
    } catch {
      console.warn(`The fonts of ${font.cssSrc} could not be loaded; the next one is used.`);
      return [];
    }
  }));
  return lists.flat();
};

const parseFace = (text, base) => {
  const said = {};
  for (const line of text.split(';')) {
    const colon = line.indexOf(':');
    if (colon > 0) said[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const source = (said.src || '').replace(/url\(\s*['"]?([^'")]+)['"]?\s*\)/g, (_, address) =>
    `url(${new URL(address, base)})`);
  return {
    family: (said['font-family'] || '').replace(/['"]/g, ''),
    src: source,
    weight: said['font-weight'],
    style: said['font-style'],
    unicodeRange: said['unicode-range'],
    display: said['font-display'],
  };
};
