"""Activation functions and their derivatives: any shape in, the same shape and float dtype out."""

from __future__ import annotations

import math

import numpy as np

from snippets import checks
from snippets.arrays import Array, Backward, as_float
from snippets.gaussian import normal_cdf, normal_pdf

# Where a factor vanishes long before x is infinite, x stops here: 0·∞ has no value, 0·FAR has.
FAR = 2e4


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + e⁻ˣ), written so that no exponent is positive.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    x = as_float(x)
    return np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.abs(x)))


def sigmoid_grad(x: Array) -> Array:
    """σ′(x) = σ(x) (1 - σ(x)) = e⁻ˣ / (1 + e⁻ˣ)², which keeps the digits that 1 - σ(x) loses.

    It is even, so |x| may stand for x: no exponent is positive.
    """
    e = np.exp(-np.abs(as_float(x)))
    return e / (1.0 + e) ** 2


def tanh(x: Array) -> Array:
    """tanh(x) = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ) = 2σ(2x) - 1."""
    return np.tanh(as_float(x))


def tanh_grad(x: Array) -> Array:
    """tanh′(x) = 1 - tanh²(x) = 1 / cosh²(x), where 1 / cosh x = 2e⁻ˣ / (1 + e⁻²ˣ) loses no digits in the tails."""
    e = np.exp(-np.abs(as_float(x)))
    return (2.0 * e / (1.0 + e**2)) ** 2


def relu(x: Array) -> Array:
    """ReLU(x) = max(x, 0).

    Source: nair2010.
    """
    return np.maximum(as_float(x), 0.0)


def relu_grad(x: Array) -> Array:
    """ReLU′(x) = 1 for x > 0, else 0; the 0 at the kink is a convention."""
    x = as_float(x)
    return (x > 0.0).astype(x.dtype)


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """LeakyReLU(x) = max(x, 0) + slope · min(x, 0).

    Raises: ValueError unless 0 < slope <= 1.
    Source: maas2013.
    """
    x, slope = as_float(x), checks.number("slope", slope, "(0, 1]")
    return np.maximum(x, 0.0) + slope * np.minimum(x, 0.0)


def leaky_relu_grad(x: Array, slope: float = 0.01) -> Array:
    """LeakyReLU′(x) = 1 for x > 0, else the slope; so also at the kink.

    Raises: ValueError unless 0 < slope <= 1.
    """
    positive, slope = relu_grad(x), checks.number("slope", slope, "(0, 1]")
    return positive + slope * (1.0 - positive)


def prelu(x: Array, a: float | Array) -> Array:
    """PReLU(x) = max(x, 0) + a · min(x, 0): the leaky ReLU whose slope a is learnt.

    Shapes: a one number or an array that broadcasts against x, such as (C, 1, 1) for a slope per channel.
    Raises: ValueError for an a that does not stretch to the shape of x or is not finite.
    Source: he2015, eq. 1; a = 0 at x = -∞ is the one case without a value.
    """
    x = as_float(x)
    return np.maximum(x, 0.0) + _slopes(a, x) * np.minimum(x, 0.0)


def prelu_grad(x: Array, a: float | Array) -> Array:
    """∂PReLU/∂x = 1 for x > 0, else a.

    Raises: as prelu.
    """
    positive = relu_grad(x)
    return positive + _slopes(a, positive) * (1.0 - positive)


def prelu_grad_a(x: Array) -> Array:
    """∂PReLU/∂a = min(x, 0), to be summed over all x that share one a."""
    return np.minimum(as_float(x), 0.0)


def _slopes(a: float | Array, x: Array) -> Array:
    """The slopes a in the dtype of x, of which each is that of some x."""
    slopes = as_float(a, "a").astype(x.dtype, copy=False)
    checks.broadcast("a", slopes, x.shape)
    checks.finite("a", slopes)
    return slopes


def elu(x: Array, alpha: float = 1.0) -> Array:
    """ELU(x) = max(x, 0) + α (e^min(x, 0) - 1): saturates at -α.

    Raises: ValueError unless α > 0.
    Source: clevert2016; expm1 keeps the digits of eˣ - 1 near 0.
    """
    x, alpha = as_float(x), checks.number("alpha", alpha, "(0, inf)")
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0))


