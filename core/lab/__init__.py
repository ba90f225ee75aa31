"""The experiments, and comparing models of concurrency.

Two kinds of modules. Programs are to be read, copied and run by themselves, and import nothing of concviz:
``fetch_*``, ``lost_update_*`` and ``lock_order`` are each one experiment; ``run.py`` does a workload
(``work_*``, ``mistake_*``) under a model (``spread_*``, ``pipeline_*``), with ``lab_*`` and ``server.py``
for its tools. The others are concviz's own, about these programs: ``catalog.py`` lists the experiments,
``workloads.py`` and ``models.py`` what can be compared, ``compare_run.py`` compares.
"""
