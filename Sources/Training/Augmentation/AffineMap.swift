import TensorCore

/// For each picture of a batch, where in it a pixel of the result comes from, in pixels from the
/// centre: `(u, v) = (a x + b y + s, c x + d y + t)`. Each coefficient is `[N, 1, 1]`.
struct AffineMap: Sendable {
    var a: Tensor, b: Tensor, s: Tensor
    var c: Tensor, d: Tensor, t: Tensor

    /// The map that leaves all pictures as they are.
    init(identity count: Int) {
        let (one, zero) = (Tensor.ones([count, 1, 1]), Tensor.zeros([count, 1, 1]))
        (a, b, s, c, d, t) = (one, zero, zero, zero, one, zero)
    }

    /// Scales what comes before by factors along x and y.
    mutating func scale(_ x: Tensor, _ y: Tensor) {
        (a, b) = (a * x, b * y)
        (c, d) = (c * x, d * y)
    }

    /// Turns what comes before by an angle, of which cosine and sine are given.
    mutating func rotate(cosine: Tensor, sine: Tensor) {
        (a, b) = (a * cosine + b * sine, b * cosine - a * sine)
        (c, d) = (c * cosine + d * sine, d * cosine - c * sine)
    }

    /// Moves what comes before by pixels along x and y.
    mutating func translate(_ x: Tensor, _ y: Tensor) {
        s = a * x + b * y + s
        t = c * x + d * y + t
    }

    /// How many pixels of the picture one of the result is away from the next, at most, along the
    /// picture's x and y: above 1 where the picture shrinks.
    var steps: (x: Tensor, y: Tensor) {
        ((a.square() + b.square()).sqrt(), (c.square() + d.square()).sqrt())
    }
}