def elu_grad(x: Array, alpha: float = 1.0) -> Array:
    """ELU′(x) = 1 for x > 0, else α eˣ.

    Raises: ValueError unless α > 0.
    """
    x, alpha = as_float(x), checks.number("alpha", alpha, "(0, inf)")
    return np.where(x > 0.0, 1.0, alpha * np.exp(np.minimum(x, 0.0)))


def selu_constants() -> tuple[float, float]:
    """(α, λ) for which SELU keeps mean 0 and variance 1 of z ~ N(0, 1).

    Mean 0: 1/√(2π) + α (m₁ - ½) = 0, variance 1: λ² (½ + α² (m₂ - 2m₁ + ½)) = 1, where mₖ = E[eᵏᶻ; z < 0].
    Source: klambauer2017, eq. 14.

    >>> [round(constant, 12) for constant in selu_constants()]
    [1.673263242354, 1.050700987355]
    """
    k = np.array([1.0, 2.0])
    m1, m2 = np.exp(k**2 / 2.0) * normal_cdf(-k)
    alpha = 1.0 / np.sqrt(2.0 * np.pi) / (0.5 - m1)
    scale = 1.0 / np.sqrt(0.5 + alpha**2 * (m2 - 2.0 * m1 + 0.5))
    return float(alpha), float(scale)


SELU_ALPHA, SELU_SCALE = selu_constants()


