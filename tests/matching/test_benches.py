"""Short runs of the two benchmarks: what other ways find on work shaped by ESCO, and ranking no worse than theirs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from passerelle.matching.api import Index

BENCH = Path(__file__).parents[1] / "bench"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.ESCO.is_dir():
        pytest.skip(f"no ESCO tables at {module.ESCO}")
    return module


def test_other_ways_find_the_same() -> None:
    bench = script("bench_matching")
    work = bench.Workload(opportunities=20_000, profiles=60, seed=5)
    index, rivals = Index(work.opportunities()), bench.Rivals(work)
    ours = [index.top(profile, k=bench.K) for profile in work.profiles]
    assert all(len(answer) == bench.K for answer in ours)
    in_sql = [bench.SQLite(rivals, tuned=tuned).search for tuned in (True, False)]
    for search in (rivals.with_bincount, rivals.with_scipy, *in_sql):
        bench.require_same(search.__name__, [search(profile) for profile in work.profiles], ours)
    assert index.bytes_per_posting <= 25


def test_the_right_occupation_is_found_as_well_as_by_the_best_other_way() -> None:
    bench = script("bench_matching_quality")
    esco = bench.Occupations()
    indexes = {"ours": esco.index(alike=True), "weighted": esco.index(alike=False)}
    for share in bench.HIDDEN:
        found = {
            name: bench.measures(ranks)
            for name, ranks in bench.ranks_of_all(esco, indexes, esco.queries(share, 1, 400)).items()
        }
        for number in range(len(bench.MEASURES)):
            best = max((found[name][number] for name in bench.RIVALS), key=np.mean)
            for ours in indexes:
                _mean, _low, high = bench.interval(found[ours][number] - best)
                assert high >= 0, (share, bench.MEASURES[number], ours)
        alone = bench.interval(found["covered share alone"][0] - found["ours"][0])
        assert alone[2] < 0, "the use earns its place"
