"""Results of tests with what each of them depended on, kept by content: what may be served, what has to run, and why."""
