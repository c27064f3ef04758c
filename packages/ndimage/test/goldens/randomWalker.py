"""Goldens of the random walker: python3 packages/ndimage/test/goldens/randomWalker.py (scikit-image of Debian 12)."""
import warnings

import numpy as np
from skimage.segmentation import random_walker

from golden import pack, write

warnings.simplefilter("ignore")
seed = 20261127
rng = np.random.default_rng(seed)


def scene(shape, channels=0):
    """A bright block with a gap in noise, as the synthetic data of scikit-image's tests, not centred."""
    data = rng.normal(size=shape + ((channels,) if channels else ())) * 0.1
    data[tuple(slice(n // 4, n // 4 + max(2, n // 2)) for n in shape)] += 1
    labels = np.zeros(shape, int)
    labels[(0,) * len(shape)] = 1
    labels[tuple(n // 2 for n in shape)] = 2
    return np.round(data, 4), labels


def case(name, data, labels, **options):
    result = random_walker(data, labels, mode="cg_j", return_full_prob=False, **options)
    probabilities = random_walker(data, labels, mode="cg_j", return_full_prob=True, **options)
    given = {{"tol": "tolerance", "channel_axis": "channelAxis"}.get(k, k): v for k, v in options.items()}
    return {
        "name": name,
        "data": pack(data),
        "labels": pack(labels),
        "options": given,
        "result": pack(result),
        "probabilities": pack(probabilities, 12),
    }


flat, seeds = scene((8, 11))
three = seeds.copy()
three[6, 3] = 7
inactive = three.copy()
inactive[1:3, 6:9] = -1
inactive[5, 2] = -5
walled = seeds.copy()
walled[5:, 0] = walled[5, 1:4] = walled[5:, 4] = -2
solid, solidSeeds = scene((3, 4, 5))
bands, bandSeeds = scene((5, 7), 3)
bandsFirst = np.moveaxis(bands, -1, 0).copy()
solidBands, solidBandSeeds = scene((3, 4, 5), 2)
bytes_ = np.round((flat - flat.min()) / np.ptp(flat) * 255).astype(np.uint8)
short = (bytes_.astype(np.int16) * 100 - 9000)

write(
    __file__,
    seed,
    cases=[
        case("2d", flat, seeds, beta=90),
        case("2d, three labels that are not consecutive", flat, three),
        case("2d, tight tolerance", flat, three, tol=1e-8),
        case("2d, spacing", flat, seeds, spacing=[2.0, 0.75]),
        case("2d, inactive", flat, inactive, beta=90),
        case("2d, area that no seed reaches", flat, walled),
        case("2d, bytes", bytes_, seeds, beta=90),
        case("2d, signed integers of 16 bits", short, seeds, beta=90),
        case("3d", solid, solidSeeds),
        case("3d, spacing", solid, solidSeeds, spacing=[2.5, 1.25, 0.5]),
        case("2d, channels last", bands, bandSeeds, channel_axis=-1),
        case("2d, channels first", bandsFirst, bandSeeds, channel_axis=0),
        case("3d, channels, spacing", solidBands, solidBandSeeds, channel_axis=-1, spacing=[1.5, 1.0, 0.5]),
    ],
    # The literal arrays of scikit-image's test_2d_laplacian_size.
    laplacianSize={
        "data": pack(np.array([[12823, 12787, 12710], [12883, 13425, 12067], [11934, 11929, 12309]])),
        "labels": pack(np.array([[0, -1, 2], [0, -1, 0], [1, 0, -1]])),
        "result": pack(np.array([[1, -1, 2], [1, -1, 2], [1, 1, -1]])),
    },
)
