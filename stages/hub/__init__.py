"""The hub route (Dynosaur): crawl, select, generate, filter, organize."""
