"""A session in other forms: pictures, pages, traces, tables. Pure: what there is comes in, bytes go out.

Begin with ``request.py`` (which part of which session, and how it shall look) and ``formats.py`` (which
module writes which format). An exporter takes what it needs from one of these:

* tables and traces (``csv_tables``, ``json_tables``, ``chrome``, ``perfetto``, ``speedscope``) from
  ``rows.py``, which cuts each worker's spans to the window; ``columns.py`` says what the columns mean;
* the picture (``svg``) from ``picture/``, one module for each of its parts;
* the page (``html``) from ``data.py``, one block of bytes, which the scripts in ``viewer/`` draw.
"""
