"""The formats that corpora come in: one module each, `read` for a record, `write` where the way back makes sense."""
