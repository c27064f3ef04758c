"""Numbers that follow from a name, the same here and in test/hashed.ts: goldens need not hold what they were made of."""
import numpy


def uniform(name, count):
    """`count` float32 numbers in [-1, 1), multiples of 2^-23: exact in both languages."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    h = numpy.uint32(seed) ^ (numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9))
    h ^= h >> numpy.uint32(16)
    h *= numpy.uint32(0x85EBCA6B)
    h ^= h >> numpy.uint32(13)
    h *= numpy.uint32(0xC2B2AE35)
    h ^= h >> numpy.uint32(16)
    return (h >> numpy.uint32(8)).astype(numpy.float32) / numpy.float32(2**23) - numpy.float32(1)
