"""Goldens of @ddl/metrics/statistics: /usr/bin/python3 packages/metrics/test/goldens/statistics.py (scipy and numpy of Debian 12)."""
import itertools
import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy import stats

warnings.simplefilter("ignore")
rng = np.random.default_rng(29)

differences = {
    "plain": [0.3, -0.1, 0.7, 0.9, 0.2, 1.1],
    "zeros": [0, 0, 0.1, 0.2, -0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
    "ties": [1, 1, 2, -2, 3, 4, -1, 5],
    "zerosAndTies": [0, 3, -1, 1, 2, 2, -4, 0, 5, 6, 6, 0, -2],
    "fifty": rng.normal(0.3, 1, 50).round(6).tolist(),
    "sixty": rng.normal(-0.2, 1, 60).round(6).tolist(),
    "one": [0.5],
}
wilcoxon = []
for name, d in differences.items():
    for zeros in ["wilcox", "pratt", "zsplit"]:
        for alternative in ["two-sided", "greater", "less"]:
            for method in ["auto", "exact", "approx"]:
                for correction in [False, True]:
                    if correction and method != "approx":
                        continue
                    result = stats.wilcoxon(d, zero_method=zeros, alternative=alternative, method=method, correction=correction)
                    wilcoxon.append([name, zeros, alternative, method, correction, float(result.statistic), float(result.pvalue)])

# The exact distribution with ties, by counting all 2^8 signs.
d = np.array(differences["ties"], float)
ranks = stats.rankdata(abs(d))
sums = np.array([np.dot(ranks, signs) for signs in itertools.product([0, 1], repeat=len(d))])
positive = ranks[d > 0].sum()
exact_ties = {"less": float(np.mean(sums <= positive)), "greater": float(np.mean(sums >= positive))}

tables = [
    rng.normal(0.8, 0.1, (9, 4)).round(3),
    rng.integers(0, 4, (12, 5)).astype(float),
    rng.normal(0, 1, (5, 3)).round(3) + [0, 1.5, 3],
    rng.normal(0, 1, (7, 10)).round(3),
]
friedman = []
for table in tables:
    result = stats.friedmanchisquare(*table.T)
    ranks = np.apply_along_axis(stats.rankdata, 1, -table).mean(axis=0)
    friedman.append({"columns": table.T.tolist(), "statistic": result.statistic, "p": result.pvalue, "ranks": ranks.tolist()})

sample = rng.gamma(2.0, 1.5, 23).round(4)
other = (sample + rng.normal(0.4, 0.7, 23)).round(4)
bootstrap = []
for statistic in ["mean", "median"]:
    for method in ["BCa", "percentile"]:
        for level in [0.95, 0.8]:
            function = getattr(np, statistic)
            few = stats.bootstrap((sample,), function, method=method, confidence_level=level, n_resamples=199, random_state=5)
            many = stats.bootstrap((sample,), function, method=method, confidence_level=level, n_resamples=40000, random_state=6)
            paired = stats.bootstrap(
                (sample, other), lambda x, y, axis=-1: function(x, axis=axis) - function(y, axis=axis), paired=True, vectorized=True,
                method=method, confidence_level=level, n_resamples=40000, random_state=7,
            )
            jackknife = [float(function(np.delete(sample, k))) for k in range(len(sample))]
            bootstrap.append(
                {
                    "statistic": statistic, "method": method.lower(), "level": level, "estimate": float(function(sample)),
                    "distribution": few.bootstrap_distribution.tolist() if level == 0.95 and method == "BCa" else None,
                    "jackknife": jackknife if level == 0.95 and method == "BCa" else None,
                    "few": list(few.confidence_interval), "many": list(many.confidence_interval), "error": float(many.standard_error),
                    "paired": list(paired.confidence_interval),
                }
            )

golden = {
    "made": {"command": "/usr/bin/python3 packages/metrics/test/goldens/statistics.py", "seed": 29, "scipy": scipy.__version__, "numpy": np.__version__},
    "differences": differences,
    "wilcoxon": wilcoxon,
    "exactTies": exact_ties,
    "friedman": friedman,
    "chiSquare": [[x, k, float(stats.chi2.sf(x, k))] for x in [0, 1e-9, 0.3, 2.5, 11, 80, 700] for k in [1, 2, 3, 4, 7, 20, 31]],
    "normal": [[z, float(stats.norm.sf(z)), float(stats.norm.cdf(z))] for z in [-37, -8.5, -3.1, -0.4, 0, 0.7, 1.96, 5.2, 12, 36.5]],
    "quantile": [[p, float(stats.norm.ppf(p))] for p in [1e-300, 1e-12, 0.003, 0.025, 0.31, 0.5, 0.77, 0.975, 0.999999]],
    "range": [[a, k, float(stats.studentized_range.ppf(1 - a, k, np.inf) / np.sqrt(2))] for a in [0.001, 0.05, 0.1, 0.5] for k in [2, 3, 5, 12, 20]],
    "sample": sample.tolist(),
    "other": other.tolist(),
    "bootstrap": bootstrap,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
