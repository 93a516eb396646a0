"""Looking after an account: checking that it is whole, computing anew, forgetting."""
