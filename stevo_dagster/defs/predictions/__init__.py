"""Group `predictions`: predictions, recommendations and their explanations."""
