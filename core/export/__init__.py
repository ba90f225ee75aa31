"""A session in other forms: pictures, pages, traces, tables. Pure: what there is comes in, bytes go out."""
