"""The corpus route (Open-Instructions): collect, clean."""
