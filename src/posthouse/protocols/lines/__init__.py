"""What every line-based mail protocol shares: lines with bounds, and content that ends with a lone dot."""
