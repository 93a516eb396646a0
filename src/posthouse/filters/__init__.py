"""What to do with a message: Sieve, rules, Bayes, greylisting."""
