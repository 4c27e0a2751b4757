"""Group `reports`: correlations and the report page."""
