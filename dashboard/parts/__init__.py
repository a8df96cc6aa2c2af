"""Parts of pages that would make their page too long; the pages in `views` put them together."""
