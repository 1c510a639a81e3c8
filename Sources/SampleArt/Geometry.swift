/// A point or direction: x to the right, y down, the picture spans -1...1 on both axes.
typealias Point = SIMD2<Float>

/// Sine of an angle in turns, by its series.
///
/// Sums, products, quotients and square roots are the only arithmetic of this module: those are
/// exactly rounded everywhere, so that a seed gives the same bytes on every machine, which `sin` and
/// `pow` of a C library do not promise.
func sine(turns: Float) -> Float {
    var x = turns - turns.rounded()  // -0.5...0.5
    if x > 0.25 { x = 0.5 - x } else if x < -0.25 { x = -0.5 - x }
    let a = x * (2 * Float.pi)
    let square = a * a
    let tail = 1 / 6 - square * (1 / 120 - square * (1 / 5040 - square / 362_880))
    return a * (1 - square * tail)
}

/// Cosine of an angle in turns.
func cosine(turns: Float) -> Float { sine(turns: turns + 0.25) }

/// The unit vector at an angle in turns: 0 points right, 0.25 points down, 0.75 up.
func direction(turns: Float) -> Point { Point(cosine(turns: turns), sine(turns: turns)) }

func dot(_ a: Point, _ b: Point) -> Float { a.x * b.x + a.y * b.y }

func length(_ a: Point) -> Float { dot(a, a).squareRoot() }

/// A quarter turn.
func perpendicular(_ a: Point) -> Point { Point(-a.y, a.x) }

func clamp(_ x: Float, _ low: Float, _ high: Float) -> Float { max(low, min(high, x)) }

/// 0 at or before `start`, 1 at or after `end`, smooth between.
func smoothstep(_ start: Float, _ end: Float, _ x: Float) -> Float {
    let t = clamp((x - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)
}

func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }
