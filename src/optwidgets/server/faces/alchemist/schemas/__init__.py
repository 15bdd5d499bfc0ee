"""Bodies of ALchemist's REST API 0.4.0, one file per area, under the names of its OpenAPI."""
