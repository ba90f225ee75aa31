// Numbers, states and places as people read them.

const SCALES = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

function duration(ns) {
  if (ns < 0) return "−" + duration(-ns);
  if (ns >= 60e9) return clock(ns, 1e6);
  for (const [scale, unit] of SCALES) {
    if (ns >= scale * 0.9995) {
      const value = ns / scale;
      return `${value.toFixed(value >= 99.95 || scale === 1 ? 0 : value >= 9.995 ? 1 : 2)} ${unit}`;
    }
  }
  return "0 s";
}

// An instant, as precise as the step between two asks.
function clock(ns, step) {
  const sign = ns < 0 ? "−" : "";
  let digits = 0;
  while (digits < 9 && step < 10 ** (9 - digits)) digits++;
  const whole = Math.round(Math.abs(ns)), seconds = Math.floor(whole / 1e9);
  const rest = String(whole % 1e9).padStart(9, "0").slice(0, digits);
  const fraction = digits ? "." + rest : "", two = n => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  if (hours) return `${sign}${hours}:${two(minutes)}:${two(seconds % 60)}${fraction}`;
  if (minutes) return `${sign}${minutes}:${two(seconds % 60)}${fraction}`;
  return `${sign}${seconds}${fraction} s`;
}

function betweenWords(t0, t1) {
  const step = Math.max(1, (t1 - t0) / 20);
  return `from ${clock(t0, step)} to ${clock(t1, step)}`;
}

const count = n => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;

function share(part, whole) {
  if (part <= 0 || whole <= 0) return "0\u00a0%";
  const percent = (100 * part) / whole;
  return percent < 0.5 ? "<1\u00a0%" : `${Math.round(percent)}\u00a0%`;
}

function stateWords(session, state, reason) {
  const name = session.states[state];
  return reason ? `${name} (${session.reasons[reason]})` : name;
}

const baseName = path => path.slice(path.lastIndexOf("/") + 1);

function siteWords(session, index) {
  if (index < 0) return "";
  const [file, line, name] = session.sites[index];
  return `${baseName(file)}:${line} ${name}`;
}

function callWords(session, index) {
  const [, , , call, file, line] = session.sites[index];
  return call && file ? `${call} (${baseName(file)}:${line})` : call;
}

// Who a span's peer is, in words: a worker's name, or what woke it.
function peerWords(session, worker, peer) {
  if (peer >= 0) return peer === worker ? "itself" : session.workers[peer].short;
  return peer <= -2 ? session.words[-2 - peer] : "";
}