def selu(x: Array) -> Array:
    """SELU(x) = λ ELU(x; α) with the fixed α and λ of `selu_constants`.

    Source: klambauer2017, eq. 2.
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def selu_grad(x: Array) -> Array:
    """SELU′(x) = λ ELU′(x; α)."""
    return SELU_SCALE * elu_grad(x, SELU_ALPHA)


def celu(x: Array, alpha: float = 1.0) -> Array:
    """CELU(x) = max(x, 0) + α (e^(min(x, 0) / α) - 1): ELU without its kink when α ≠ 1.

    Raises: ValueError unless α > 0.
    Source: barron2017, eq. 3.
    """
    x, alpha = as_float(x), checks.number("alpha", alpha, "(0, inf)")
    return np.maximum(x, 0.0) + alpha * np.expm1(_below_zero(x, alpha))


def celu_grad(x: Array, alpha: float = 1.0) -> Array:
    """CELU′(x) = e^(min(x, 0) / α).

    Raises: ValueError unless α > 0.
    """
    alpha = checks.number("alpha", alpha, "(0, inf)")
    return np.exp(_below_zero(as_float(x), alpha))


def _below_zero(x: Array, alpha: float) -> Array:
    """min(x, 0) / α, held back before the quotient can overflow."""
    lowest = 0.5 * min(alpha, 1.0) * np.finfo(x.dtype).min
    return np.clip(x, lowest, 0.0) / alpha


def gelu(x: Array) -> Array:
    """GELU(x) = x Φ(x), exact: Φ is the standard normal distribution.

    Source: hendrycks2016, section 2.
    """
    x = as_float(x)
    return np.maximum(x, -FAR) * normal_cdf(x)


def gelu_grad(x: Array) -> Array:
    """GELU′(x) = Φ(x) + x φ(x)."""
    x = np.clip(as_float(x), -FAR, FAR)
    return normal_cdf(x) + x * normal_pdf(x)


def gelu_tanh(x: Array) -> Array:
    """GELU(x) ≈ ½ x (1 + tanh u) = x σ(2u), u = √(2/π) (x + 0.044715 x³); off by at most 4.7e-4.

    Source: hendrycks2016, section 2; σ keeps the digits that 1 + tanh u loses for x < 0.
    """
    x = as_float(x)
    u, _ = _tanh_argument(x)
    return np.maximum(x, -FAR) * sigmoid(2.0 * u)


def gelu_tanh_grad(x: Array) -> Array:
    """d(x σ(2u))/dx = σ(2u) + 2x u′ σ′(2u)."""
    x = np.clip(as_float(x), -40.0, 40.0)
    u, slope = _tanh_argument(x)
    return sigmoid(2.0 * u) + 2.0 * x * slope * sigmoid_grad(2.0 * u)


def _tanh_argument(x: Array) -> tuple[Array, Array]:
    """u = √(2/π) (x + 0.044715 x³) and u′; beyond |x| = 40 tanh u is ±1 and x³ might overflow."""
    x = np.clip(x, -40.0, 40.0)
    c = math.sqrt(2.0 / math.pi)
    return c * (x + 0.044715 * x * x * x), c * (1.0 + 3.0 * 0.044715 * x**2)


def gelu_sigmoid(x: Array) -> Array:
    """GELU(x) ≈ x σ(1.702 x); off by at most 0.0203.

    Source: hendrycks2016, section 2.
    """
    x = as_float(x)
    return np.maximum(x, -FAR) * sigmoid(1.702 * np.clip(x, -FAR, FAR))


def gelu_sigmoid_grad(x: Array) -> Array:
    """d(x σ(1.702 x))/dx = σ(1.702 x) + 1.702 x σ′(1.702 x)."""
    z = 1.702 * np.clip(as_float(x), -FAR, FAR)
    return sigmoid(z) + z * sigmoid_grad(z)


def silu(x: Array) -> Array:
    """SiLU(x) = x σ(x), also known as Swish.

    Source: elfwing2018.
    """
    x = as_float(x)
    return np.maximum(x, -FAR) * sigmoid(x)


def silu_grad(x: Array) -> Array:
    """SiLU′(x) = σ(x) + x σ′(x)."""
    x = np.clip(as_float(x), -FAR, FAR)
    return sigmoid(x) + x * sigmoid_grad(x)


def softplus(x: Array) -> Array:
    """softplus(x) = log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|).

    Source: dugas2001.
    """
    x = as_float(x)
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def softplus_grad(x: Array) -> Array:
    """softplus′(x) = σ(x)."""
    return sigmoid(x)


def softsign(x: Array) -> Array:
    """softsign(x) = x / (1 + |x|).

    Source: bergstra2009.
    """
    x = as_float(x)
    x = np.clip(x, np.finfo(x.dtype).min, np.finfo(x.dtype).max)
    return x / (1.0 + np.abs(x))


def softsign_grad(x: Array) -> Array:
    """softsign′(x) = 1 / (1 + |x|)²."""
    return (1.0 / (1.0 + np.abs(as_float(x)))) ** 2


def mish(x: Array) -> Array:
    """Mish(x) = x tanh(softplus(x)).

    Source: misra2019.
    """
    x = as_float(x)
    return np.maximum(x, -FAR) * np.tanh(softplus(x))


def mish_grad(x: Array) -> Array:
    """Mish′(x) = tanh s + x σ(x) tanh′ s, where s = softplus(x)."""
    x = np.clip(as_float(x), -FAR, FAR)
    s = softplus(x)
    return np.tanh(s) + x * sigmoid(x) * tanh_grad(s)


def hard_sigmoid(x: Array) -> Array:
    """hard σ(x) = min(max(x/6 + ½, 0), 1): the form relu6(x + 3) / 6, not clip(0.2x + 0.5).

    Source: howard2019, section 5.2.
    """
    line: Array = np.minimum(as_float(x) / 6.0 + 0.5, 1.0)
    return np.maximum(line, 0.0)


def hard_sigmoid_grad(x: Array) -> Array:
    """hard σ′(x) = 1/6 for |x| < 3, else 0; so also at the two kinks."""
    x = as_float(x)
    return (np.abs(x) < 3.0).astype(x.dtype) / 6.0


def hard_swish(x: Array) -> Array:
    """hard-swish(x) = x · hard σ(x): 0 up to -3, x from 3 on.

    Source: howard2019, section 5.2.
    """
    x = as_float(x)
    return np.maximum(x, -3.0) * hard_sigmoid(x)


def hard_swish_grad(x: Array) -> Array:
    """hard-swish′(x) = hard σ(x) + x · hard σ′(x): 0 up to -3, x/3 + ½ between, 1 from 3 on."""
    x = np.clip(as_float(x), -3.0, 3.0)
    return hard_sigmoid(x) + x * hard_sigmoid_grad(x)


def maxout(x: Array, w: Array, b: Array) -> tuple[Array, Backward]:
    """y = maxⱼ (x wⱼ + bⱼ): the largest of k affine pieces, k times the parameters for the same units.

    Shapes: x (N, D), w (k, D, M), b (k, M) -> y (N, M).
    Raises: ValueError for shapes that do not fit; no pieces, no maximum.
    Source: goodfellow2013; a tie goes to the first piece.
    """
    checks.ndim("x", x, 2)
    checks.ndim("w", w, 3)
    checks.not_empty("w", w)
    checks.shape("w", w, (w.shape[0], x.shape[1], w.shape[2]))
    checks.shape("b", b, (w.shape[0], w.shape[2]))
    z: Array = x @ w + b[:, np.newaxis]
    first = z.argmax(axis=0)

    def backward(dy: Array) -> tuple[Array, ...]:
        dz = np.where(np.arange(len(w))[:, np.newaxis, np.newaxis] == first, dy, 0.0)
        return (dz @ w.transpose(0, 2, 1)).sum(axis=0), x.T @ dz, dz.sum(axis=1)

    return z.max(axis=0), backward


def below_max(z: Array) -> Array:
    """z - max z over the last axis: what softmax may subtract, since it cancels, and must, since e⁷¹⁰ overflows.

    Shapes: z (..., K) -> (..., K), K >= 1.
    Raises: ValueError without a last axis or with an empty one.
    Halves are subtracted and infinities held at the largest float, so that nothing overflows and ∞ - ∞ does not arise.
    """
    z = as_float(z, "z")
    checks.last_axis("z", z)
    limit = 0.5 * np.finfo(z.dtype).max
    half = np.clip(0.5 * z, -limit, limit)
    top: Array = half.max(axis=-1, keepdims=True)
    shifted: Array = 2.0 * np.maximum(half - top, -limit)
    return shifted


def softmax(z: Array) -> Array:
    """softmax(z)ₖ = e^zₖ / Σⱼ e^zⱼ over the last axis, unchanged when the largest z is subtracted first.

    Shapes: z (..., K) -> (..., K), K >= 1.
    Raises: ValueError without a last axis or with an empty one.

    >>> softmax(np.array([1e4, 1e4, 0.0]))
    array([0.5, 0.5, 0. ])
    """
    e = np.exp(below_max(z))
    total: Array = e.sum(axis=-1, keepdims=True)
    return e / total


def softmax_jacobian(z: Array) -> Array:
    """∂pᵢ/∂zⱼ = pᵢ (δᵢⱼ - pⱼ), where p = softmax(z).

    Shapes: z (..., K) -> (..., K, K), K >= 1.
    """
    p = softmax(z)
    return p[..., np.newaxis] * (np.eye(p.shape[-1], dtype=p.dtype) - p[..., np.newaxis, :])


def logsumexp(z: Array) -> Array:
    """log Σⱼ e^zⱼ = maxₖ zₖ + log Σⱼ e^(zⱼ - maxₖ zₖ), over the last axis.

    Shapes: z (..., K) -> (...), K >= 1.
    Raises: ValueError without a last axis or with an empty one.
    """
    total: Array = np.exp(below_max(z)).sum(axis=-1)
    top: Array = as_float(z).max(axis=-1)
    return top + np.log(total)


def logsumexp_grad(z: Array) -> Array:
    """∂(log Σⱼ e^zⱼ)/∂z = softmax(z).

    Shapes: z (..., K) -> (..., K), K >= 1.
    """
    return softmax(z)


def log_softmax(z: Array) -> Array:
    """log softmax(z)ₖ = zₖ - log Σⱼ e^zⱼ over the last axis; finite where softmax is 0 already.

    Shapes: z (..., K) -> (..., K), K >= 1.
    Raises: ValueError without a last axis or with an empty one.
    """
    z = below_max(z)
    total: Array = np.exp(z).sum(axis=-1, keepdims=True)
    return z - np.log(total)


def log_softmax_jacobian(z: Array) -> Array:
    """∂(log pᵢ)/∂zⱼ = δᵢⱼ - pⱼ, where p = softmax(z).

    Shapes: z (..., K) -> (..., K, K), K >= 1.
    """
    p = softmax(z)
    return np.eye(p.shape[-1], dtype=p.dtype) - p[..., np.newaxis, :]
