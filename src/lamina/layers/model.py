"""The configuration after everything is merged and checked: layers, their categories, services and settings.

These structs are the one place that says which keys there are, what type and range each has, and what it means: the
check of a file, the JSON schema and the page `docs/configuration.md` are held to it. They know nothing of files,
merging or defaults that come from `defaults.yaml`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "Category",
    "Configuration",
    "Database",
    "ExecutionMode",
    "Filters",
    "Layer",
    "Level",
    "Need",
    "Readiness",
    "Resource",
    "ResourceLimits",
    "Service",
    "Settings",
]

Level = Literal["ultra_fast", "aggressive", "balanced", "conservative"]
ExecutionMode = Literal["sequential", "parallel", "hybrid", "background"]
CacheGranularity = Literal["block", "file"]
FailFastMode = Literal["wait", "now"]

Text = Annotated[str, Meta(min_length=1)]
# Upper ends keep sums of times and numbers of processes within what the operating system takes: a week, and more
# workers than any machine has.
Seconds = Annotated[float, Meta(gt=0, le=604_800)]
Minutes = Annotated[float, Meta(gt=0, le=10_080)]
Workers = Annotated[int, Meta(ge=1, le=10_000)]
AtLeastOne = Annotated[int, Meta(ge=1)]
PoolSize = Annotated[int, Meta(ge=1, le=100_000)]
AtLeastZero = Annotated[int, Meta(ge=0)]
Port = Annotated[int, Meta(ge=0, le=65_535)]
ReadinessKind = Literal["tcp", "http", "log", "command"]
StopSignal = Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2"]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which tests a category takes: by file, by marker, by keyword. All that is given must match; an empty list asks
    nothing."""

    include_patterns: Annotated[
        tuple[Text, ...],
        Meta(description="Test files taken: gitignore-style patterns from the project's root; any may match."),
    ] = ()
    exclude_patterns: Annotated[
        tuple[Text, ...], Meta(description="Test files left out although they are included: gitignore-style patterns.")
    ] = ()
    markers: Annotated[
        tuple[Text, ...],
        Meta(description="Expressions as for `pytest -m`; a test is taken when any of them is true for it."),
    ] = ()
    keywords: Annotated[
        tuple[Text, ...],
        Meta(description="Expressions as for `pytest -k`; a test is taken when any of them is true for it."),
    ] = ()
    rest: Annotated[bool, Meta(description="Also take every test that no other category takes.")] = False


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """Something that tests may not use all at once: a lock, or a pool of things that are alike. See docs/resources.md."""

    name: Annotated[Text, Meta(description="The resource's key.")]
    description: Annotated[str, Meta(description="One line about it.")] = ""
    size: Annotated[
        PoolSize | None,
        Meta(description="Members of a pool; null: as many as `values`, or without these a lock."),
    ] = None
    values: Annotated[
        tuple[Text, ...], Meta(description="The members of a pool by name (accounts, ports, devices).")
    ] = ()
    variable: Annotated[
        str, Meta(description="Environment variable that tells a test which `values` it got, or else which numbers.")
    ] = ""
    factory: Annotated[
        str, Meta(description="`module:function` that makes the object which `lamina_resource` hands to a test.")
    ] = ""
    health_check: Annotated[
        str,
        Meta(description="`module:function`, asked of an object before a test gets it; false: it is made anew."),
    ] = ""
    close: Annotated[
        str,
        Meta(description="`module:function` that ends an object; without it the object's `close()`, if it has one."),
    ] = ""
    recycle_after_uses: Annotated[
        AtLeastZero, Meta(description="Tests that get an object before it is made anew; 0: any number.")
    ] = 0
    wait_seconds: Annotated[
        Seconds | None,
        Meta(description="Seconds that a test waits for it at most, and fails then; null: as long as its category."),
    ] = None


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What each test of a category needs of a resource; a name alone is a lock held alone, or one member of a pool."""

    name: Annotated[Text, Meta(description="The resource.")]
    shared: Annotated[bool, Meta(description="true: a lock, held together with others who share it.")] = False
    count: Annotated[AtLeastOne, Meta(description="Members of a pool.")] = 1


class ResourceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Upper bounds for what a layer or a category uses at one time; null: no bound of its own."""

    memory_mb: Annotated[AtLeastOne | None, Meta(description="Memory of all its workers together, in MB.")] = None
    cpu: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Cores used by all its workers together; a worker counts as one, and one there is always."),
    ] = None
    instances: Annotated[Workers | None, Meta(description="Workers at one time, within the bound given by `-n`.")] = (
        None
    )


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of test, run as one task."""

    name: Annotated[Text, Meta(description="The category's name, which is also its task's: `doit unit`.")]
    description: Annotated[str, Meta(description="One line for `doit list` and the report.")] = ""
    timeout_seconds: Annotated[
        Seconds, Meta(description="Seconds that the whole category may take; what did not end by then is stopped.")
    ] = 300.0
    test_timeout_seconds: Annotated[
        Seconds | None, Meta(description="Seconds that one test may take; null: as long as its category.")
    ] = None
    max_parallel_instances: Annotated[
        Workers, Meta(description="Workers that the category uses at most, within the bound given by `-n`.")
    ] = 2
    target_duration_seconds: Annotated[
        Seconds | None,
        Meta(description="Seconds that the category should take; nothing is stopped when it takes longer."),
    ] = None
    priority: Annotated[
        int, Meta(description="Smaller starts first; categories of a hybrid layer with the same priority run together.")
    ] = 0
    filters: Annotated[
        Filters,
        Meta(
            description="Which tests the category takes. Replaced as a whole by a later file, never merged key by key."
        ),
    ] = Filters()
    runner: Annotated[Literal["pytest"], Meta(description="What runs the tests.")] = "pytest"
    resources: Annotated[
        tuple[Need, ...],
        Meta(description="Resources that each of its tests needs: names, or mappings of name, shared, count."),
    ] = ()
    required_services: Annotated[
        tuple[Text, ...], Meta(description="Services that its tests need, besides those of its layer.")
    ] = ()
    retries: Annotated[
        AtLeastZero,
        Meta(description="Times that a failed test is run again (default: `settings.retries`). Not yet in effect."),
    ] = 0
    strict_isolation: Annotated[
        bool | None,
        Meta(description="A process of its own for each test; null: as the setting of this name says."),
    ] = None
    environment: Annotated[
        dict[str, str],
        Meta(description="Environment variables set for its tests (text: put numbers and true/false in quotes)."),
    ] = {}
    inputs: Annotated[
        tuple[Text, ...],
        Meta(
            description="Files that its tests' child processes may read which can't be traced, and with `trace: false` "
            "all that the category depends on: gitignore-style patterns; empty: all project files."
        ),
    ] = ()
    pytest_args: Annotated[tuple[Text, ...], Meta(description="Further arguments for pytest, one list item each.")] = ()
    resource_limits: Annotated[ResourceLimits | None, Meta(description="Upper bounds of its own.")] = None
    enabled: Annotated[bool, Meta(description="false removes the category.")] = True


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Categories that belong to one stage of a run, and what that stage waits for."""

    name: Annotated[Text, Meta(description="The layer's key, which is also its task's name: `doit fast_feedback`.")]
    title: Annotated[str, Meta(description="The layer's name for people.")] = ""
    description: Annotated[str, Meta(description="One line for `doit list` and the report.")] = ""
    priority: Annotated[
        int, Meta(description="Smaller is granted named resources first while layers run at the same time.")
    ] = 0
    execution_order: Annotated[
        AtLeastZero,
        Meta(description="Place among the layers, smallest first; not given: after those written before it."),
    ] = 0
    max_duration_minutes: Annotated[
        Minutes,
        Meta(
            description="Minutes that the layer may take from its first session; what did not end by then is stopped."
        ),
    ] = 10.0
    fail_fast_threshold: Annotated[
        AtLeastZero, Meta(description="Failed tests in this layer after which it stops; 0: only as the whole run does.")
    ] = 0
    execution_mode: Annotated[
        ExecutionMode,
        Meta(
            description="sequential: one category after another; parallel: all at once; hybrid: groups of equal "
            "priority one after another; background: all at once, not part of a run that names no layer, and detached "
            "when it is asked for at a terminal (docs/background.md)."
        ),
    ] = "parallel"
    depends_on: Annotated[tuple[Text, ...], Meta(description="Layers that must have run before this one.")] = ()
    required_services: Annotated[
        tuple[Text, ...],
        Meta(description="Services of the section `services` that its tests need; started before the first of them."),
    ] = ()
    resource_limits: Annotated[ResourceLimits | None, Meta(description="Upper bounds for its categories together.")] = (
        None
    )
    categories: Annotated[tuple[Category, ...], Meta(description="The layer's categories; merged by name.")] = ()
    enabled: Annotated[
        bool, Meta(description="false removes the layer; layers that wait for it then wait for what it waited for.")
    ] = True


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """How it is known that a service is ready. Placeholders as in its command."""

    kind: Annotated[
        ReadinessKind,
        Meta(
            description="tcp: its port takes connections; http: `url` answers with 2xx; log: `line` is in what it writes; "
            "command: `command` ends with exit status 0."
        ),
    ] = "tcp"
    url: Annotated[str, Meta(description="For http: the address asked for (HEAD).")] = "http://{host}:{port}/"
    line: Annotated[str, Meta(description="For log: a regular expression, looked for in each line.")] = ""
    command: Annotated[str, Meta(description="For command: the command line that is tried again and again.")] = ""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Something that tests need running beside them."""

    name: Annotated[Text, Meta(description="The service's key.")]
    command: Annotated[
        str,
        Meta(
            description="The command line that starts it and stays in the foreground; no shell. `{port}`, `{ports.NAME}`, "
            "`{host}`, `{dir}`, `{root}`, `{python}` and `{OTHER.port}` of a service that it depends on are filled in."
        ),
    ] = ""
    description: Annotated[str, Meta(description="One line about it.")] = ""
    port: Annotated[Port, Meta(description="The port that it listens on; 0: a free one, another each time.")] = 0
    ports: Annotated[dict[str, Port], Meta(description="Further ports by name; 0: a free one.")] = {}
    environment: Annotated[
        dict[str, str], Meta(description="Environment variables for the service; placeholders are filled in.")
    ] = {}
    provides: Annotated[
        dict[str, str],
        Meta(description="Environment variables for the tests that need it; placeholders are filled in."),
    ] = {}
    readiness: Annotated[Readiness, Meta(description="How it is known that it is ready.")] = Readiness()
    start_timeout_seconds: Annotated[Seconds, Meta(description="Seconds until it must be ready.")] = 30.0
    stop_signal: Annotated[StopSignal, Meta(description="What asks it to end.")] = "SIGTERM"
    stop_grace_seconds: Annotated[
        Seconds,
        Meta(description="Seconds that it has to end; then it is killed. One second when a run is interrupted."),
    ] = 5.0
    reuse: Annotated[
        bool, Meta(description="Take what is ready on its port already, which must be a fixed one, and leave it up.")
    ] = False
    depends_on: Annotated[tuple[Text, ...], Meta(description="Services that must be ready before this one.")] = ()
    inputs: Annotated[
        tuple[Text, ...],
        Meta(
            description="Files that it is made from: a change makes the tests that need it run again. gitignore-style."
        ),
    ] = ()
    circuit_failures: Annotated[
        AtLeastOne, Meta(description="Failed starts and deaths in a run after which it is not tried again for a while.")
    ] = 2
    circuit_reset_seconds: Annotated[Seconds, Meta(description="Seconds until it is tried once more all the same.")] = (
        60.0
    )


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A database that tests ask for by the fixture `lamina_database`, and how each test gets it clean."""

    name: Annotated[Text, Meta(description='The database\'s key: `lamina_database("main")`.')]
    description: Annotated[str, Meta(description="One line about it.")] = ""
    kind: Annotated[Literal["sqlite", "postgresql"], Meta(description="What it is.")] = "sqlite"
    scripts: Annotated[
        tuple[Text, ...],
        Meta(
            description="What makes the schema, in this order: SQL files from the project's root, patterns of such files "
            "(`db/*.sql`, by name), or `module:function`, called with a connection."
        ),
    ] = ()
    inputs: Annotated[
        tuple[Text, ...],
        Meta(description="Patterns of further files that the functions among `scripts` read, such as migrations."),
    ] = ()
    clean: Annotated[
        Literal["rollback", "clone"],
        Meta(description="How a test gets it clean: rollback takes back what a test did; clone gives it a fresh copy."),
    ] = "rollback"
    url: Annotated[
        str,
        Meta(
            description="Where the PostgreSQL server is, with a database to connect to: "
            "`postgresql://user@host:5432/postgres`; `${NAME}` stands for an environment variable."
        ),
    ] = ""
    variable: Annotated[
        str,
        Meta(
            description="The environment variable that holds the copy's URL while a test uses it with clone; "
            "empty: `LAMINA_DATABASE_` and the name in capitals."
        ),
    ] = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a run goes about it. `level` names a set of values; a value given anywhere beats what the level sets."""

    level: Annotated[
        Level,
        Meta(
            description="Named set of values for settings that pace a run and say how tests are selected (see levels)."
        ),
    ] = "balanced"
    max_workers: Annotated[
        Workers | None,
        Meta(description="Workers over all categories; null: the usable cores times `workers_per_core`."),
    ] = None
    memory_per_worker_mb: Annotated[
        AtLeastOne | None,
        Meta(description="MB that a worker needs; one that holds more between tests is replaced. null: as measured."),
    ] = None
    cache_dir: Annotated[Text, Meta(description="Folder of the cache and history, from the project's root.")] = (
        ".lamina"
    )
    cache_ttl_hours: Annotated[
        Annotated[float, Meta(ge=0)],
        Meta(description="Hours after which unused results are dropped; 0: never."),
    ] = 720.0
    cache_max_mb: Annotated[
        Annotated[float, Meta(ge=0)],
        Meta(description="MB that results on record may take; the least recently used go first; 0: no limit."),
    ] = 512.0
    trace: Annotated[bool, Meta(description="Note what each test uses, and run only those that a change concerns.")] = (
        True
    )
    audit_share: Annotated[
        Annotated[float, Meta(ge=0, le=1)],
        Meta(description="Probability with which a test is run although its result could be served; 0: no audit."),
    ] = 0.005
    fail_fast_threshold: Annotated[
        AtLeastZero, Meta(description="Failed tests after which the run stops; 0: never.")
    ] = 0
    fail_fast_mode: Annotated[
        FailFastMode,
        Meta(description="How it stops then. wait: tests that run come to their end; now: they are ended and not run."),
    ] = "wait"
    circuit_breaker_threshold: Annotated[
        AtLeastZero,
        Meta(
            description="Tests of a category that fail in a row for reasons of infrastructure (crash, timeout, an error in "
            "a fixture) after which the category pauses; 0: never."
        ),
    ] = 10
    circuit_breaker_pause_seconds: Annotated[
        Annotated[float, Meta(ge=0, le=3600)],
        Meta(description="Seconds of that pause; then one test is tried, and if it fares better the category goes on."),
    ] = 5.0
    resource_monitoring: Annotated[
        bool, Meta(description="Watch memory and load while running, and use as many workers as they bear.")
    ] = True
    restore_state: Annotated[
        bool,
        Meta(
            description="Put back what a test leaves changed: environment, working directory, `sys.path`, signal handlers, "
            "umask, locale. false: only tell."
        ),
    ] = True
    slow_test_seconds: Annotated[
        Seconds,
        Meta(
            description="Seconds after which a test that runs is named on the terminal; one whose last duration is known, also "
            "when it takes ten times as long (and at least 5 s)."
        ),
    ] = 60.0
    preserve_on_failure: Annotated[
        bool, Meta(description="Keep the `tmp_path` of a test that failed, and say where it is.")
    ] = False
    strict_isolation: Annotated[
        bool, Meta(description="A process of its own for each test, in which only shared fixtures are there already.")
    ] = False
    debug: Annotated[bool, Meta(description="Say more about what lamina does and why. Not yet in effect.")] = False
    profile: Annotated[bool, Meta(description="Measure where lamina's own time goes. Not yet in effect.")] = False
    workers_per_core: Annotated[
        Annotated[float, Meta(gt=0)], Meta(description="Workers for each usable core when `max_workers` is null.")
    ] = 1.0
    batch_size: Annotated[AtLeastOne, Meta(description="Tests handed to a worker at one time. Not yet in effect.")] = 8
    cache_granularity: Annotated[
        CacheGranularity,
        Meta(
            description="What of a Python file in its reach a test counts on: block: the functions and definitions that "
            "it used; file: the whole file."
        ),
    ] = "block"
    retries: Annotated[AtLeastZero, Meta(description="Times that a failed test is run again. Not yet in effect.")] = 0


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run needs to know: layers in execution order, environment ("" for none), and the files that were
    read, relative to the project's root where they are inside it."""

    layers: tuple[Layer, ...] = ()
    services: tuple[Service, ...] = ()
    databases: tuple[Database, ...] = ()
    resources: tuple[Resource, ...] = ()
    settings: Settings = Settings()
    environment: str = ""
    files: tuple[str, ...] = ()
