/// The head of a flower: where it is, how large, and how it is turned towards the eye.
struct Head {
    var centre: Point
    /// From the centre to the tips.
    var radius: Float
    /// In turns.
    var rotation: Float
    /// 1 is seen from straight ahead; less is foreshortened along `tiltAxis`.
    var squash: Float
    /// The direction in which it is foreshortened, in turns.
    var tiltAxis: Float

    /// A head near the middle of the picture.
    init(_ dice: inout Dice, size: Float = 0.72) {
        centre = Point(dice.near(0, 0.12), dice.near(-0.1, 0.12))
        radius = size * dice.near(1, 0.16)
        rotation = dice.unit()
        squash = 1 - dice.unit() * dice.unit() * 0.4
        tiltAxis = dice.near(0.75, 0.12)
    }

    /// A vector from the centre as it is seen.
    func seen(_ vector: Point) -> Point {
        let axis = direction(turns: tiltAxis)
        return vector - axis * (dot(vector, axis) * (1 - squash))
    }

    /// A point of the head.
    func point(turns: Float, distance: Float) -> Point {
        centre + seen(direction(turns: turns + rotation) * distance)
    }

    /// A petal that grows away from the centre; lengths are shares of the head's radius.
    func petal(turns: Float, from start: Float, to end: Float, halfWidth: Float) -> Petal {
        let unit = direction(turns: turns + rotation)
        let base = centre + seen(unit * (start * radius))
        let span = centre + seen(unit * (end * radius)) - base
        let across = length(seen(perpendicular(unit)))
        let extent = length(span)
        return Petal(
            base: base, axis: span / extent, length: extent,
            halfWidth: halfWidth * radius * across)
    }
}
