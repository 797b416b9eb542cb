"""Room `jointing`: on-site jointing work (接续), from the dispatch order to the acceptance report (C10)."""
