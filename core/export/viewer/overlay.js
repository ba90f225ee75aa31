// Columns of short spans, put straight into pixels: a box for each part of each column would be far slower.
class Overlay {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  begin(wide, high) {
    if (this.image?.width !== wide || this.image?.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.image = this.pen.createImageData(wide, high);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else {
      this.pixels.fill(0);
    }
  }

  // Fill from x0 to x1 and from y0 to y1 with a tile that begins at (shift, top); all in pixels of the device.
  fill(x0, x1, y0, y1, tile, shift, top) {
    const { pixels, image } = this, { wide, high } = tile;
    x0 = Math.max(x0, 0);
    x1 = Math.min(x1, image.width);
    y1 = Math.min(y1, image.height);
    const first = (((x0 - shift) % wide) + wide) % wide;
    for (let y = Math.max(y0, 0); y < y1; y++) {
      const row = ((y - top) % high) * wide, at = y * image.width;
      for (let x = x0, k = first; x < x1; x++) {
        pixels[at + x] = tile.pixels[row + k];
        if (++k === wide) k = 0;
      }
    }
  }

  // Lay it over what is drawn, from the pixel row `top` on.
  finish(context, top) {
    const { width, height } = this.image;
    this.pen.putImageData(this.image, 0, 0, 0, top, width, height - top);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.canvas, 0, top, width, height - top, 0, top, width, height - top);
    context.restore();
  }
}
