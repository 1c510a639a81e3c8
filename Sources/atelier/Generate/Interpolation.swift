/// Ways from one latent vector to another.
enum Interpolation: String, CaseIterable {
    /// Along the straight line.
    case lerp
    /// Along the great circle, so that the length stays typical: White 2016, "Sampling Generative
    /// Networks", https://arxiv.org/abs/1609.04468.
    case slerp

    /// The vector at `t` (0 ... 1) of the way.
    func between(_ a: [Float], _ b: [Float], _ t: Double) -> [Float] {
        var (fromA, fromB) = (1 - t, t)
        if self == .slerp {
            func dot(_ x: [Float], _ y: [Float]) -> Double {
                zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
            let angle = arcCosine(min(1, max(-1, cosine)))
            if sine(angle) > 1e-6 {
                fromA = sine((1 - t) * angle) / sine(angle)
                fromB = sine(t * angle) / sine(angle)
            }
        }
        return zip(a, b).map { Float(Double($0) * fromA + Double($1) * fromB) }
    }
}
