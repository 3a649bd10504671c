"""How fast ocppkit is, beside what else there is: see ``docs/reference/performance.md``."""
