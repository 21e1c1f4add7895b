"""doit reads this file: the layers of layers/test_layers.yaml as tasks, then the project's own tasks of tasks/."""

from lamina.cli.dodo import DOIT_CONFIG, project_tasks, task_layers

globals().update(project_tasks("tasks"))
__all__ = ["DOIT_CONFIG", "task_layers"]
