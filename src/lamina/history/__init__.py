"""What happened in earlier runs: results and durations of tests, category by category."""
