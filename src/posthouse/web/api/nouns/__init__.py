"""What the API has, one module for each noun."""
