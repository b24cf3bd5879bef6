"""The face for programs: JSON API v1 under ``/api/v1`` and the OpenAPI document of it. It owns no tables and no rules:
every answer comes from the rooms below, under the same permissions as the pages."""
