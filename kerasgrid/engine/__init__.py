"""How it trains: programs compiled once per structure, run by single-threaded worker processes."""
