"""Parts of pages; the pages in `views` put them together."""
