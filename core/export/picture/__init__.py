"""The parts of a picture: where they stand (layout, rows, scale), what is drawn (lane, crowd, curves, frame)."""
