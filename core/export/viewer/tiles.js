// The shapes of states, each with one of its own, so that colour is never needed: as on the screen and in pictures.

const NONE = 0, GIL = 1, LOOP = 2, CORE = 3, IO = 4, LOCK = 5, SLEEP = 6, AWAIT = 7, QUEUE = 8, CHILD = 9;
const EXECUTOR = 10, HELD = 11;
const DASHES = { [QUEUE]: [5, 3], [CHILD]: [2, 2], [EXECUTOR]: [11, 5], [NONE]: [1, 7] };
const REPEAT = 16;  // every tile is as wide as this, or a part of it

// A tile of a state: a canvas of REPEAT × BAR at a scale.
function drawTile(state, reason, color, ground, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(REPEAT * scale);
  canvas.height = Math.round(BAR * scale);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.scale(canvas.width / REPEAT, canvas.height / BAR);
  pen.fillStyle = state === RUNNING ? color : ground;
  pen.fillRect(0, 0, REPEAT, BAR);
  pen.strokeStyle = pen.fillStyle = color;
  pen.lineWidth = state === READY ? 1.8 : 1.6;
  if (state === READY) hatch(pen, reason);
  if (state === WAITING) stroke(pen, reason);
  return canvas;
}

function hatch(pen, reason) {
  pen.beginPath();
  if (reason === HELD) for (const x of [3, 7]) { pen.moveTo(x, 0); pen.lineTo(x, BAR); }
  else for (let x = -REPEAT; x < 2 * REPEAT; x += 8) {
    if (reason === CORE) { pen.moveTo(x + 2, 0); pen.lineTo(x + 2, BAR); pen.moveTo(x + 6, 0); pen.lineTo(x + 6, BAR); }
    else if (reason === LOOP) { pen.moveTo(x, 0); pen.lineTo(x + BAR, BAR); }
    else if (reason === GIL) { pen.moveTo(x, BAR); pen.lineTo(x + BAR, 0); }
    else { pen.moveTo(x, 4); pen.lineTo(x + 8, 4); pen.moveTo(x, 12); pen.lineTo(x + 8, 12); }
  }
  pen.stroke();
}

function stroke(pen, reason) {
  const y = BAR / 2;
  pen.beginPath();
  if (reason === IO) {
    for (let x = -8; x < REPEAT + 8; x++) pen.lineTo(x, y - 3 * Math.sin((x * Math.PI) / 4));
  } else if (reason === LOCK) {
    pen.moveTo(0, y - 2); pen.lineTo(REPEAT, y - 2); pen.moveTo(0, y + 2); pen.lineTo(REPEAT, y + 2);
  } else if (reason === SLEEP) {
    for (let x = 4; x < REPEAT; x += 8) { pen.moveTo(x + 1.5, y); pen.arc(x, y, 1.5, 0, 7); }
    pen.fill();
    return;
  } else {
    pen.setLineDash(DASHES[reason] ?? []);
    pen.moveTo(0, y);
    pen.lineTo(REPEAT, y);
  }
  pen.stroke();
}
