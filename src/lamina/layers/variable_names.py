"""The environment variables that lamina reads, by name; it sets others for the processes that it starts."""

from __future__ import annotations

__all__ = ["ENVIRONMENT", "VARIABLES"]

# Chooses the environment file.
ENVIRONMENT = "LAMINA_ENV"

# The setting that each of the others gives.
VARIABLES = {
    "LAMINA_CACHE_DIR": "cache_dir",
    "LAMINA_MAX_WORKERS": "max_workers",
    "LAMINA_MEMORY_PER_WORKER": "memory_per_worker_mb",
    "LAMINA_CACHE_TTL_HOURS": "cache_ttl_hours",
    "LAMINA_CACHE_MAX_MB": "cache_max_mb",
    "LAMINA_TRACE": "trace",
    "LAMINA_AUDIT": "audit_share",
    "LAMINA_FAIL_FAST_THRESHOLD": "fail_fast_threshold",
    "LAMINA_RESOURCE_MONITORING": "resource_monitoring",
    "LAMINA_RESTORE_STATE": "restore_state",
    "LAMINA_PRESERVE_ON_FAILURE": "preserve_on_failure",
    "LAMINA_STRICT_ISOLATION": "strict_isolation",
    "LAMINA_DEBUG": "debug",
    "LAMINA_PROFILE": "profile",
}
