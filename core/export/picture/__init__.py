"""The parts of a picture: places (layout, rows, scale), lanes (lane, crowd, pieces), the rest (frame)."""
