"""A step of a network that float32 and float64 take alike, for the goldens of deep networks."""
import copy

from torchRule import last, step, uniform


def steady_step(module, x, learning_rate, slow=(), every=1):
    """torchRule's step, of a case that can be compared.

    A unit near the kink of a ReLU goes one way in float32 and the other in float64, and all gradients before it with it: such a case says
    nothing about a program, take another image.
    """
    single = copy.deepcopy(module).float().train()
    y = last(single(x.float()))
    (y * uniform("cotangent", tuple(y.shape)).float()).mean().backward()
    made = step(module, x, learning_rate, slow, every)
    pairs = zip(single.parameters(), module.parameters())
    difference = learning_rate * max(float((a.grad - b.grad).abs().max()) for a, b in pairs)
    print("largest difference of a step in float32", difference)
    assert difference < 3e-5
    return made
