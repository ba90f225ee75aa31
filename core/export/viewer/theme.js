// Colours: as the system asks, or one that the reader chose. The same ones as on the screen and in pictures.

const AUTO = "auto", DARK_THEME = "concviz-dark", LIGHT_THEME = "concviz-light";

class Theme {
  constructor(session, changed) {
    this.themes = session.themes;
    this.names = [AUTO, ...Object.keys(session.themes)];
    this.name = session.theme === DARK_THEME || !(session.theme in this.themes) ? AUTO : session.theme;
    this.changed = changed;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.apply());
    this.apply();
  }

  get colors() {
    return this.themes[this.name] ?? this.themes[this.dark.matches ? DARK_THEME : LIGHT_THEME];
  }

  apply() {
    const style = document.documentElement.style, colors = this.colors;
    for (const [name, value] of Object.entries(colors)) {
      if (typeof value === "string") style.setProperty("--" + name, value);
    }
    style.colorScheme = colors.dark ? "dark" : "light";
    this.changed();
  }

  next() {
    this.name = this.names[(this.names.indexOf(this.name) + 1) % this.names.length];
    this.apply();
    return this.name.replace("concviz-", "");
  }
}

// A colour with a share of its ground mixed in.
function faded(color, ground, share) {
  const part = i => Math.round(
    parseInt(color.slice(i, i + 2), 16) * (1 - share) + parseInt(ground.slice(i, i + 2), 16) * share);
  return "#" + [1, 3, 5].map(i => part(i).toString(16).padStart(2, "0")).join("");
}

const FADED = [0, 0.3, 0.5];  // of what is exact, sampled, inferred
