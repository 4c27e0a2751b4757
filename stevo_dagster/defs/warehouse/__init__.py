"""Group `warehouse`: the tables that dbt builds."""
