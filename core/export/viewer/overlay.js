// Columns of short spans, put straight into pixels: a box for each part of each column would be far slower.
// Pixels are the device's. A lane is put together in a strip of its own, which is small enough to be near.
class Overlay {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.pen = this.canvas.getContext("2d");
  }

  begin(wide, high, bar) {
    if (this.canvas.width !== wide || this.canvas.height !== high || this.strip?.height !== bar) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.strip = this.pen.createImageData(wide, bar);
      this.pixels = new Uint32Array(this.strip.data.buffer);
    }
    this.pen.clearRect(0, 0, wide, high);
    this.used = false;
  }

  // Fill the strip from x0 to x1 and from y0 to y1 with a tile as high as it, which begins at shift.
  fill(x0, x1, y0, y1, { wide, pixels: from }, shift) {
    const { pixels, strip: { width } } = this;
    x0 = Math.max(x0, 0);
    x1 = Math.min(x1, width);
    const first = (((x0 - shift) % wide) + wide) % wide;
    for (let y = y0; y < y1; y++) {
      const row = y * wide, at = y * width;
      for (let x = x0, k = first; x < x1; x++) {
        pixels[at + x] = from[row + k];
        if (++k === wide) k = 0;
      }
    }
    this.used = true;
  }

  // The lane is done: its strip goes to pixel row `top`, and is empty again.
  put(top) {
    if (!this.used) return;
    this.pen.putImageData(this.strip, 0, top);
    this.pixels.fill(0);
    this.used = false;
  }

  // Lay all of it over what is drawn.
  finish(context) {
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.canvas, 0, 0);
    context.restore();
  }
}
